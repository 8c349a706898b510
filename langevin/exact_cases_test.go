package langevin_test

import (
	"math"
	"testing"

	"anila/asm/isa"
	"anila/langevin"
	"anila/langevin/target"
)

// steps are the step sizes of one target's kernels, and the floors of their
// mean squared jumps: about 0.7 of what was measured.
type steps map[string][2]float64

func proofs() []proof {
	var all []proof
	add := func(t target.Target, bound float64, chains int, sizes steps) {
		for _, kernel := range langevin.Kernels() {
			size, ok := sizes[kernel]
			if !ok {
				continue
			}
			c := langevin.Config{Kernel: kernel, Step: size[0], Leapfrog: 4, B: bound}
			if w, ok := t.(interface{ Temperature() float64 }); ok {
				c.Temperature = w.Temperature()
			}
			if kernel == "amala" {
				c.B = 1
				if t.Name() == "gmm" && c.Temperature == 0 {
					c.B = 3
				}
			}
			all = append(all, proof{t, c, size[1], chains})
			if kernel == "anila-mala" {
				c.Scope = "sample"
				if size, ok := sizes["anila-mala sample"]; ok {
					c.Step = size[0]
				}
				all = append(all, proof{t, c, size[1] / 2, chains})
			}
		}
	}
	add(target.Conditioned(2, 100), 3, exactChains, steps{"mala": {0.034, 0.025}, "anila-mala": {0.07, 0.02}, "amala": {0.03, 0.015}, "hmc": {0.15, 0.2}, "rwm": {0.2, 0.035}})
	add(target.Conditioned(20, 100), 6, 4000, steps{"mala": {0.023, 0.2}, "anila-mala": {0.015, 0.1}, "amala": {0.01, 0.05}, "hmc": {0.11, 1.7}, "rwm": {0.014, 0.04}})
	add(target.Conditioned(200, 100), 6, 1000, steps{"mala": {0.011, 0.9}, "anila-mala": {0.001, 0.08}, "amala": {0.001, 0.05}, "hmc": {0.089, 11}, "rwm": {0.0014, 0.04}, "anila-mala sample": {0.11, 0}})
	add(target.GaussianRing(), 3, exactChains, steps{"mala": {0.054, 0.044}, "anila-mala": {0.08, 0.025}, "amala": {0.015, 0.01}, "hmc": {0.168, 0.1}, "rwm": {0.3, 0.07}})
	add(target.FourRings(), 3, exactChains, steps{"mala": {0.07, 0.06}, "anila-mala": {0.15, 0.075}, "amala": {0.06, 0.04}, "hmc": {0.23, 0.45}, "rwm": {2, 0.8}})
	add(target.Banana{Curvature: 1, SD: 0.5}, 3, exactChains, steps{"mala": {0.22, 0.17}, "anila-mala": {0.3, 0.2}, "amala": {0.2, 0.12}, "hmc": {0.26, 0.7}, "rwm": {1.5, 0.24}})
	add(target.Challenger(), 3, 2000, steps{"mala": {0.8, 0.65}, "anila-mala": {0.8, 0.65}, "amala": {0.5, 0.35}, "hmc": {0.7, 1.2}, "rwm": {2, 0.25}})
	add(target.Funnel{Dimension: 10, SD: 1}, 3, 4000, steps{"mala": {0.3, 1.5}, "anila-mala": {0.3, 1.5}, "amala": {0.2, 0.7}, "hmc": {0.3, 8}, "rwm": {0.3, 0.6}})

	// other temperatures; a step is short for drift s/(2T)
	add(target.Tempered(target.GaussianRing(), 0.25), 0.75, exactChains, steps{"mala": {0.054, 0.044}, "anila-mala": {0.08, 0.025}, "amala": {0.04, 0.02}, "hmc": {0.168, 0.1}, "rwm": {0.3, 0.07}})
	add(target.Tempered(target.Banana{Curvature: 1, SD: 0.5}, 3), 9, exactChains, steps{"mala": {0.22, 0.17}, "anila-mala": {0.3, 0.17}, "amala": {0.2, 0.12}, "hmc": {0.26, 0.7}, "rwm": {1.5, 0.24}})
	// the linear noise form, pixels, and a drift that is not noise²/(2T)
	for _, scope := range langevin.Scopes() {
		image := shaped{target.Conditioned(20, 100), 2, 2, 5}
		all = append(all,
			proof{image, langevin.Config{Kernel: "anila-mala", Step: 0.015, B: 8, Scope: scope, NoiseForm: "linear"}, 0.018, 4000},
			proof{target.GaussianRing(), langevin.Config{Kernel: "anila-mala", Drift: 0.02, Noise: 0.3, B: 4, Temperature: 1, Scope: scope, NoiseForm: "linear"}, 0.015, exactChains})
	}
	all = append(all, proof{shaped{target.Conditioned(20, 100), 2, 2, 5}, langevin.Config{Kernel: "anila-mala", Step: 0.015, B: 8, Scope: "pixel"}, 0.11, 4000},
		proof{target.GaussianRing(), langevin.Config{Kernel: "mala", Drift: 0.015, Noise: 0.25, Temperature: 1}, 0.035, exactChains})
	return all
}

