package train

import (
	"fmt"
	"slices"
	"testing"

	"anila/langevin"
	"anila/nn"
	"anila/tensor"
	"anila/train/data"
)

// streams are the keys of all random numbers of a seed's training with K steps an iteration, as they are specified: t is the
// iteration, k the step of a chain, i the place of a chain, of an item or of a state.
type streams struct {
	seed, K uint64
}

func (s streams) key(p tensor.Purpose, i int, step uint64) tensor.Key {
	return tensor.Key{Seed: s.seed, Purpose: p, Chain: uint32(i), Step: step}
}
func (s streams) batch(t uint64) tensor.Key            { return s.key(tensor.PurposeBatch, 0, t) }
func (s streams) dataNoise(t uint64, i int) tensor.Key { return s.key(tensor.PurposeDataNoise, i, t) }
func (s streams) choice(t uint64) tensor.Key           { return s.key(tensor.PurposeChain, 0, t) }
func (s streams) restart(t uint64) tensor.Key          { return s.key(tensor.PurposeRestart, 0, t) }
func (s streams) bank(i int) tensor.Key                { return s.key(tensor.PurposeStart, i, 0) }
func (s streams) fresh(t uint64, i int) tensor.Key     { return s.key(tensor.PurposeStart, i, t+1) }
func (s streams) langevin(t, k uint64, i int) tensor.Key {
	return s.key(tensor.PurposeLangevin, i, t*s.K+k)
}
func (s streams) warmup(k uint64, i int) tensor.Key {
	return s.key(tensor.PurposeLangevin, i, 1<<40+k)
}

