package nn

import (
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"anila/tensor"
)

func mustNew(t testing.TB, s Spec) *Network {
	t.Helper()
	n, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestParameterCounts(t *testing.T) {
	for _, c := range []struct {
		spec   Spec
		params int
		macs   float64 // millions
	}{
		{Spec{Net: "toy"}, 10593, 0.0104},
		{Spec{Net: "vanilla"}, 693569, 26.05},
		{Spec{Net: "vanilla", N: 64}, 2763393, 102.4},
		{Spec{Net: "nonlocal"}, 628529, 0},
		{Spec{Net: "nonlocal", C: 1}, 627953, 0},
		{Spec{Net: "resnet"}, 316993, 0},
		{Spec{Net: "pyramid"}, 1329793, 0},
	} {
		n := mustNew(t, c.spec)
		if n.ParamCount() != c.params {
			t.Errorf("%v has %d parameters, want %d", n.Spec(), n.ParamCount(), c.params)
		}
		if got := float64(n.MACs()) / 1e6; c.macs != 0 && math.Abs(got/c.macs-1) > 0.005 {
			t.Errorf("%v: %.4f M MAC, want %v", n.Spec(), got, c.macs)
		}
	}
}

func TestStateDictNames(t *testing.T) {
	for net, want := range map[string]string{
		"toy":      "f.0 f.2 f.4 f.6 f.8",
		"vanilla":  "f.0 f.2 f.4 f.6 f.8",
		"nonlocal": "convs.0 convs.3.W convs.3.g.0 convs.3.phi.0 convs.3.theta convs.4 convs.7.W convs.7.g.0 convs.7.phi.0 convs.7.theta convs.8 fc.0 fc.2",
	} {
		var names []string
		for _, p := range mustNew(t, Spec{Net: net}).Params() {
			if name, ok := strings.CutSuffix(p.Name, ".weight"); ok {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: %s\nwant %s", net, got, want)
		}
	}
}

func TestLayers(t *testing.T) {
	n := mustNew(t, Spec{Net: "nonlocal"})
	layers := n.Layers()
	if len(layers) != 13 || layers[0].Name != "convs.0" || layers[12].Name != "fc.2" {
		t.Fatalf("layers %v", layers)
	}
	if c := layers[11].Plan.Conv; c.InSize() != 2048 || c.OutC != 256 {
		t.Errorf("fc.0 is %v", c)
	}
}

// PyTorch's default: weights and biases uniform on ±1/√fan_in.
func TestInit(t *testing.T) {
	for _, net := range Nets() {
		n := mustNew(t, Spec{Net: net})
		n.Init(7)
		fanIn := 0
		for _, p := range n.Params() {
			if strings.HasSuffix(p.Name, "weight") {
				fanIn = p.Len() / p.Shape[0]
			}
			var sum, squares, top float64
			for _, v := range p.Data {
				sum += float64(v)
				squares += float64(v) * float64(v)
				top = max(top, math.Abs(float64(v)))
			}
			if strings.Contains(p.Name, ".W.") {
				if top != 0 {
					t.Errorf("%s: %s does not start at zero", net, p.Name)
				}
				continue
			}
			bound, count := 1/math.Sqrt(float64(fanIn)), float64(p.Len())
			sd := bound / math.Sqrt(3)
			if top > bound {
				t.Errorf("%s: %s reaches %v, beyond 1/√%d", net, p.Name, top, fanIn)
			}
			if p.Len() < 256 {
				continue
			}
			if top < 0.98*bound {
				t.Errorf("%s: %s only reaches %v of %v", net, p.Name, top, bound)
			}
			if mean := sum / count; math.Abs(mean) > 5*sd/math.Sqrt(count) {
				t.Errorf("%s: %s has mean %v", net, p.Name, mean)
			}
			// The variance of u² for uniform u is 4/45: five of its deviations.
			if v := squares / count; math.Abs(v/(sd*sd)-1) > 5*math.Sqrt(0.8/count) {
				t.Errorf("%s: %s has variance %v, want %v", net, p.Name, v, sd*sd)
			}
		}
		again := mustNew(t, Spec{Net: net})
		again.Init(7)
		other := mustNew(t, Spec{Net: net})
		other.Init(8)
		for i, p := range n.Params() {
			if !slices.Equal(p.Data, again.Params()[i].Data) {
				t.Errorf("%s: %s differs for the same seed", net, p.Name)
			}
			if !strings.Contains(p.Name, ".W.") && slices.Equal(p.Data, other.Params()[i].Data) {
				t.Errorf("%s: %s is the same for another seed", net, p.Name)
			}
		}
	}
}

func TestSpecErrors(t *testing.T) {
	for _, c := range []struct {
		spec Spec
		want string
	}{
		{Spec{Net: "unet"}, "toy, vanilla, nonlocal, resnet, pyramid"},
		{Spec{Net: "pyramid", H: 24, W: 24}, "not 24×24"},
		{Spec{Net: "pyramid", H: 32, W: 16}, "not 32×16"},
		{Spec{Net: "pyramid", H: 8, W: 8, Fade: 0.5}, "no block to fade in"},
		{Spec{Net: "resnet", Fade: 0.5}, "no block to fade in"},
		{Spec{Net: "pyramid", Fade: 1.5}, "Fade is 1.5"},
		{Spec{Net: "vanilla", H: 28, W: 28, C: 1}, "at least 32×32, not 28×28"},
		{Spec{Net: "toy", H: 32, W: 32}, "points"},
		{Spec{Net: "nonlocal", H: 28, W: 28}, "multiples of 8"},
		{Spec{Net: "nonlocal", N: 5}, "even width"},
		{Spec{Net: "resnet", H: 8192, W: 8}, "1 … 4096"},
		{Spec{Net: "resnet", H: 4096, W: 4096}, "would take 2048 MB"},
		{Spec{Net: "resnet", N: 4096, H: 1024, W: 1024}, "would take 16384 MB"},
		{Spec{Net: "resnet", N: -1}, "N is -1"},
		{Spec{Net: "vanilla", Leak: 2}, "Leak is 2"},
		{Spec{Net: "vanilla", Leak: math.NaN()}, "Leak is NaN"},
	} {
		if _, err := New(c.spec); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v; want it to say %q", c.spec, err, c.want)
		}
	}
}

// On images larger than 32 vanilla's f is the sum of its last window over all
// positions.
func TestVanillaOnLargerImages(t *testing.T) {
	n := mustNew(t, Spec{Net: "vanilla", N: 4, H: 64, W: 64})
	n.Init(1)
	params := map[string]*Param{}
	for _, p := range n.Params() {
		params[p.Name] = p
	}
	x := noise("larger", n.Dim())
	f := make([]float32, 1)
	n.NewEvaluator(1).LogDensity(f, x)
	// The same in float64, by the definition.
	image := wide([][]float32{x}, []int{len(x)}, 0)[0]
	for i, v := range n.program.steps {
		o, ok := v.op.(*conv)
		if !ok {
			break
		}
		w := wide([][]float32{o.weight.Data}, []int{o.weight.Len()}, 0)[0]
		b := wide([][]float32{o.bias.Data}, []int{o.bias.Len()}, 0)[0]
		image = convolve(o, image, w, b)
		if i < 4 {
			image = each(image, leaky(0.05))
		}
	}
	if len(image) != 25 {
		t.Fatalf("last window at %d positions, want 5×5", len(image))
	}
	sum := 0.0
	for _, v := range image {
		sum += v
	}
	if d := math.Abs(float64(f[0]) - sum); d > 1e-5*math.Abs(sum) {
		t.Errorf("f = %v, want %v", f[0], sum)
	}
}

// A pyramid that fades its first block in starts at the network of half the side
// on the picture halved, and ends at the network of the full side.
func TestFadeLiesBetweenTwoPyramids(t *testing.T) {
	fading := mustNew(t, Spec{Net: "pyramid", N: 2, H: 16, W: 16, Fade: 0.5, SpectralNorm: true})
	fading.Init(1)
	part := func(s Spec) *Network {
		n := mustNew(t, s)
		for _, p := range n.Params() {
			i := slices.IndexFunc(fading.Params(), func(q *Param) bool { return q.Name == p.Name })
			copy(p.Data, fading.Params()[i].Data)
		}
		n.Pack(nil)
		return n
	}
	high := part(Spec{Net: "pyramid", N: 2, H: 16, W: 16, SpectralNorm: true})
	low := part(Spec{Net: "pyramid", N: 2, H: 8, W: 8, SpectralNorm: true})
	if len(low.Params())+len(high.Params())-len(fading.Params()) < 10 {
		t.Fatal("the networks share too little")
	}
	x, halved := noise("fade", 16*16*3), make([]float32, 8*8*3)
	for i := range halved {
		y, at, c := i/24, i/3%8, i%3
		for k := range 4 {
			halved[i] += x[((2*y+k/2)*16+2*at+k%2)*3+c] / 4
		}
	}
	f := func(n *Network, x []float32) float64 {
		out := make([]float32, 1)
		n.NewEvaluator(1).LogDensity(out, x)
		return float64(out[0])
	}
	for _, c := range []struct{ weight, want float64 }{{1e-7, f(low, halved)}, {1 - 1e-7, f(high, x)}} {
		fading.SetFade(c.weight)
		if got := f(fading, x); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("fade %v: f = %v, want %v", c.weight, got, c.want)
		}
	}
	if f(low, halved) == f(high, x) {
		t.Error("both networks give the same")
	}
	fading.SetFade(0.25)
	if got := fading.Spec().Metadata()["fade"]; got != "0.25" {
		t.Errorf("metadata say fade = %q", got)
	}
}

