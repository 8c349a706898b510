package langevin_test

import (
	"math"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	"anila/langevin"
	"anila/nn"
	"anila/tensor"
)

// The chains, and all statistics, have the same bits for any number of workers,
// any block size and any teams.
func TestBatchInvariance(t *testing.T) {
	const chains, steps = 23, 12
	for name, d := range map[string]langevin.LogDensity{
		"gmm": gmm(), "network": image(t),
		"team": teamed{imageNetwork()}, "team with reference": langevin.WithReference(teamed{imageNetwork()}, 1, 2),
	} {
		for _, c := range configs() {
			c.Steps = steps
			c.Block = chains
			want := starts(d, chains)
			wantStats := *pool(t, d, c, 1, chains).Run(want, 5, 1000)
			counts, sizes := []int{1, 2, 3, 8}, []int{0, 1, 5, 16}
			if race {
				counts, sizes = []int{3}, []int{0, 5}
			}
			for _, workers := range counts {
				for _, block := range sizes {
					c.Block = block
					got := starts(d, chains)
					stats := pool(t, d, c, workers, chains).Run(got, 5, 1000)
					if !sameBits(got, want) || !slices.Equal(stats.F, wantStats.F) {
						t.Fatalf("%s, %s: %d workers and blocks of %d give other chains", name, label(c), workers, block)
					}
					for k, g := range stats.GradientNorm {
						if math.Float64bits(g) != math.Float64bits(wantStats.GradientNorm[k]) {
							t.Fatalf("%s, %s: gradient norm of step %d is %v, not %v", name, label(c), k, g, wantStats.GradientNorm[k])
						}
					}
					same := func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }
					if !same(stats.Displacement, wantStats.Displacement) || !same(stats.Limited, wantStats.Limited) || !same(stats.Acceptance, wantStats.Acceptance) {
						t.Fatalf("%s, %s: statistics %+v, not %+v", name, label(c), stats, wantStats)
					}
				}
			}
		}
	}
}

// A chain's bits are a function of its own start and number.
func TestChainsAreIndependent(t *testing.T) {
	const chains, steps = 9, 10
	d := gmm()
	for _, c := range configs() {
		c.Steps = steps
		want := starts(d, chains)
		pool(t, d, c, 1, chains).Run(want, 5, 0)
		got := starts(d, chains)
		for i := range got[:4] {
			got[i] += 0.25
		}
		pool(t, d, c, 1, chains).Run(got, 5, 0)
		if !sameBits(got[4:], want[4:]) {
			t.Errorf("%s: two chains moved the others", label(c))
		}
		if sameBits(got[:4], want[:4]) {
			t.Errorf("%s: other starts give the same ends", label(c))
		}
	}
}

// Running K steps at once, or in parts, is the same.
func TestAdvanceContinuesRun(t *testing.T) {
	const chains = 10
	d := image(t)
	for _, c := range configs() {
		c.Steps = 15
		want := starts(d, chains)
		pool(t, d, c, 2, chains).Run(want, 3, 40)
		got := starts(d, chains)
		p := pool(t, d, c, 2, chains)
		mustStart(t, p, got, 3, 40)
		p.Advance(4, nil)
		p.Advance(11, nil)
		if !sameBits(got, want) {
			t.Errorf("%s: parts differ from the whole", label(c))
		}
	}
}

// A network with layers large enough for teams: few chains of it have the bits of
// one worker's.
func TestTeamsOfVanilla(t *testing.T) {
	if race {
		t.Skip("the reference kernels are slow")
	}
	network, err := nn.New(nn.Spec{Net: "vanilla", N: 32})
	if err != nil {
		t.Fatal(err)
	}
	network.Init(3)
	d := langevin.WithReference(langevin.FromNetwork(network), 1, 1)
	c := langevin.Config{Kernel: "anila-mala", Step: 1e-4, B: 1, Steps: 2}
	chains := 6
	if testing.Short() {
		chains = 2
	}
	want := starts(d, chains)
	pool(t, d, c, 1, chains).Run(want, 4, 0)
	for _, workers := range []int{2, 3, 8, 64} {
		got := starts(d, chains)
		pool(t, d, c, workers, chains).Run(got, 4, 0)
		if !sameBits(got, want) {
			t.Errorf("%d workers give other chains than one", workers)
		}
	}
}

