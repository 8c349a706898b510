package nn

import (
	"math"
	"slices"
	"sync"
	"testing"

	"anila/asm/isa"
	"anila/tensor"
)

// narrow are all networks, small enough for many runs.
func narrow(t testing.TB) map[string]*Network {
	nets := map[string]*Network{}
	for _, s := range []Spec{{Net: "toy"}, {Net: "vanilla", N: 4}, {Net: "nonlocal", N: 4}, {Net: "resnet", N: 4},
		{Net: "pyramid", N: 2, H: 16, W: 16}, {Net: "mlp", C: 5, Widths: []int{19, 8}}, {Net: "layers", H: 14, W: 12, C: 2, Layers: everyLayer()}} {
		n := mustNew(t, s)
		fillGolden(n)
		nets[s.Net] = n
	}
	nets["own"] = ownNetwork()
	fillGolden(nets["own"])
	return nets
}

// everyLayer is a list of layers in which each type is.
func everyLayer() []LayerSpec {
	return []LayerSpec{{Type: "conv", Out: 6, Padding: 1}, {Type: "leaky_relu", Slope: 0.25}, {Type: "residual", Out: 8}, {Type: "max_pool"},
		{Type: "nonlocal"}, {Type: "conv", Out: 10, Kernel: 2, Stride: 2, NoBias: true}, {Type: "relu"}, {Type: "residual"},
		{Type: "avg_pool", Size: 3}, {Type: "flatten"}, {Type: "linear", Out: 7}, {Type: "swish"}, {Type: "linear", Out: 1, NoBias: true}}
}

// ownNetwork uses its input three times, one layer twice and a value twice.
func ownNetwork() *Network {
	g := NewGraph(6, 6, 2)
	x := g.Input()
	a := g.LeakyReLU(g.Conv("shared", x, 2, 3, 1, 1, true), 0.1)
	b := g.LeakyReLU(g.Conv("shared", a, 2, 3, 1, 1, true), 0.1)
	c := g.Mul(g.Add(a, x), g.Add(b, b))
	d := g.Add(g.Scale(c, 0.5), g.Mul(x, x))
	return NewNetwork(g, g.Add(g.Linear("one", d, 1, true), g.Linear("two", g.MaxPool(d, 2), 1, false)))
}

func sameBits(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
}

// f and ∇f of an image have the same bits alone, as a row of a batch of 100 and in
// blocks of any size.
func TestBatchInvariance(t *testing.T) {
	for name, n := range narrow(t) {
		t.Run(name, func(t *testing.T) {
			images := 100
			if testing.Short() {
				images = 20
			}
			dim := n.Dim()
			x := noise("invariance", images*dim)
			f, grad := make([]float32, images), make([]float32, len(x))
			n.NewEvaluator(images).LogDensityAndGradient(f, grad, x)
			g, d := make([]float32, images), make([]float32, len(x))
			n.NewEvaluator(33).LogDensityAndGradient(g, d, x)
			if !sameBits(f, g) || !sameBits(grad, d) {
				t.Errorf("blocks of 33 give other bits than one of %d", images)
			}
			for _, block := range []int{1, 7} {
				e := n.NewEvaluator(block)
				for _, i := range []int{0, 1, images / 2, images - 2} {
					g, d := make([]float32, 1), make([]float32, dim)
					e.LogDensityAndGradient(g, d, x[i*dim:(i+1)*dim])
					if !sameBits(f[i:i+1], g) || !sameBits(grad[i*dim:(i+1)*dim], d) {
						t.Fatalf("image %d alone gives other bits than in the batch", i)
					}
				}
				e.LogDensity(g[:10], x[10*dim:20*dim])
				if !sameBits(f[10:20], g[:10]) {
					t.Errorf("LogDensity in blocks of %d gives other bits", block)
				}
			}
		})
	}
}

