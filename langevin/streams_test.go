package langevin_test

import (
	"math"
	"testing"

	"anila/asm/chain"
	"anila/langevin"
	"anila/tensor"
)

// firstSteps are step numbers below and above 2³², where a second word of the counter begins to count, up to the last.
var firstSteps = []uint64{0, 5, 1<<32 - 2, 1<<32 + 5, 5 << 32, 1 << 40, 1<<56 - 4}

// flat is f = 0: what moves is noise.
func flat(dim int) langevin.LogDensity {
	return langevin.Func(dim, func(grad, x []float64) float64 { clear(grad); return 0 })
}

// normals are the first n of a stream.
func normals(n int, seed uint64, purpose tensor.Purpose, chain int, step uint64) []float32 {
	xi := make([]float32, n)
	tensor.Key{Seed: seed, Purpose: purpose, Chain: uint32(chain), Step: step}.Normals(xi)
	return xi
}

// near tells whether two states are equal but for roundings.
func near(a, b []float32) bool {
	for i := range a {
		if !(math.Abs(float64(a[i]-b[i])) <= 2e-6*(1+math.Abs(float64(b[i])))) {
			return false
		}
	}
	return true
}

// On a flat density end − start is noise·Σₖ ξ(seed, chain, firstStep + k), in blocks of any size: by value, so that no other
// counter can have been drawn from. hmc moves by leapfrog·step·Σₖ momentum.
func TestFlatDensityLeavesTheNoise(t *testing.T) {
	const chains, dim, steps = 11, 6, 4
	for _, c := range []langevin.Config{
		{Kernel: "langevin", Drift: 1, Noise: 0.5}, {Kernel: "anila", Drift: 1, Noise: 0.5, B: 0.1, Scope: "sample"},
		{Kernel: "mala", Drift: 1, Noise: 0.5}, {Kernel: "anila-mala", Drift: 1, Noise: 0.5, B: 0.1}, {Kernel: "amala", Drift: 1, Noise: 0.5},
		{Kernel: "rwm", Step: 0.25}, {Kernel: "hmc", Step: 0.125, Leapfrog: 4},
	} {
		purpose := tensor.PurposeLangevin
		if c.Kernel == "hmc" {
			purpose = tensor.PurposeMomentum
		}
		for _, first := range firstSteps {
			for _, seed := range []uint64{1, 1<<40 + 1} {
				c.Steps, c.Block = steps, 4
				d := flat(dim)
				z, want := starts(d, chains), starts(d, chains)
				pool(t, d, c, 2, chains).Run(z, seed, first)
				for i := range chains {
					for k := range uint64(steps) {
						for j, v := range normals(dim, seed, purpose, i, first+k) {
							want[i*dim+j] += 0.5 * v
						}
					}
				}
				if !near(z, want) {
					t.Errorf("%s, seed %d, steps from %d: the chains end elsewhere than their noise", c.Kernel, seed, first)
				}
			}
		}
	}
}

// uniform is the accept draw of a chain as it is specified: word c mod 4 of block c/4.
func uniform(seed uint64, c int, step uint64) float64 {
	words := chain.Philox(seed, [4]uint32{uint32(c / 4), 0, uint32(step), uint32(tensor.PurposeAccept)<<24 | uint32(step>>32)})
	return (float64(words[c%4]>>9) + 0.5) / (1 << 23)
}

