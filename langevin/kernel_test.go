package langevin

import (
	"math"
	"strings"
	"testing"

	"anila/tensor"
)

// quadratic is f = −|x|²/2 with a constant tilt, and slope elsewhere.
func quadratic(dim int) LogDensity {
	return Func(dim, func(grad, x []float64) float64 {
		f := 0.0
		for i, v := range x {
			tilt := float64(i%5) - 2
			grad[i] = tilt - v
			f += tilt*v - v*v/2
		}
		return f
	})
}

type pixels struct {
	LogDensity
	h, w, c int
}

func (p pixels) Shape() (h, w, c int) { return p.h, p.w, p.c }

func prepared(t *testing.T, d LogDensity, c Config, chains int) (Kernel, Evaluator, *State) {
	t.Helper()
	k, err := NewKernel(c, d)
	if err != nil {
		t.Fatal(err)
	}
	s := k.NewState(chains, d.Dim())
	tensor.Key{Seed: 3, Purpose: tensor.PurposeStart}.Normals(s.Z)
	ev := d.NewEvaluator(chains)
	k.Init(ev, s)
	return k, ev, s
}

// One protocol for every kernel: Init fills f and ∇f, Step keeps them true to
// the position, and equal keys and states give equal steps.
func TestProtocol(t *testing.T) {
	const chains = 6
	d := pixels{quadratic(12), 2, 2, 3}
	for _, name := range Kernels() {
		c := Config{Kernel: name, Step: 0.2, Temperature: 0.7, B: 1.2, Scope: "pixel"}
		k, ev, s := prepared(t, d, c, chains)
		_, _, other := prepared(t, d, c, chains)
		f, grad := make([]float64, chains), make([]float32, len(s.Z))
		for step := range uint64(10) {
			key := tensor.Key{Seed: 1, Chain: 7, Step: step}
			k.Step(key, ev, s)
			ev.(Evaluator64).LogDensityAndGradient64(f, grad, s.Z)
			for i := range f {
				if f[i] != s.F[i] {
					t.Fatalf("%s, step %d: cached f is %v, f is %v", name, step, s.F[i], f[i])
				}
			}
			for i := range grad {
				if grad[i] != s.Grad[i] {
					t.Fatalf("%s, step %d: cached gradient is stale", name, step)
				}
			}
			k.Step(key, ev, other)
			for i := range s.Z {
				if s.Z[i] != other.Z[i] {
					t.Fatalf("%s, step %d: the same key and state give another step", name, step)
				}
			}
		}
	}
}

// The steps against the formula in float64, for every scope and form, with what
// changes along a chain and with a clamp: five of a chain of four, as the last one
// stays in force.
func TestFormula(t *testing.T) {
	const drift, sd, b = 0.3, 0.2, 1.3
	base := Config{Drift: drift, Noise: sd, B: b, Temperature: sd * sd / (2 * drift), Steps: 4}
	falling, clamped := base, base
	falling.DriftFall, falling.NoiseFall, clamped.Clamp = -0.5, 1, 0.9
	for _, c := range []Config{base, falling, clamped} {
		for _, c.Kernel = range []string{"langevin", "anila", "gd"} {
			for _, c.Scope = range Scopes() {
				for _, c.NoiseForm = range NoiseForms() {
					for _, c.DriftForm = range DriftForms() {
						holdToFormula(t, c)
						if c.Kernel == "anila" && c.NoiseForm == "sqrt" && c.DriftForm == "scaled" {
							corrected := c
							corrected.Correct = true
							holdToFormula(t, corrected)
						}
					}
				}
			}
		}
	}
}