// still makes a trainer of a network that is zero and stays so: f is flat.
func still(t *testing.T, cfg Config, noise float64) *Trainer {
	t.Helper()
	rings, err := data.Open("rings", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	network, err := nn.New(nn.Spec{Net: "toy", N: 4})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range network.Params() {
		clear(p.Data)
	}
	workers := tensor.NewWorkers(2)
	t.Cleanup(workers.Close)
	network.Pack(workers)
	cfg.DataNoise = noise
	cfg.Optimizer, cfg.Rate = nn.OptimizerConfig{Name: "sgd"}, nn.Schedule{Rate: 1e-6}
	tr, err := New(network, rings, cfg, workers)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func normals(key tensor.Key, sd float32) []float32 {
	x := make([]float32, 2)
	key.Normals(x)
	return []float32{sd * x[0], sd * x[1]}
}

func add(z, x []float32) {
	for i, v := range x {
		z[i] += v
	}
}

// TestIterationsDrawFromTheirStreams: with a flat f, data, starts and ends of three iterations are known to the last bit
// from the streams alone: end − start = noise·Σₖ ξ(seed, chain, t·K + k).
func TestIterationsDrawFromTheirStreams(t *testing.T) {
	const chains, batch, size, noise, scale, restart, dataSD = 5, 6, 9, 0.5, 2, 0.4, 0.25
	for _, kind := range []string{"noise-gaussian", "data", "persistent", "replay"} {
		for _, s := range []streams{{seed: 3, K: 4}, {seed: 1<<40 + 3, K: 1}} {
			t.Run(fmt.Sprint(kind, " ", s.seed), func(t *testing.T) {
				tr := still(t, Config{
					Seed: s.seed, Batch: batch,
					Sampler: langevin.Config{Kernel: "anila", Steps: int(s.K), Drift: 1, Noise: noise, B: 0.1},
					Start:   langevin.StartConfig{Kind: kind, Count: chains, Bank: size, Restart: restart, Scale: scale, Noise: "gaussian"},
				}, dataSD)
				rings, err := data.Open("rings", "", 0)
				if err != nil {
					t.Fatal(err)
				}
				var bank [][]float32
				for i := range size {
					bank = append(bank, normals(s.bank(i), scale))
				}
				for it := range uint64(3) {
					tr.Iterate()
					x := make([]float32, 2*batch)
					rings.Batch(x, s.batch(it))
					for i := range batch {
						add(x[2*i:2*i+2], normals(s.dataNoise(it, i), dataSD))
					}
					if !slices.Equal(tr.x, x) {
						t.Fatalf("iteration %d: data %v, want %v", it, tr.x, x)
					}
					chosen, uniforms := make([]int, chains), make([]float32, chains)
					tensor.Sample(chosen, size, s.choice(it).Rand(), nil)
					s.restart(it).Uniforms(uniforms)
					var z []float32
					for i := range chains {
						start := normals(s.fresh(it, i), scale)
						switch {
						case kind == "data":
							start = slices.Clone(x[2*i : 2*i+2])
						case kind == "persistent", kind == "replay" && uniforms[i] >= restart:
							start = slices.Clone(bank[chosen[i]])
						}
						for k := range s.K {
							add(start, normals(s.langevin(it, k, i), noise))
						}
						z = append(z, start...)
						bank[chosen[i]] = start
					}
					if !slices.Equal(tr.z, z) {
						t.Fatalf("iteration %d: chains end at %v, want %v", it, tr.z, z)
					}
				}
			})
		}
	}
}

// TestWarmupHasNoiseOfItsOwn: the steps before the first iteration are numbered from 2⁴⁰ on, where no iteration comes.
func TestWarmupHasNoiseOfItsOwn(t *testing.T) {
	const chains, noise = 4, 0.5
	s := streams{seed: 5, K: 2}
	tr := still(t, Config{
		Seed: s.seed, Batch: chains, Sampler: langevin.Config{Kernel: "mala", Steps: int(s.K), Drift: 1, Noise: noise, Adapt: 1},
		Start: langevin.StartConfig{Kind: "noise-gaussian", Scale: 1},
	}, 0)
	tr.warmup()
	for i := range chains {
		want := normals(s.fresh(0, i), 1)
		add(want, normals(s.warmup(0, i), noise))
		if got := tr.z[2*i : 2*i+2]; !slices.Equal(got, want) {
			t.Errorf("chain %d is at %v after the warm-up, want %v", i, got, want)
		}
	}
}

// TestStreamsNeverMeet writes down every counter that training draws from, in iterations next to each other and where the
// steps of chains pass 2³², and in a warm-up; decisions and momenta have the numbers of the steps (package langevin holds its
// kernels to them by value). No two uses share one.
func TestStreamsNeverMeet(t *testing.T) {
	const chains, batch, size, adapt, dim = 9, 7, 12, 50, 6
	for _, K := range []uint64{1, 2, 500} {
		s := streams{seed: 1, K: K}
		used := map[[4]uint32]string{}
		note := func(what string, key tensor.Key, numbers int) {
			n := key.Noise()
			for block := range (numbers + 3) / 4 {
				counter := [4]uint32{uint32(block), n.Chain, uint32(n.Step), uint32(n.Purpose)<<24 | uint32(n.Step>>32)}
				if other, ok := used[counter]; ok {
					t.Fatalf("K = %d: %s and %s share counter %x", K, what, other, counter)
				}
				used[counter] = what
			}
		}
		step := func(what string, key func(i int) tensor.Key) {
			for i := range chains {
				k := key(i)
				note(fmt.Sprint("Langevin's noise of chain ", i, ", ", what), k, dim)
				k.Purpose = tensor.PurposeMomentum // of hmc; amala's scalar is its first number
				note(fmt.Sprint("momentum of chain ", i, ", ", what), k, dim)
			}
			accept := key(0)
			accept.Purpose = tensor.PurposeAccept
			note("decisions, "+what, accept, chains)
		}
		for i := range size {
			note(fmt.Sprint("first state ", i, " of the bank"), s.bank(i), dim)
		}
		for k := range uint64(adapt) {
			step(fmt.Sprint("warm-up ", k), func(i int) tensor.Key { return s.warmup(k, i) })
		}
		for _, t := range []uint64{0, 1, 2, 3, 255, 256, 1<<32/K - 1, 1 << 32 / K, 1<<32/K + 1, 1<<33/K + 2} {
			what := fmt.Sprint("iteration ", t)
			note("batch, "+what, s.batch(t), 4*batch)
			note("choice of states, "+what, s.choice(t), 4*chains)
			note("restarts, "+what, s.restart(t), chains)
			for i := range batch {
				note(fmt.Sprint("noise of item ", i, ", ", what), s.dataNoise(t, i), dim)
			}
			for i := range chains {
				note(fmt.Sprint("fresh start ", i, ", ", what), s.fresh(t, i), dim)
			}
			for k := range K {
				step(fmt.Sprint(what, ", step ", k), func(i int) tensor.Key { return s.langevin(t, k, i) })
			}
		}
	}
}