// A chain moves just where its accept draw, by value, is below the probability that the kernel tells, to its proposal; and
// f and ∇f are those of where it is. The random walk's proposals and probabilities are known: exp((f' − f)/T).
func TestDecisionsAreThoseOfTheirDraws(t *testing.T) {
	const chains, steps, seed, temperature = 30, 4, 3, 0.5
	d := gmm()
	for _, c := range []langevin.Config{
		{Kernel: "rwm", Step: 0.25, Temperature: temperature}, {Kernel: "mala", Step: 0.02, Temperature: temperature},
		{Kernel: "anila-mala", Step: 0.05, B: 1, Temperature: temperature}, {Kernel: "amala", Step: 0.02, B: 5, Temperature: temperature},
		{Kernel: "hmc", Step: 0.17, Leapfrog: 2, Temperature: temperature},
	} {
		c.Block = 7
		moves, stays := 0, 0
		for _, first := range firstSteps {
			p := pool(t, d, c, 1, chains)
			z := make([]float32, 2*chains)
			d.Sample(z, tensor.Key{Seed: 1, Purpose: tensor.PurposeToy})
			before := append([]float32{}, z...)
			mustStart(t, p, z, seed, first)
			p.Advance(steps, func(from int, step uint64, s *langevin.State, info langevin.Info) {
				grad := make([]float64, 2)
				for i, told := range info.Acceptance {
					at := from + i
					was, is := before[2*at:2*at+2], s.Row(i)
					moved := !sameBits(was, is)
					if want := uniform(seed, at, step) < float64(told); moved != want {
						t.Errorf("%s: step %d of chain %d moves: %v; its draw and its probability say %v", c.Kernel, step, at, moved, want)
					}
					if c.Kernel == "rwm" {
						proposal := append([]float32{}, was...)
						for j, v := range normals(2, seed, tensor.PurposeLangevin, at, step) {
							proposal[j] += 0.5 * v
						}
						alpha := math.Min(1, math.Exp((d.LogDensity(widen(proposal))-d.LogDensity(widen(was)))/temperature))
						if math.Abs(alpha-float64(told)) > 1e-4 || moved && !near(is, proposal) {
							t.Errorf("rwm: step %d of chain %d: probability %v, want %v", step, at, told, alpha)
						}
					}
					f := d.Gradient(grad, widen(is))
					if math.Abs(f-float64(s.F[i])) > 1e-4*(1+math.Abs(f)) || math.Abs(grad[0]-float64(s.Grad[2*i])) > 1e-3*(1+math.Abs(grad[0])) {
						t.Errorf("%s: f, ∇f are %v, %v, kept are %v, %v", c.Kernel, f, grad[0], s.F[i], s.Grad[2*i])
					}
					if moved {
						moves++
					} else {
						stays++
					}
					copy(was, is)
				}
			})
		}
		if moves < 100 || stays < 100 {
			t.Errorf("%s: %d moves and %d refusals prove little", c.Kernel, moves, stays)
		}
	}
}

// The extra normal of amala is the first of the momentum's stream: with ∇f constant every accepted move is
// δD + √(δε)·ξ + √δ·ζ·D.
func TestScalarOfAmala(t *testing.T) {
	const chains, dim, drift, sd, temperature, b, seed = 9, 5, 0.25, 0.5, 0.5, 1.5, 8
	g := []float64{0.5, -1, 0.25, 0, 2}
	d := langevin.Func(dim, func(grad, x []float64) (f float64) {
		for i, v := range g {
			grad[i] = v
			f += v * x[i]
		}
		return f
	})
	norm := 0.0
	for _, v := range g {
		norm += v * v / (temperature * temperature)
	}
	norm = math.Sqrt(norm)
	delta := drift * temperature
	c := langevin.Config{Kernel: "amala", Drift: drift, Noise: sd, B: b, Temperature: temperature, Steps: 1, Block: 4}
	accepted := 0
	for _, first := range firstSteps {
		z, before := starts(d, chains), starts(d, chains)
		pool(t, d, c, 1, chains).Run(z, seed, first)
		for i := range chains {
			is, was := z[i*dim:(i+1)*dim], before[i*dim:(i+1)*dim]
			if sameBits(is, was) {
				continue
			}
			accepted++
			xi, zeta := normals(dim, seed, tensor.PurposeLangevin, i, first), float64(normals(1, seed, tensor.PurposeMomentum, i, first)[0])
			want := make([]float32, dim)
			for j := range want {
				along := b / math.Max(b, norm) * g[j] / temperature
				want[j] = float32(float64(was[j]) + delta*along + sd*float64(xi[j]) + math.Sqrt(delta)*zeta*along)
			}
			if !near(is, want) {
				t.Errorf("step %d of chain %d ends at %v, want %v", first, i, is, want)
			}
		}
	}
	if accepted < 20 {
		t.Errorf("%d accepted moves prove little", accepted)
	}
}

