package nn

import (
	"fmt"
	"hash/crc32"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"anila/nn/weightfile"
	"anila/tensor"
)

// The fixtures hold PyTorch's float64 results; testdata/golden.py made them and
// says how. Weights and images are computed here with its formula.

// noise is the function of that name in golden.py.
func noise(label string, n int) []float32 {
	out := make([]float32, n)
	stream := crc32.ChecksumIEEE([]byte(label))
	for i := range out {
		x := uint32(i)*0x9E3779B1 + stream
		x ^= x >> 16
		x *= 0x85EBCA6B
		x ^= x >> 13
		x *= 0xC2B2AE35
		x ^= x >> 16
		out[i] = float32(2*int(x>>8)+1-1<<24) / (1 << 24)
	}
	return out
}

// fillGolden gives a network the weights of golden.py's fill, and packs them.
func fillGolden(n *Network) {
	setGolden(n)
	n.Pack(nil)
}

func setGolden(n *Network) {
	for _, p := range n.Params() {
		scale := 0.125
		if strings.HasSuffix(p.Name, "weight") {
			scale = math.Exp2(math.RoundToEven(0.5 * math.Log2(6/float64(p.Len()/p.Shape[0]))))
		}
		for i, v := range noise(n.Spec().Net+"/"+p.Name, p.Len()) {
			p.Data[i] = v * float32(scale)
		}
	}
}

// goldenImages draws the images that a fixture was made with.
func goldenImages(n *Network, draws string) []float32 {
	var x []float32
	for i, draw := range strings.Split(draws, ",") {
		image := noise(fmt.Sprintf("%s/image/%d/%s", n.Spec().Net, i, draw), n.Dim())
		if n.Spec().Net == "toy" {
			for j := range image {
				image[j] *= 4
			}
		}
		x = append(x, image...)
	}
	return x
}

type golden struct {
	tensors map[string]weightfile.Tensor
	network *Network
	x       []float32
	steps   int
	rate    float64
	step    Optimizer
}

func loadGolden(t *testing.T, path string) *golden {
	t.Helper()
	tensors, metadata, err := weightfile.LoadSafetensors(path)
	if err != nil {
		t.Fatal(err)
	}
	g := &golden{tensors: map[string]weightfile.Tensor{}}
	for _, v := range tensors {
		g.tensors[v.Name] = v
	}
	if metadata["net"] == "" {
		return g
	}
	spec, _, err := SpecFromTensors(nil, metadata)
	if err != nil {
		t.Fatal(err)
	}
	if g.network, err = New(spec); err != nil {
		t.Fatal(err)
	}
	fillGolden(g.network)
	g.x = goldenImages(g.network, metadata["draws"])
	if g.steps, err = strconv.Atoi(metadata["steps"]); err != nil {
		t.Fatal(err)
	}
	if g.rate, err = strconv.ParseFloat(metadata["rate"], 64); err != nil {
		t.Fatal(err)
	}
	if g.step, err = NewOptimizer(OptimizerConfig{Name: metadata["optimizer"]}); err != nil {
		t.Fatal(err)
	}
	return g
}

// distance is ‖a − b‖/‖b‖.
func distance(a, b []float32) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	var d, s float64
	for i := range a {
		d += (float64(a[i]) - float64(b[i])) * (float64(a[i]) - float64(b[i]))
		s += float64(b[i]) * float64(b[i])
	}
	if d == 0 {
		return 0
	}
	return math.Sqrt(d / s)
}

func near(t *testing.T, what string, ours, theirs []float32, limit float64) {
	t.Helper()
	d := distance(ours, theirs)
	t.Logf("%-40s %.1e", what, d)
	if !(d <= limit) {
		t.Errorf("%s: ‖ours − PyTorch‖/‖PyTorch‖ = %.2e; the limit is %.0e", what, d, limit)
	}
}