const countedTests = 1200 // of all cases, rounded up; the test checks it

func TestMetropolisKernelsAreExact(t *testing.T) {
	statistical(t)
	references := map[string]*reference{}
	tests := 0
	for i, c := range proofs() {
		chains := c.chains
		if long() {
			chains = exactChains
		}
		if testing.Short() {
			chains = min(chains, 1000)
		}
		name := c.target.Name()
		if references[name] == nil {
			references[name] = newReference(c.target, 5*chains)
		}
		tests += prove(t, references[name], c, chains, countedTests, uint64(100+i)).tests
	}
	if tests > countedTests {
		t.Errorf("%d tests, Bonferroni's bound was for %d", tests, countedTests)
	}
}

// The Go reference of the kernels, on the quick targets.
func TestReferenceTierIsExact(t *testing.T) {
	statistical(t)
	if testing.Short() {
		t.Skip("short")
	}
	if err := isa.Select("generic"); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := isa.Select(""); err != nil {
			t.Fatal(err)
		}
	}()
	references := map[string]*reference{}
	for i, c := range proofs() {
		name := c.target.Name()
		if c.config.Temperature != 0 || c.target.Dim() > 2 || name == "logistic" || name == "rings" {
			continue
		}
		chains := 5000
		if name == "banana" && !long() {
			continue
		}
		if long() {
			chains = exactChains
		}
		if references[name] == nil {
			references[name] = newReference(c.target, 5*chains)
		}
		prove(t, references[name], c, chains, countedTests, uint64(500+i))
	}
}

// Every mistake is seen by the same tests, at the same level.
func TestMutantsAreCaught(t *testing.T) {
	statistical(t)
	gmm := target.GaussianRing()
	adaptive := langevin.Config{Kernel: "anila-mala", Step: 0.08, B: 3}
	mala := langevin.Config{Kernel: "mala", Step: 0.054}
	cold := langevin.Config{Kernel: "mala", Step: 0.054, Temperature: 0.25}
	amala := langevin.Config{Kernel: "amala", Drift: 0.01, Noise: 0.1, B: 10, Temperature: 1}
	hmc := langevin.Config{Kernel: "hmc", Step: 0.168, Leapfrog: 4}
	cases := map[string][]langevin.Config{
		"no log-determinant":                      {adaptive},
		"forward a in the reverse density":        {adaptive},
		"no reverse drift":                        {adaptive, mala},
		"temperature ignored":                     {cold},
		"wrong sign of the quadratic term":        {adaptive, mala},
		"amala without the determinant":           {amala},
		"amala without the rank-one term":         {amala},
		"hmc with the momentum of the first step": {hmc},
		"hmc that keeps its momentum":             {hmc},
	}
	const chains = 5_000
	truth := newReference(gmm, 5*chains)
	judge := func(name, what string, c langevin.Config, k langevin.Kernel, tg target.Target) {
		z := start(tg, chains, 9)
		if what == "hmc that keeps its momentum" {
			// From exact draws it stays exact; what it doesn't do is get there.
			for i := range chains {
				sin, cos := math.Sincos(2 * math.Pi * float64(i%8) / 8)
				z[2*i], z[2*i+1] = float32(cos), float32(sin)
			}
		}
		v := walk(t, k, tg, z, truth)
		t.Logf("%s, %s: smallest p %.2g (%s)", c.Kernel, name, v.p, v.where)
		if caught := v.p < alarms/countedTests; caught != (name == what) {
			t.Errorf("%s, %s: smallest p %.2g (%s)", c.Kernel, name, v.p, v.where)
		}
	}
	judged := map[langevin.Config]bool{}
	for _, name := range langevin.MutantNames() {
		if len(cases[name]) == 0 {
			t.Errorf("no case for %q", name)
		}
		for _, c := range cases[name] {
			tg := target.Target(gmm)
			if c.Temperature != 0 {
				tg = target.Tempered(gmm, c.Temperature)
			}
			judge(name, name, c, langevin.Mutant(name, c, tg), tg)
			if c != hmc && judged[c] {
				continue
			}
			judged[c] = true
			right, err := langevin.NewKernel(c, tg)
			if err != nil {
				t.Fatal(err)
			}
			judge("right", name, c, right, tg)
		}
	}
}