// A warm-up on a flat density, where every proposal is accepted, is known in full: the step size of each step by dual
// averaging, noise from the steps it was given, and in the end the averaged step size, not the last one that was tried.
func TestWarmupOnAFlatDensity(t *testing.T) {
	const chains, dim, adapt, seed, first, noise = 3, 4, 7, 5, 1 << 40, 0.5
	d := flat(dim)
	p := pool(t, d, langevin.Config{Kernel: "mala", Drift: 0.125, Noise: noise, Adapt: adapt}, 1, chains)
	z, want := starts(d, chains), starts(d, chains)
	if err := p.Warmup(z, seed, first); err != nil {
		t.Fatal(err)
	}
	var miss, tried, average float64 // logarithms of the factor
	for k := range adapt {
		for i := range chains {
			for j, v := range normals(dim, seed, tensor.PurposeLangevin, i, first+uint64(k)) {
				want[i*dim+j] += float32(noise * math.Exp(tried/2) * float64(v))
			}
		}
		n := float64(k + 1)
		miss += ((0.574 - 1) - miss) / (n + 10)
		tried = -math.Sqrt(n) / 0.05 * miss
		average += math.Pow(n, -0.75) * (tried - average)
	}
	if !near(z, want) {
		t.Errorf("the chains end at %v, want %v", z, want)
	}
	got := p.Config()
	if math.Abs(got.Noise/(noise*math.Exp(average/2))-1) > 1e-12 || math.Abs(got.Drift/(0.125*math.Exp(average))-1) > 1e-12 {
		t.Errorf("tuned to drift %v, noise %v; the averaged factor is %v, the last one %v", got.Drift, got.Noise, math.Exp(average), math.Exp(tried))
	}
	p.Advance(1, nil)
	for i := range chains {
		for j, v := range normals(dim, seed, tensor.PurposeLangevin, i, first+adapt) {
			want[i*dim+j] += float32(got.Noise * float64(v))
		}
	}
	if !near(z, want) {
		t.Error("the step after a warm-up does not have the next number")
	}
}

// The draws of a bank, by value: fresh noise is the start's stream (chain = place, step = iteration + 1, step 0 for the
// first states), the choice of states is the bank's own, and so is which of them restart.
func TestDrawsOfABank(t *testing.T) {
	const size, batch, dim, seed, restart = 9, 6, 3, 7, 0.4
	for _, iteration := range []uint64{0, 1, 2, 1<<32 + 1, 1<<56 - 2} {
		b, err := langevin.NewBank(langevin.StartConfig{Kind: "replay", Count: batch, Bank: size, Restart: restart, Scale: 2, Noise: "gaussian"}, dim, seed)
		if err != nil {
			t.Fatal(err)
		}
		state := func(chain int, step uint64) []float32 {
			xi := normals(dim, seed, tensor.PurposeStart, chain, step)
			for i := range xi {
				xi[i] *= 2
			}
			return xi
		}
		z, uniforms := make([]float32, batch*dim), make([]float32, batch)
		b.Draw(z, iteration, nil)
		tensor.Key{Seed: seed, Purpose: tensor.PurposeRestart, Step: iteration}.Uniforms(uniforms)
		random := tensor.Key{Seed: seed, Purpose: tensor.PurposeChain, Step: iteration}.Rand()
		var places [size]int
		for i := range places {
			places[i] = i
		}
		for i := range batch {
			j := i + random.IntN(size-i)
			places[i], places[j] = places[j], places[i]
			want := state(places[i], 0)
			if uniforms[i] < restart {
				want = state(i, iteration+1)
			}
			if b.Drawn()[i] != places[i] || !sameBits(z[i*dim:(i+1)*dim], want) {
				t.Errorf("iteration %d: place %d holds state %d, %v; want state %d, %v", iteration, i, b.Drawn()[i], z[i*dim:(i+1)*dim], places[i], want)
			}
		}
	}
}

// What would wrap to numbers that were drawn before panics.
func TestStepNumbersEnd(t *testing.T) {
	d := flat(2)
	c := langevin.Config{Kernel: "langevin", Drift: 1, Noise: 1, Steps: 2}
	bank, err := langevin.NewBank(langevin.StartConfig{Kind: "persistent", Count: 2, Bank: 3}, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	z := make([]float32, 4)
	pool(t, d, c, 1, 2).Run(z, 1, 1<<56-2)
	for name, f := range map[string]func(){
		"a run past the end":        func() { pool(t, d, c, 1, 2).Run(z, 1, 1<<56-1) },
		"a run that wraps":          func() { pool(t, d, c, 1, 2).Run(z, 1, math.MaxUint64) },
		"draws of a late iteration": func() { bank.Draw(z, 1<<56, nil) },
		"a key's normals":           func() { tensor.Key{Step: 1 << 56}.Normals(z) },
		"a key's uniforms":          func() { tensor.Key{Step: 1 << 63}.Uniforms(z) },
		"a key's generator":         func() { tensor.Key{Step: 1 << 56}.Rand().Uint64() },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