// What a run does beside the chains it does once, on one of the workers, and no chain
// feels it, though there may be fewer blocks than workers.
func TestBeside(t *testing.T) {
	c, d := configs()[0], gmm()
	c.Block, c.Steps = 3, 5
	want := starts(d, 6)
	pool(t, d, c, 1, 6).Run(want, 1, 0)
	for _, workers := range []int{1, 2, 8} {
		p := pool(t, d, c, workers, 6)
		var done atomic.Int32
		p.Beside(func() { done.Add(1) })
		for range 2 {
			z := starts(d, 6)
			p.Run(z, 1, 0)
			if done.Load() != 1 || !sameBits(z, want) {
				t.Errorf("%d workers: done %d times, chains %v, not %v", workers, done.Load(), z, want)
			}
		}
	}
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	if race {
		t.Skip("the race detector allocates")
	}
	for i, c := range append(configs(), configs()...) {
		d, chains := langevin.LogDensity(gmm()), 64
		c.Block = 4
		if i < len(configs()) {
			d, chains, c.Block = teamed{imageNetwork()}, 5, 0
		}
		for _, workers := range []int{2, 16} {
			c.Steps = 100
			p := pool(t, d, c, workers, chains)
			z := starts(d, chains)
			for k := range uint64(3) {
				p.Run(z, 1, 100*k)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for k := range uint64(10) {
				p.Run(z, 1, 1000+100*k)
			}
			runtime.ReadMemStats(&after)
			// The runtime itself may allocate a few times (goroutine parking).
			if n := after.Mallocs - before.Mallocs; n > 20 {
				t.Errorf("%s, %d workers: %d allocations in 1000 steps", label(c), workers, n)
			}
		}
	}
}

// A bound of +Inf is plain Langevin, bit for bit, whatever the scope and form.
func TestInfiniteBoundIsPlainLangevin(t *testing.T) {
	const chains, steps = 12, 20
	d := image(t)
	for pair, c := range map[string]langevin.Config{"langevin anila": {Drift: 0.02, Noise: 0.1}, "mala anila-mala": {Step: 0.02}} {
		var plain, adaptive string
		for i, r := range pair {
			if r == ' ' {
				plain, adaptive = pair[:i], pair[i+1:]
			}
		}
		c.Steps, c.Kernel = steps, plain
		want := starts(d, chains)
		pool(t, d, c, 2, chains).Run(want, 8, 0)
		c.Kernel = adaptive
		for _, c.Scope = range langevin.Scopes() {
			for _, c.NoiseForm = range langevin.NoiseForms() {
				for _, c.B = range []float64{math.Inf(1), 0, 3e38} {
					got := starts(d, chains)
					pool(t, d, c, 2, chains).Run(got, 8, 0)
					if !sameBits(got, want) {
						t.Errorf("%s with b = %v differs from %s", label(c), c.B, plain)
					}
				}
			}
		}
	}
}

// The statistics of a run, against a run that is looked at step by step.
func TestStats(t *testing.T) {
	const chains, steps, b = 7, 9, 0.05
	d := image(t)
	dim, n := d.Dim(), float64(chains*steps)
	for _, scope := range langevin.Scopes() {
		c := langevin.Config{Kernel: "anila", Drift: 0.5, Noise: 0.3, B: b, Scope: scope, Steps: steps}
		group := map[string]int{"coord": 1, "pixel": 3, "sample": dim}[scope]
		bound := b * math.Sqrt(float64(group)) / 2
		if group == dim {
			bound = pool(t, d, c, 1, chains).Run(starts(d, chains), 2, 0).GradientNorm[0]
		}
		c.B = bound
		z := starts(d, chains)
		stats := *pool(t, d, c, 2, chains).Run(z, 2, 0)

		x := starts(d, chains)
		begin := starts(d, chains)
		ev := d.NewEvaluator(chains)
		f, grad := make([]float32, chains), make([]float32, chains*dim)
		limited := 0.0
		walk := pool(t, d, c, 1, chains)
		mustStart(t, walk, x, 2, 0)
		for k := range steps {
			ev.LogDensityAndGradient(f, grad, x)
			mean := 0.0
			for i := range chains {
				square := 0.0
				for j := 0; j < dim; j += group {
					part := 0.0
					for _, v := range grad[i*dim+j : i*dim+j+group] {
						part += float64(v) * float64(v)
					}
					if math.Sqrt(part) > bound {
						limited += float64(group) / float64(dim)
					}
					square += part
				}
				mean += math.Sqrt(square) / chains
			}
			if math.Abs(stats.GradientNorm[k]/mean-1) > 1e-6 {
				t.Errorf("%s: gradient norm of step %d is %v, not %v", scope, k, stats.GradientNorm[k], mean)
			}
			walk.Advance(1, nil)
		}
		displacement := 0.0
		for i := range chains {
			square := 0.0
			for j := range dim {
				e := float64(x[i*dim+j]) - float64(begin[i*dim+j])
				square += e * e
			}
			displacement += math.Sqrt(square) / chains
		}
		ev.LogDensityAndGradient(f, grad, z)
		if !sameBits(z, x) || stats.F != nil {
			t.Errorf("%s: a run and its steps differ", scope)
		}
		if stats := walk.Advance(0, nil); !slices.Equal(widen(f), stats.F) {
			t.Errorf("%s: f of the ends is %v, not %v", scope, stats.F, f)
		}
		if math.Abs(stats.Displacement/displacement-1) > 1e-6 {
			t.Errorf("%s: displacement %v, not %v", scope, stats.Displacement, displacement)
		}
		if math.Abs(stats.Limited-limited/n) > 1e-9 || stats.Limited < 0.02 || stats.Limited > 0.98 {
			t.Errorf("%s: share of a < 1 is %v, not %v (which must be neither none nor all)", scope, stats.Limited, limited/n)
		}
		if !math.IsNaN(stats.Acceptance) {
			t.Errorf("%s: acceptance %v without an accept step", scope, stats.Acceptance)
		}
	}
}

// The acceptance reported is the mean of what the steps tell, and chains that
// refuse stand still.
func TestAcceptance(t *testing.T) {
	const chains, steps = 50, 40
	d := gmm()
	for _, c := range configs() {
		r, err := c.Resolve()
		if err != nil {
			t.Fatal(err)
		}
		if !r.Metropolis() {
			continue
		}
		p := pool(t, d, c, 1, chains)
		z := starts(d, chains)
		last := append([]float32{}, z...)
		mustStart(t, p, z, 4, 0)
		told, moved := 0.0, 0.0
		stats := p.Advance(steps, func(first int, step uint64, s *langevin.State, info langevin.Info) {
			for i, a := range info.Acceptance {
				told += float64(a)
				if !sameBits(s.Row(i), last[2*(first+i):2*(first+i)+2]) {
					moved++
				}
				copy(last[2*(first+i):], s.Row(i))
			}
		})
		told, moved = told/(chains*steps), moved/(chains*steps)
		if math.Abs(told-stats.Acceptance) > 1e-6 {
			t.Errorf("%s: acceptance %v, told %v", label(c), stats.Acceptance, told)
		}
		if math.Abs(moved-told) > 5*0.5/math.Sqrt(chains*steps) {
			t.Errorf("%s: %v moved, acceptance %v", label(c), moved, told)
		}
	}
}

// Warm-up brings the acceptance to its target, from a step far too small and
// one far too large, the same for any number of workers.
func TestWarmup(t *testing.T) {
	const chains = 64
	d := gmm()
	for _, c := range []langevin.Config{
		{Kernel: "mala"}, {Kernel: "anila-mala", B: 3}, {Kernel: "amala", B: 5}, {Kernel: "hmc", Leapfrog: 3}, {Kernel: "rwm"},
	} {
		for _, c.Step = range []float64{1e-4, 3} {
			c.Adapt = 400
			var tuned []langevin.Config
			for _, workers := range []int{1, 3} {
				p := pool(t, d, c, workers, chains)
				z := make([]float32, 2*chains)
				gmm().Sample(z, tensor.Key{Seed: 1, Purpose: tensor.PurposeToy})
				if err := p.Warmup(z, 6, 0); err != nil {
					t.Fatal(err)
				}
				stats := p.Advance(400, nil)
				if want := p.Config().TargetAcceptance; math.Abs(stats.Acceptance-want) > 0.06 {
					t.Errorf("%s from step %v: acceptance %v, target %v", c.Kernel, c.Step, stats.Acceptance, want)
				}
				tuned = append(tuned, p.Config())
			}
			if tuned[0] != tuned[1] {
				t.Errorf("%s: tuned to %+v with one worker, %+v with three", c.Kernel, tuned[0], tuned[1])
			}
		}
	}
}