// Without its determinant amala does not draw from p but from p·√(1 + |D|²/ε),
// because the ratio is then that of a proposal q·√(1 + |D|²/ε). On a plane normal
// the mean of |x|² tells the two laws apart by more than ten standard errors, and
// each kernel must be within five of its own: whatever the seed.
func TestAMALANeedsItsDeterminant(t *testing.T) {
	statistical(t)
	const chains, steps, bound, epsilon, delta = 10_000, 100, 3.0, 0.5, 0.3
	normal := target.Conditioned(2, 1)
	c := langevin.Config{Kernel: "amala", Drift: delta, Noise: math.Sqrt(delta * epsilon), B: bound, Temperature: 1}
	law := func(weight func(r float64) float64) (mean, sd float64) {
		var total, second, fourth float64
		const h = 1e-3
		for r := h / 2; r < 12; r += h {
			density := r * math.Exp(-r*r/2) * weight(r)
			total += density
			second += density * r * r
			fourth += density * r * r * r * r
		}
		mean = second / total
		return mean, math.Sqrt(fourth/total-mean*mean) / math.Sqrt(chains)
	}
	truth, error := law(func(float64) float64 { return 1 })
	wrong, wrongError := law(func(r float64) float64 { d := min(r, bound); return math.Sqrt(1 + d*d/epsilon) })
	if wrong-truth < 10*max(error, wrongError) {
		t.Fatalf("means of |x|² %v and %v, standard errors %v and %v: too close to tell", truth, wrong, error, wrongError)
	}
	for name, want := range map[string][2]float64{"": {truth, error}, "amala without the determinant": {wrong, wrongError}} {
		k, err := langevin.NewKernel(c, normal)
		if name != "" {
			k = langevin.Mutant(name, c, normal)
		}
		if err != nil {
			t.Fatal(err)
		}
		z := start(normal, chains, 9)
		for first := 0; first < chains; first += 250 {
			s := k.NewState(250, 2)
			copy(s.Z, z[2*first:])
			langevin.Walk(k, normal.NewEvaluator(250), s, 77, uint32(first), steps)
			copy(z[2*first:], s.Z)
		}
		if mean := 2 * secondMoment(z); math.Abs(mean-want[0]) > 5*want[1] {
			t.Errorf("%q: mean of |x|² is %.4f, its law has %.4f ± %.4f", name, mean, want[0], want[1])
		} else {
			t.Logf("%q: mean of |x|² is %.4f, its law has %.4f ± %.4f", name, mean, want[0], want[1])
		}
	}
}

// walk takes chains from z through 200 steps of a kernel, without a pool.
func walk(t *testing.T, k langevin.Kernel, tg target.Target, z []float32, r *reference) verdict {
	t.Helper()
	const block = 250
	ends := make([]float32, len(z))
	dim := tg.Dim()
	ev := tg.NewEvaluator(block)
	for first := 0; first < len(z)/dim; first += block {
		s := k.NewState(block, dim)
		copy(s.Z, z[first*dim:])
		langevin.Walk(k, ev, s, 77, uint32(first), exactSteps)
		copy(ends[first*dim:], s.Z)
	}
	return r.compare(tg, ends)
}
