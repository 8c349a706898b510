package train

import (
	"math"
	"slices"
	"testing"

	"anila/tensor"
	"anila/train/data"
)

// trainer makes a tiny trainer on the rings.
func trainer(t *testing.T, settings ...string) *Trainer {
	t.Helper()
	rings, err := data.Open("rings", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	workers := tensor.NewWorkers(1)
	t.Cleanup(workers.Close)
	tr, err := NewTrainer(tiny(t, settings...), rings, workers)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// TestUpdateIsGradientOfLoss: what an iteration of SGD subtracts is rate·T·∇L of L = (mean f(z) − mean f(x))/T +
// α·mean(f(z)² + f(x)²)/T² at the chains' end states z and the data x, by central differences.
func TestUpdateIsGradientOfLoss(t *testing.T) {
	tr := trainer(t, "optim.name=sgd", "optim.rate=1e-3", "optim.decay=1", "train.alpha=0.3", "model.temperature=0.5", "sampler.step=0.01")
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
	tr := trainer(t, "chains.start=noise-gaussian", "chains.count=24", "data.noise=0.1")
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
	a, b := trainer(t, "sampler.kernel=langevin"), trainer(t, "sampler.kernel=anila", "sampler.b=inf")
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