func holdToFormula(t *testing.T, c Config) {
	t.Helper()
	const chains = 5
	d := pixels{quadratic(12), 2, 2, 3}
	group := map[string]int{"coord": 1, "pixel": 3, "sample": 12}[c.Scope]
	power := map[string]float64{"sqrt": 0.5, "linear": 1}[c.NoiseForm]
	k, ev, s := prepared(t, d, c, chains)
	xi, want := make([]float32, 12), make([]float64, len(s.Z))
	var kept [chains * 12][2]float64 // √a, and noise·ξ, of the step before
	for step := range 5 {
		part := min(1, float64(step)/3)
		drift, sd := c.Drift*(1-part*c.DriftFall), c.Noise*(1-part*c.NoiseFall)
		if c.Kernel == "gd" {
			sd = 0
		}
		for i := range chains {
			tensor.Key{Seed: 4, Purpose: tensor.PurposeLangevin, Chain: uint32(10 + i), Step: uint64(77 + step)}.Normals(xi)
			for j := range 12 {
				a, square := 1.0, 0.0
				first := i*12 + j/group*group
				for _, g := range s.Grad[first : first+group] {
					square += float64(g) * float64(g)
				}
				if norm := math.Sqrt(square); norm > c.B && c.Kernel != "langevin" {
					a = c.B / norm
				}
				at, along := i*12+j, drift
				if c.DriftForm == "scaled" {
					along *= a
				}
				want[at] = float64(s.Z[at]) + along*float64(s.Grad[at]) + sd*math.Pow(a, power)*float64(xi[j])
				if c.Correct && step > 0 {
					want[at] += (math.Sqrt(a) - kept[at][0]) * kept[at][1]
				}
				kept[at] = [2]float64{math.Sqrt(a), sd * float64(xi[j])}
				if c.Clamp > 0 {
					want[at] = max(-c.Clamp, min(c.Clamp, want[at]))
				}
			}
		}
		k.Step(tensor.Key{Seed: 4, Chain: 10, Step: uint64(77 + step)}, ev, s)
		for i, w := range want {
			if math.Abs(float64(s.Z[i])-w) > 2e-6 {
				t.Fatalf("%+v, step %d: coordinate %d is %v, formula %v", c, step, i, s.Z[i], w)
			}
		}
	}
}

// Where |g| ≤ b everywhere nothing of the bound remains; as b → 0 the steps of
// every scope vanish; noise 0 moves along the gradient; a flat f leaves noise.
func TestLimits(t *testing.T) {
	const chains, dim = 4, 12
	flat := pixels{Func(dim, func(grad, x []float64) float64 { clear(grad); return 0 }), 2, 2, 3}
	d := pixels{quadratic(dim), 2, 2, 3}
	for _, scope := range Scopes() {
		for _, name := range []string{"anila", "anila-mala"} {
			k, ev, s := prepared(t, d, Config{Kernel: name, Drift: 1, Noise: 1, B: 1e-30, Scope: scope}, chains)
			before := append([]float32{}, s.Z...)
			k.Step(tensor.Key{Seed: 1}, ev, s)
			for i, v := range s.Z {
				if math.Abs(float64(v-before[i])) > 1e-10 {
					t.Errorf("%s %s: b → 0 moves coordinate %d by %v", name, scope, i, v-before[i])
				}
			}
			// a = 1 where g = 0, and every proposal is accepted
			k, ev, s = prepared(t, flat, Config{Kernel: name, Drift: 1, Noise: 0.5, B: 1e-3, Scope: scope}, chains)
			before = append(before[:0], s.Z...)
			info := k.Step(tensor.Key{Seed: 1}, ev, s)
			xi := make([]float32, dim)
			tensor.Key{Seed: 1, Purpose: tensor.PurposeLangevin}.Normals(xi)
			for i, x := range xi {
				if s.Z[i] != before[i]+float32(0.5*x) {
					t.Errorf("%s %s: a flat f moves coordinate %d by %v, noise is %v", name, scope, i, s.Z[i]-before[i], 0.5*x)
				}
			}
			for _, a := range info.Acceptance {
				if a != 1 {
					t.Errorf("%s %s: acceptance %v on a flat f", name, scope, a)
				}
			}
		}
	}
	k, ev, s := prepared(t, d, Config{Kernel: "gd", Drift: 0.25, Temperature: 1}, chains)
	before, grad := append([]float32{}, s.Z...), append([]float32{}, s.Grad...)
	k.Step(tensor.Key{Seed: 1}, ev, s)
	for i := range s.Z {
		if s.Z[i] != before[i]+float32(0.25*grad[i]) {
			t.Errorf("gd moves coordinate %d by %v, drift·g is %v", i, s.Z[i]-before[i], 0.25*grad[i])
		}
	}
}