func TestGoldenNetworks(t *testing.T) {
	files, err := filepath.Glob("testdata/golden_*_*.safetensors")
	if err != nil || len(files) < 8 {
		t.Fatalf("fixtures: %v, %v", files, err)
	}
	const limit = 1e-4
	seeds := []float32{-0.5, -0.5, 0.75, 0.5}
	seed := func(i int, _ float32) float32 { return seeds[i] }
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".safetensors"), func(t *testing.T) {
			if testing.Short() && !strings.HasSuffix(file, "_4.safetensors") {
				t.Skip("wide network")
			}
			g := loadGolden(t, file)
			n, dim := g.network, g.network.Dim()
			images := len(g.x) / dim
			f, dx := make([]float32, images), make([]float32, len(g.x))
			n.NewEvaluator(3).LogDensityAndGradient(f, dx, g.x)
			for i := range images {
				near(t, fmt.Sprintf("f of image %d", i), f[i:i+1], g.tensors["f"].Data[i:i+1], limit)
				near(t, fmt.Sprintf("∂f/∂x of image %d", i), dx[i*dim:(i+1)*dim], g.tensors["dx"].Data[i*dim:(i+1)*dim], limit)
			}
			pool := tensor.NewWorkers(2)
			defer pool.Close()
			gradient := n.NewGradient(pool, 3)
			gradient.Accumulate(f, g.x, seed)
			for _, p := range n.Params() {
				want := g.tensors["grad/"+p.Name].Data
				if strings.HasSuffix(p.Name, "phi.0.bias") {
					// 0 by symmetry: softmax does not see a shift of its row.
					theta := g.tensors["norm/"+strings.Replace(p.Name, "phi.0", "theta", 1)].Data[0]
					if norm := GradientNorm([]*Param{p}, nil); !(norm <= limit*float64(theta)) {
						t.Errorf("∂/∂ %s is %v; it should be 0", p.Name, norm)
					}
					continue
				}
				stride := (p.Len() + len(want) - 1) / len(want)
				var ours []float32
				for i := 0; i < p.Len(); i += stride {
					ours = append(ours, p.Grad[i])
				}
				near(t, "∂/∂ "+p.Name, ours, want, limit)
				norm := float32(GradientNorm([]*Param{p}, nil))
				near(t, "norm of ∂/∂ "+p.Name, []float32{norm}, g.tensors["norm/"+p.Name].Data, limit)
			}
			if g.steps == 0 {
				return
			}
			start := map[string][]float32{}
			for _, p := range n.Params() {
				start[p.Name] = append([]float32(nil), p.Data...)
			}
			for range g.steps {
				n.ZeroGrad(nil)
				gradient.Accumulate(f, g.x, seed)
				g.step.Step(n.Params(), g.rate, nil)
				n.Pack(nil)
			}
			for _, p := range n.Params() {
				want := g.tensors["step/"+p.Name].Data
				near(t, "three steps of "+p.Name, p.Data, want, limit)
				if strings.HasSuffix(p.Name, "phi.0.bias") {
					continue
				}
				// The way gone is small beside the parameters, which are rounded to
				// float32 at each step: a looser limit, but on what the steps did.
				near(t, "way of "+p.Name, minus(p.Data, start[p.Name]), minus(want, start[p.Name]), 2e-3)
			}
		})
	}
}

func minus(a, b []float32) []float32 {
	d := make([]float32, len(a))
	for i := range d {
		d[i] = a[i] - b[i]
	}
	return d
}

func TestGoldenOptimizers(t *testing.T) {
	g := loadGolden(t, "testdata/golden_optim.safetensors")
	sizes := map[string]int{"a": 67, "b": 5}
	makeParams := func() (params []*Param) {
		for _, k := range []string{"a", "b"} {
			params = append(params, &Param{Name: k, Shape: []int{sizes[k]}, Data: noise("optim/"+k, sizes[k]), Grad: make([]float32, sizes[k])})
		}
		return params
	}
	grads := func(params []*Param, step int) {
		for _, p := range params {
			copy(p.Grad, noise(fmt.Sprintf("optim/%s/%d", p.Name, step), len(p.Grad)))
		}
	}
	schedule := Schedule{Rate: 0.01, Decay: 0.9}
	for name, maker := range map[string]func() Optimizer{
		"sgd":            func() Optimizer { return NewSGD(0) },
		"sgd-decay":      func() Optimizer { return NewSGD(0.01) },
		"momentum":       func() Optimizer { return NewMomentum(0.9, 0) },
		"momentum-decay": func() Optimizer { return NewMomentum(0.9, 0.01) },
		"adam":           func() Optimizer { return NewAdam(0) },
		"adam-decay":     func() Optimizer { return NewAdam(0.01) },
		"adam-beta":      func() Optimizer { return newAdam(0, 0.99, 0, false) },
		"adamw":          func() Optimizer { return NewAdamW(0.01) },
	} {
		t.Run(name, func(t *testing.T) {
			params, o := makeParams(), maker()
			for step := range 5 {
				if step == 3 { // through a checkpoint
					s := o.State()
					for i := range s.Tensors {
						s.Tensors[i].Data = append([]float32(nil), s.Tensors[i].Data...)
					}
					o = maker()
					if err := o.Restore(params, s); err != nil {
						t.Fatal(err)
					}
				}
				grads(params, step)
				o.Step(params, schedule.At(uint64(step)), nil)
			}
			for _, p := range params {
				near(t, p.Name, p.Data, g.tensors[name+"/"+p.Name].Data, 1e-6)
			}
		})
	}
	params := makeParams()
	grads(params, 0)
	norm := ClipGradient(params, 1.5, nil)
	near(t, "norm", []float32{float32(norm)}, g.tensors["norm"].Data, 1e-6)
	for _, p := range params {
		near(t, "clipped "+p.Name, p.Grad, g.tensors["clipped/"+p.Name].Data, 1e-6)
	}
}