// A parameter gradient has the same bits for any number of workers, and f those
// of an evaluator.
func TestGradientAnyWorkers(t *testing.T) {
	nets := narrow(t)
	if !testing.Short() && isa.Current() != isa.Generic { // large enough for teams
		nets["vanilla 32"] = mustNew(t, Spec{Net: "vanilla", N: 32})
		fillGolden(nets["vanilla 32"])
	}
	for name, n := range nets {
		t.Run(name, func(t *testing.T) {
			images := 15
			if testing.Short() {
				images = 9
			}
			x := noise("workers", images*n.Dim())
			want := make([]float32, images)
			n.NewEvaluator(4).LogDensity(want, x)
			var first []float32
			for _, workers := range []int{1, 2, 3, 8, 64} {
				pool := tensor.NewWorkers(workers)
				f := make([]float32, images)
				n.ZeroGrad(nil)
				n.NewGradient(pool, 8).Accumulate(f, x, func(i int, f float32) float32 { return float32(i-7) + f })
				pool.Close()
				if !sameBits(f, want) {
					t.Errorf("f with %d workers differs from the evaluator's", workers)
				}
				var all []float32
				for _, p := range n.Params() {
					all = append(all, p.Grad...)
				}
				if first == nil {
					first = all
				} else if !sameBits(first, all) {
					t.Errorf("gradients with %d workers differ from those with one", workers)
				}
			}
		})
	}
}

// Two teams that share a chunk give the bits of one worker, in the second chunk too, which has fewer images.
func TestGradientByTwoTeams(t *testing.T) {
	if testing.Short() || isa.Current() == isa.Generic {
		t.Skip("large enough for teams")
	}
	n := mustNew(t, Spec{Net: "vanilla", N: 24})
	fillGolden(n)
	chunk := n.program.blockSize() + 1
	images := 2*chunk - 1
	x := noise("two teams", images*n.Dim())
	var all [2][]float32
	for i, workers := range []int{1, twoTeams} {
		pool := tensor.NewWorkers(workers)
		defer pool.Close()
		g := n.NewGradient(pool, chunk)
		if i == 1 && len(g.machines) != 2 {
			t.Fatalf("%d machines", len(g.machines))
		}
		f := make([]float32, images)
		n.ZeroGrad(nil)
		g.Accumulate(f, x, func(i int, f float32) float32 { return float32(i-7) + f })
		all[i] = f
		for _, p := range n.Params() {
			all[i] = append(all[i], p.Grad...)
		}
	}
	if !sameBits(all[0], all[1]) {
		t.Error("f or gradients differ from those of one worker")
	}
}

// Packing with a pool gives the same f, with wide layers too.
func TestPackByATeam(t *testing.T) {
	pool := tensor.NewWorkers(3)
	defer pool.Close()
	n := mustNew(t, Spec{Net: "vanilla"})
	fillGolden(n)
	x := noise("pack", n.Dim())
	f, g := make([]float32, 1), make([]float32, 1)
	want, got := make([]float32, len(x)), make([]float32, len(x))
	e := n.NewEvaluator(1)
	e.LogDensityAndGradient(f, want, x)
	for _, p := range n.Params() {
		clear(p.Data)
	}
	n.Pack(nil)
	e.LogDensity(g, x)
	if g[0] != 0 {
		t.Fatalf("f = %v with all parameters zero", g[0])
	}
	setGolden(n)
	n.Pack(pool)
	e.LogDensityAndGradient(g, got, x)
	if !sameBits(f, g) || !sameBits(want, got) {
		t.Error("packing with a pool gives other bits")
	}
}

// poison fills the memory of a machine with NaN.
func poison(m *machine, more ...[]float32) {
	more = append(more, m.arena)
	for _, w := range m.workers {
		more = append(more, w.own, w.scratch, w.sum)
	}
	for _, s := range more {
		for i := range s {
			s[i] = float32(math.NaN())
		}
	}
	for i := range m.signBits {
		m.signBits[i] = 0xa5
	}
}

// Buffers hold garbage from other uses: with NaN in all of them nothing changes.
func TestStaleMemory(t *testing.T) {
	for name, n := range narrow(t) {
		const images = 5
		x := noise("stale", images*n.Dim())
		f, grad := make([]float32, images), make([]float32, len(x))
		g, d := make([]float32, images), make([]float32, len(x))
		e := n.NewEvaluator(images)
		e.LogDensityAndGradient(f, grad, x)
		poison(e.machine, g, d, e.seed)
		e.LogDensityAndGradient(g, d, x)
		if !sameBits(f, g) || !sameBits(grad, d) {
			t.Errorf("%s: results depend on what the buffers held", name)
		}
		for _, workers := range []int{1, 5} {
			pool := tensor.NewWorkers(workers)
			seed := func(i int, f float32) float32 { return 1 }
			gradient := n.NewGradient(pool, images)
			n.ZeroGrad(nil)
			gradient.Accumulate(f, x, seed)
			var want [][]float32
			for _, p := range n.Params() {
				want = append(want, slices.Clone(p.Grad))
			}
			poison(gradient.machines[0], append(gradient.scratch, gradient.kept, gradient.seeds)...)
			for i, team := range gradient.teams {
				_, memory := layerMemory(gradient.convs, gradient.layers[i], team)
				for worker := range team.Count() {
					poison(gradient.machines[0], team.Memory(worker, memory))
				}
			}
			n.ZeroGrad(nil)
			gradient.Accumulate(f, x, seed)
			for i, p := range n.Params() {
				if !sameBits(want[i], p.Grad) {
					t.Errorf("%s, %d workers: the gradient of %s depends on what the buffers held", name, workers, p.Name)
				}
			}
			pool.Close()
		}
	}
}