// TestMemoryIsWhatIsTaken holds the sizes that are told beforehand against what is allocated.
func TestMemoryIsWhatIsTaken(t *testing.T) {
	allocated := func(f func()) float64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		return float64(after.TotalAlloc - before.TotalAlloc)
	}
	for _, s := range []Spec{
		{Net: "toy"}, {Net: "vanilla", N: 16}, {Net: "vanilla", N: 32, SpectralNorm: true}, {Net: "nonlocal", N: 8}, {Net: "resnet", N: 16}, {Net: "pyramid", N: 8},
	} {
		m, err := s.Memory()
		if err != nil {
			t.Fatal(err)
		}
		var n *Network
		check := func(what string, told int64, f func()) {
			t.Helper()
			const small = 400 << 10 // what is no array of floats
			if taken := allocated(f); taken > 1.05*float64(told)+small || taken < 0.95*float64(told)-small {
				t.Errorf("%s %v: %s takes %.0f kB, told are %.0f kB", s.Net, s.N, what, taken/1e3, float64(told)/1e3)
			}
		}
		check("the network", m.Packed()+2*m.Parameters(), func() { n, err = New(s) })
		if err != nil {
			t.Fatal(err)
		}
		if own := n.Memory(); m.Parameters() != 4*int64(n.ParamCount()) || own.Parameters() != m.Parameters() || own.Packed() != m.Packed() || m.Dim() != n.Dim() || m.TeamBlock() != n.TeamBlock() {
			t.Errorf("%s: of the network %+v, of its spec %+v", s.Net, own, m)
		}
		for _, count := range []int{1, 2, 3, 12} {
			for _, batch := range []int{1, 7, 100} {
				workers := tensor.NewWorkers(count)
				team := workers.Teams(1)[0]
				check("an evaluator", m.Evaluator(batch, nil), func() { n.NewEvaluator(batch) })
				check("an evaluator of a team", m.Evaluator(batch, team)+int64(count)*m.Helper(batch, team), func() { n.NewTeamEvaluator(batch, team) })
				workers.Close()
				workers = tensor.NewWorkers(count)
				check("a gradient", m.Gradient(workers, batch), func() { n.NewGradient(workers, batch) })
				workers.Close()
			}
		}
	}
	if _, err := (Spec{Net: "vanilla", N: 4096}).Memory(); err != nil { // of which nothing is taken
		t.Error(err)
	}
	if _, err := (Spec{Net: "alexnet"}).Memory(); err == nil {
		t.Error("an unknown network passed")
	}
}