// A proposal where f is not a number or infinite is refused; unadjusted kernels
// show the NaN.
func TestBrokenDensity(t *testing.T) {
	for what, bad := range map[string]float64{"NaN": math.NaN(), "+Inf": math.Inf(1), "-Inf": math.Inf(-1)} {
		d := Func(3, func(grad, x []float64) float64 {
			clear(grad)
			if x[0] == 0 {
				return 0
			}
			grad[1] = math.NaN()
			return bad
		})
		for _, name := range Kernels() {
			k, err := NewKernel(Config{Kernel: name, Step: 0.1, Temperature: 1, B: 2}, d)
			if err != nil {
				t.Fatal(err)
			}
			s, ev := k.NewState(2, 3), d.NewEvaluator(2)
			s.Z[0], s.Z[3] = 0, 0
			k.Init(ev, s)
			info := k.Step(tensor.Key{Seed: 1}, ev, s)
			if info.Acceptance != nil {
				if info.Acceptance[0] != 0 || s.Z[0] != 0 || s.F[0] != 0 {
					t.Errorf("%s accepts f = %s", name, what)
				}
				continue
			}
			if name == "gd" {
				s.Z[0] = 1
				k.Init(ev, s)
			}
			k.Step(tensor.Key{Seed: 1, Step: 1}, ev, s)
			if !math.IsNaN(float64(s.Z[1])) {
				t.Errorf("%s hides a NaN gradient", name)
			}
		}
	}
}

// The momenta are the normals of their own purpose, and accept draws are
// uniform and the chain's own.
func TestStreams(t *testing.T) {
	p := make([]float32, 5*7)
	drawMomentum(p, 7, tensor.Key{Seed: 2, Chain: 3, Step: 9})
	want := make([]float32, 7)
	for i := range 5 {
		tensor.Key{Seed: 2, Purpose: tensor.PurposeMomentum, Chain: uint32(3 + i), Step: 9}.Normals(want)
		for j, w := range want {
			if p[i*7+j] != w {
				t.Fatalf("momentum %d of chain %d is %v, not %v", j, i, p[i*7+j], w)
			}
		}
	}
	whole, part := make([]float32, 100_000), make([]float32, 50)
	chainUniforms(whole, tensor.Key{Seed: 2, Step: 9})
	chainUniforms(part, tensor.Key{Seed: 2, Step: 9, Chain: 31})
	mean := 0.0
	for i, u := range whole {
		mean += float64(u) / float64(len(whole))
		if i < len(part) && part[i] != whole[31+i] {
			t.Fatalf("the accept draw of chain %d depends on its block", 31+i)
		}
	}
	if math.Abs(mean-0.5) > 5*math.Sqrt(1/12.0/float64(len(whole))) {
		t.Errorf("mean of the accept draws is %v", mean)
	}
}

func TestReference(t *testing.T) {
	const temperature, sd = 0.3, 2.0
	d := WithReference(quadratic(5), temperature, sd)
	x := []float32{1, -2, 0.5, 3, 0.25, 0, 0, 0, 0, 1}
	f, grad := make([]float32, 2), make([]float32, 10)
	d.NewEvaluator(2).LogDensityAndGradient(f, grad, x)
	f0, grad0 := make([]float32, 2), make([]float32, 10)
	quadratic(5).NewEvaluator(2).LogDensityAndGradient(f0, grad0, x)
	for i := range f {
		square := 0.0
		for j := range 5 {
			v := float64(x[5*i+j])
			square += v * v
			if want := float64(grad0[5*i+j]) - temperature*v/(sd*sd); math.Abs(float64(grad[5*i+j])-want) > 1e-6 {
				t.Errorf("gradient %v, want %v", grad[5*i+j], want)
			}
		}
		if want := float64(f0[i]) - temperature*square/(2*sd*sd); math.Abs(float64(f[i])-want) > 1e-6 {
			t.Errorf("f = %v, want %v", f[i], want)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a reference of sd 0 is accepted")
		}
	}()
	WithReference(d, 1, 0)
}