// The network with shared layers and values used twice against central
// differences of f in its input and parameters.
func TestSharedValues(t *testing.T) {
	n := ownNetwork()
	fillGolden(n)
	x := noise("shared", n.Dim())
	f, grad := make([]float32, 1), make([]float32, n.Dim())
	e := n.NewEvaluator(1)
	e.LogDensityAndGradient(f, grad, x)
	pool := tensor.NewWorkers(1)
	defer pool.Close()
	n.NewGradient(pool, 1).Accumulate(f, x, func(int, float32) float32 { return 1 })
	check := func(what string, value *float32, want float32, changed func()) {
		t.Helper()
		const h = 1.0 / 512
		at := *value
		eval := func(v float32) float64 {
			*value = v
			changed()
			e.LogDensity(f, x)
			return float64(f[0])
		}
		up, mid, down := eval(at+h), eval(at), eval(at-h)
		*value = at
		changed()
		if kink := math.Abs(up - 2*mid + down); kink > 0.02*h {
			return // a leaky ReLU or the pooling turns within h
		}
		if d := (up - down) / (2 * h); math.Abs(d-float64(want)) > 2e-3*(1+math.Abs(d)) {
			t.Errorf("%s: difference quotient %v, gradient %v", what, d, want)
		}
	}
	for i := range x {
		check("input", &x[i], grad[i], func() {})
	}
	for _, p := range n.Params() {
		for i := range p.Data {
			check(p.Name, &p.Data[i], p.Grad[i], func() { n.Pack(nil) })
		}
	}
}

// Evaluators share packed weights and nothing else.
func TestEvaluatorsAtOnce(t *testing.T) {
	n := narrow(t)["nonlocal"]
	x := noise("at once", 6*n.Dim())
	want, grad := make([]float32, 6), make([]float32, len(x))
	n.NewEvaluator(6).LogDensityAndGradient(want, grad, x)
	var group sync.WaitGroup
	for range 4 {
		e := n.NewEvaluator(3)
		group.Go(func() {
			f, d := make([]float32, 6), make([]float32, len(x))
			e.LogDensityAndGradient(f, d, x)
			if !sameBits(f, want) || !sameBits(d, grad) {
				t.Error("evaluators disturb each other")
			}
		})
	}
	group.Wait()
}

func TestNoAllocation(t *testing.T) {
	if race {
		t.Skip("the race detector allocates")
	}
	pool := tensor.NewWorkers(1)
	defer pool.Close()
	for name, n := range narrow(t) {
		x := noise("allocation", 3*n.Dim())
		f, grad := make([]float32, 3), make([]float32, len(x))
		e, gradient, adam := n.NewEvaluator(2), n.NewGradient(pool, 2), NewAdam(0)
		seed := func(int, float32) float32 { return 1 }
		for what, run := range map[string]func(){
			"LogDensityAndGradient": func() { e.LogDensityAndGradient(f, grad, x) },
			"LogDensity":            func() { e.LogDensity(f, x) },
			"Accumulate":            func() { gradient.Accumulate(f, x, seed) },
			"Adam":                  func() { adam.Step(n.Params(), 1e-9, nil) },
			"Pack":                  func() { n.Pack(nil) },
		} {
			allocations := testing.AllocsPerRun(3, run)
			for try := 0; try < 3 && allocations != 0; try++ {
				allocations = testing.AllocsPerRun(3, run) // a collection in between counts what the runtime takes
			}
			if allocations != 0 {
				t.Errorf("%s: %s allocates %v times", name, what, allocations)
			}
		}
	}
}
