package train

import (
	"math"
	"slices"
	"strings"
	"testing"

	"anila/langevin"
	"anila/nn"
	"anila/tensor"
	"anila/train/data"
)

// trainer makes a tiny trainer on the rings.
func trainer(t *testing.T, change func(*Config)) *Trainer {
	t.Helper()
	rings, err := data.Open("rings", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	network, err := nn.New(nn.Spec{Net: "toy"})
	if err != nil {
		t.Fatal(err)
	}
	network.Init(123)
	workers := tensor.NewWorkers(1)
	t.Cleanup(workers.Close)
	cfg := Config{
		Seed:    123,
		Sampler: langevin.Config{Kernel: "anila", Steps: 3, Step: 0.01, B: 0.4, Temperature: 0.02},
		Start:   langevin.StartConfig{Kind: "persistent", Count: 20, Bank: 50, Scale: 4}, Batch: 24, DataNoise: 0.1,
		Optimizer: nn.OptimizerConfig{Name: "adam"}, Rate: nn.Schedule{Rate: 3e-3, Decay: 0.9993, Min: 1e-5}, EMA: 0.5,
	}
	change(&cfg)
	tr, err := New(network, rings, cfg, workers)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// TestUpdateIsGradientOfLoss: what an iteration of SGD subtracts is rate·T·∇L of L = (mean f(z) − mean f(x))/T +
// α·mean(f(z)² + f(x)²)/T² at the chains' end states z and the data x, by central differences.
func TestUpdateIsGradientOfLoss(t *testing.T) {
	tr := trainer(t, func(c *Config) {
		c.Optimizer.Name, c.Rate, c.Alpha, c.Sampler.Temperature = "sgd", nn.Schedule{Rate: 1e-3}, 0.3, 0.5
	})
	tr.net.Init(3)
	var before [][]float32
	for _, p := range tr.net.Params() {
		before = append(before, slices.Clone(p.Data))
	}
	m := tr.Iterate()
	var change [][]float64
	for i, p := range tr.net.Params() {
		change = append(change, make([]float64, len(p.Data)))
		for k, v := range p.Data {
			change[i][k] = (float64(before[i][k]) - float64(v)) / (1e-3 * 0.5)
		}
		copy(p.Data, before[i])
	}
	evaluator := tr.net.NewEvaluator(32)
	loss := func() float64 {
		tr.net.Pack(nil)
		evaluator.LogDensity(tr.fz, tr.z)
		evaluator.LogDensity(tr.fx, tr.x)
		meanZ, squareZ := moments(tr.fz)
		meanX, squareX := moments(tr.fx)
		return (meanZ-meanX)/0.5 + 0.3*(squareZ+squareX)/0.25
	}
	if l := loss(); math.Abs(l-m.Loss) > 1e-5*math.Abs(l) || math.Abs(m.Gap-(m.FData-m.FChains)/0.5) > 1e-12 {
		t.Errorf("loss %v, logged %v; gap %v", l, m.Loss, m.Gap)
	}
	var dot, norm, other float64
	for i, p := range tr.net.Params() {
		for k := 0; k < len(p.Data); k += 1 + len(p.Data)/40 {
			const h = 2e-3
			old := p.Data[k]
			p.Data[k] = old + h
			up := loss()
			p.Data[k] = old - h
			down := loss()
			p.Data[k] = old
			g := (up - down) / (2 * h)
			dot += g * change[i][k]
			norm += g * g
			other += change[i][k] * change[i][k]
		}
	}
	if cos, ratio := dot/math.Sqrt(norm*other), math.Sqrt(other/norm); cos < 0.999 || math.Abs(ratio-1) > 0.01 {
		t.Errorf("update and gradient: cosine %v, ratio of norms %v", cos, ratio)
	}
}

// TestFreshRandomNumbers: chains, batches and the noise of the data come from different random numbers, and each
// iteration from new ones.
func TestFreshRandomNumbers(t *testing.T) {
	tr := trainer(t, func(c *Config) { c.Start.Kind, c.Start.Count = "noise-gaussian", 24 })
	seen := map[float32]bool{}
	for range 3 {
		tr.Iterate()
		for _, v := range append(slices.Clone(tr.x), tr.z...) {
			if seen[v] {
				t.Fatalf("%v came twice", v)
			}
			seen[v] = true
		}
	}
}

// TestKernelsShareOneStep: langevin is anila with b = inf, bit for bit, through whole training.
func TestKernelsShareOneStep(t *testing.T) {
	a := trainer(t, func(c *Config) { c.Sampler.Kernel = "langevin" })
	b := trainer(t, func(c *Config) { c.Sampler.B = math.Inf(1) })
	for range 5 {
		a.Iterate()
		b.Iterate()
	}
	if !slices.Equal(a.z, b.z) {
		t.Error("chains differ")
	}
	for i, p := range a.net.Params() {
		if !slices.Equal(p.Data, b.net.Params()[i].Data) {
			t.Errorf("%s differs", p.Name)
		}
	}
}

// TestSnapshotRestores: a trainer goes back to a snapshot of its own, and another one takes it over, with the same bits, though
// the bank changed meanwhile.
func TestSnapshotRestores(t *testing.T) {
	plain := func(*Config) {}
	a, b := trainer(t, plain), trainer(t, plain)
	for range 3 {
		a.Iterate()
	}
	s := a.Snapshot()
	forward := func(tr *Trainer) []float32 {
		for range 4 {
			tr.Iterate()
		}
		return slices.Concat(tr.z, tr.net.Tensors()[0].Data, tr.ema.Tensors()[0].Data, tr.bank.States())
	}
	want := forward(a)
	for name, tr := range map[string]*Trainer{"itself": a, "another": b} {
		if err := tr.Restore(s); err != nil {
			t.Fatal(err)
		}
		s.Bank = NewBankView(slices.Clone(s.Bank.States()), 2)
		if tr.Iteration() != 3 || !slices.Equal(forward(tr), want) {
			t.Errorf("%s: other bits after going back", name)
		}
	}
	for name, spoil := range map[string]func(*Snapshot){
		"seed": func(s *Snapshot) { s.Seed++ }, "first batch": func(s *Snapshot) { s.Data = "" }, "chains": func(s *Snapshot) { s.Chains = s.Chains[2:] },
		"bank": func(s *Snapshot) { s.Bank = nil }, "tensor": func(s *Snapshot) { s.Weights = s.Weights[1:] },
	} {
		bad := *a.Snapshot()
		spoil(&bad)
		if err := a.Restore(&bad); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBadStartsReachTheMetrics: chains that start where f is not a number are in the metrics of their iteration, and no others.
func TestBadStartsReachTheMetrics(t *testing.T) {
	tr := trainer(t, func(*Config) {})
	if m := tr.Iterate(); m.BadStart != nil {
		t.Errorf("%v", m.BadStart)
	}
	for i := range tr.bank.States() {
		tr.bank.States()[i] = float32(math.NaN())
	}
	m := tr.Iterate()
	if m.BadStart == nil || m.BadStart.Count != 20 {
		t.Fatalf("%+v", m.BadStart)
	}
	if why := (Guard{}).Check(m); !strings.Contains(why, "20 of 20 chains start") {
		t.Errorf("the guard says %q", why)
	}
}