// The table knows each kernel once, and what follows from its row holds for it.
func TestKernelTable(t *testing.T) {
	d := pixels{quadratic(12), 2, 2, 3}
	metropolis, anisotropic, step := " mala anila-mala amala hmc rwm ", " anila gd anila-mala amala ", " hmc rwm "
	seen := map[string]bool{}
	for _, name := range Kernels() {
		if seen[name] {
			t.Errorf("%s stands twice", name)
		}
		seen[name] = true
		c := Config{Kernel: name, Step: 0.2, Temperature: 0.7, B: 0.5}
		is := func(names string) bool { return strings.Contains(names, " "+name+" ") }
		if c.Metropolis() != is(metropolis) || c.Anisotropic() != is(anisotropic) || c.TakesStep() != is(step) {
			t.Errorf("%s: Metropolis %v, Anisotropic %v, TakesStep %v", name, c.Metropolis(), c.Anisotropic(), c.TakesStep())
		}
		k, ev, s := prepared(t, d, c, 4)
		info := k.Step(tensor.Key{Seed: 1}, ev, s)
		if (info.Acceptance != nil) != c.Metropolis() {
			t.Errorf("%s: Metropolis is %v", name, c.Metropolis())
		}
		bound := 0
		if l, ok := k.(limiter); ok {
			count := make([]chainStat, 1)
			l.limited(count, s.Grad[:12])
			bound = count[0].limited
		}
		if (bound > 0) != c.Anisotropic() {
			t.Errorf("%s: the bound acts in %d coordinates, Anisotropic is %v", name, bound, c.Anisotropic())
		}
		r, err := c.Resolve()
		if err != nil {
			t.Fatal(err)
		}
		if (r.Step != 0) != c.TakesStep() || (r.Drift != 0) == c.TakesStep() {
			t.Errorf("%s: step %v, drift %v, TakesStep is %v", name, r.Step, r.Drift, c.TakesStep())
		}
		if (r.TargetAcceptance > 0) != c.Metropolis() {
			t.Errorf("%s: target acceptance %v", name, r.TargetAcceptance)
		}
	}
}

// amala's b bounds |∇f/T|, and where it acts it acts on the whole chain.
func TestAMALACountsItsBound(t *testing.T) {
	k, err := NewKernel(Config{Kernel: "amala", Step: 0.1, B: 2, Temperature: 0.5}, quadratic(3))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		g    []float32
		want int
	}{{[]float32{0.5, 0.5, 0.5}, 0}, {[]float32{0, 0, 1.1}, 3}, {[]float32{0.7, 0.7, 0.7}, 3}, {[]float32{1, 0, 0}, 0}} {
		count := make([]chainStat, 2)
		k.(limiter).limited(count, append(make([]float32, 3), c.g...))
		if count[0].limited != 0 || count[1].limited != c.want {
			t.Errorf("∇f = 0 and %v: %v, want 0 and %d coordinates limited", c.g, count, c.want)
		}
	}
}

// On a constant slope beyond the bound every step is as long as it can be.
func TestReachIsWhatChainsReach(t *testing.T) {
	slope := pixels{Func(3, func(grad, x []float64) float64 {
		for i := range grad {
			grad[i] = 2
		}
		return 2 * (x[0] + x[1] + x[2])
	}), 1, 1, 3}
	workers := tensor.NewWorkers(1)
	defer workers.Close()
	for scope, group := range map[string]float64{"coord": 1, "pixel": 3, "sample": 3} {
		for _, fall := range []float64{0, 1, -0.5} {
			c := Config{Kernel: "gd", Steps: 8, Drift: 0.5, B: 0.25, Temperature: 1, Scope: scope, DriftFall: fall}
			pool, err := NewPool(slope, c, workers, 1)
			if err != nil {
				t.Fatal(err)
			}
			z := make([]float32, 3)
			pool.Run(z, 1, 0)
			if got, want := float64(z[0])*math.Sqrt(group), pool.Config().Reach(); math.Abs(got-want) > 1e-6 {
				t.Errorf("%s, fall %v: %v from the start after a run, reach %v", scope, fall, got, want)
			}
		}
	}
	for _, c := range []Config{
		{Kernel: "langevin", Drift: 1, Noise: 1, B: 1, Steps: 3}, {Kernel: "anila", Drift: 1, Noise: 1, Steps: 3},
		{Kernel: "anila", Drift: 1, Noise: 1, B: 1, DriftForm: "full", Steps: 3},
	} {
		if r, err := c.Resolve(); err != nil || !math.IsInf(r.Reach(), 1) {
			t.Errorf("%+v: reach %v, %v", c, r.Reach(), err)
		}
	}
}
