package chain

import (
	"fmt"
	"math"
	"testing"

	"anila/internal/asmtest"
)

// TestCorrectedFormula takes chains through three steps of other gradients and
// other noises, and holds each to the formula in float64: that of Langevin, and the
// last noise of the step before once more, times the change of √a.
func TestCorrectedFormula(t *testing.T) {
	asmtest.EveryTier(t, func(t *testing.T) {
		for _, dim := range []int{1, 2, 3, 6, 10, 63, 64, 66, 192, 771, 1540, 3075} {
			for scope := Plain; scope <= Sample; scope++ {
				channels := 1
				if dim%3 == 0 {
					channels = 3
				}
				u := Update{Drift: 0.7, B: 0.8, Scope: scope, Channels: channels, Random: testNoise}
				chains := 1 + 300/dim
				n := chains * dim
				z, g, xi, old := make([]float32, n), make([]float32, n), make([]float32, dim), make([]float32, dim)
				m := Memory{make([]float32, n), make([]float32, n)}
				before := make([]float32, n) // the gradient of the step before
				asmtest.Fill(z, 1, false)
				for k, noise := range []float32{0.9, 0.4, 0} {
					asmtest.Fill(g, uint64(2+k), false)
					start := append([]float32(nil), z...)
					last := u
					u.Noise = noise
					Corrected(z, g, m, dim, &u)
					for c := range chains {
						now := u.Random
						now.Chain += uint32(c)
						Normals(xi, now)
						now.Step--
						Normals(old, now)
						part := func(x []float32) []float32 { return x[c*dim : (c+1)*dim] }
						is, was := roots(part(g), &u), roots(part(before), &u)
						for i, want := range formula(part(start), part(g), xi, &u) {
							if k > 0 {
								want += float64(last.Noise) * (is[i] - was[i]) * float64(old[i])
							}
							if got := z[c*dim+i]; math.Abs(float64(got)-want) > 2e-6*(1+math.Abs(want)) {
								t.Fatalf("dim %d, scope %d, step %d: chain %d coordinate %d is %v, want %v", dim, scope, k, c, i, got, want)
							}
						}
					}
					copy(before, g)
					u.Random.Step++
				}
			}
		}
	})
}

// TestCorrectedBatch steps chains together and alone, on every tier: the bits of
// states and of memories may not depend on it, nor on the tier.
func TestCorrectedBatch(t *testing.T) {
	for _, dim := range []int{1, 2, 3, 7, 48, 63, 64, 100, 192, 3075} {
		for scope := Coord; scope <= Sample; scope++ {
			const chains = 41
			channels := 1
			if dim%3 == 0 {
				channels = 3
			}
			u := Update{Drift: 0.5, Noise: 0.3, B: 1.5, Scope: scope, Channels: channels, Random: testNoise}
			start, g := make([]float32, 3*chains*dim), make([]float32, chains*dim)
			asmtest.Fill(start, 1, false)
			asmtest.Fill(g, 2, false)
			parts := func(x []float32) ([]float32, Memory) {
				n := chains * dim
				return x[:n], Memory{x[n : 2*n], x[2*n:]}
			}
			want := append([]float32(nil), start...)
			z, m := parts(want)
			asmtest.OnGeneric(func() { Corrected(z, g, m, dim, &u) })
			asmtest.EveryTier(t, func(t *testing.T) {
				name := fmt.Sprintf("dim %d, scope %d", dim, scope)
				got := append([]float32(nil), start...)
				z, m := parts(got)
				Corrected(z, g, m, dim, &u)
				if d := asmtest.Difference(got, want); d != "" {
					t.Errorf("%s: together: %s", name, d)
				}
				copy(got, start)
				for c := range chains {
					one := u
					one.Random.Chain += uint32(c)
					i, j := c*dim, (c+1)*dim
					Corrected(z[i:j], g[i:j], m.Part(i, j), dim, &one)
				}
				if d := asmtest.Difference(got, want); d != "" {
					t.Errorf("%s: alone: %s", name, d)
				}
			})
		}
	}
}

// TestStepCorrected holds the inner loop to the reference bit for bit, on every tier, at every length and alignment, with
// ordinary and awkward gradients, and to the ends of its slices.
func TestStepCorrected(t *testing.T) {
	asmtest.EveryTier(t, func(t *testing.T) {
		for n := 1; n < 70; n++ {
			for offset := range 8 {
				var x [6]*asmtest.Slice
				var want [6][]float32
				for i := range x {
					x[i] = asmtest.NewSlice(n, offset+3*i)
					asmtest.Fill(x[i].Data, uint64(6*n+i), i == 1 && offset%2 == 1)
				}
				for scale := scaleCoord; scale <= scaleGiven; scale++ {
					for i := range x {
						want[i] = append([]float32(nil), x[i].Data...)
					}
					if scale == scaleGiven {
						for i, v := range want[3] {
							want[3][i] = min(1, v*v)
						}
						copy(x[3].Data, want[3])
					}
					s := step{drift: 0.3, noise: 0.7, b: 0.6, scale: uint32(scale)}
					stepCorrectedGeneric(want[0], want[1], want[2], want[3], Memory{want[4], want[5]}, &s)
					stepCorrected(x[0].Data, x[1].Data, x[2].Data, x[3].Data, Memory{x[4].Data, x[5].Data}, &s)
					for i := range x {
						if d := asmtest.Difference(x[i].Data, want[i]); d != "" {
							t.Fatalf("%d coordinates, offset %d, scale %d: slice %d: %s", n, offset, scale, i, d)
						}
						x[i].Check(t)
					}
				}
			}
		}
	})
}

// TestCorrectedLimits: without a bound the step is Langevin's bit for bit, where a stays what it was nothing is corrected,
// and a gradient that is no number gives a state that is none.
func TestCorrectedLimits(t *testing.T) {
	asmtest.EveryTier(t, func(t *testing.T) {
		for _, dim := range []int{2, 6, 66, 192, 1540} {
			const chains = 3
			n := chains * dim
			z, g := make([]float32, n), make([]float32, n)
			asmtest.Fill(z, 1, false)
			asmtest.Fill(g, 2, false)
			empty := func() Memory { return Memory{make([]float32, n), make([]float32, n)} }
			after := func(g []float32, m Memory, u Update) []float32 {
				u.Channels, u.Random = 2, testNoise
				x := append([]float32(nil), z...)
				Corrected(x, g, m, dim, &u)
				return x
			}
			plain := append([]float32(nil), z...)
			Langevin(plain, g, dim, &Update{Drift: 0.5, Noise: 1, Random: testNoise})
			for scope := Plain; scope <= Sample; scope++ {
				for _, b := range []float32{math.MaxFloat32, float32(math.Inf(1))} {
					u := Update{Drift: 0.5, Noise: 1, B: b, Scope: scope}
					m := empty()
					for range 2 {
						if d := asmtest.Difference(after(g, m, u), plain); d != "" {
							t.Errorf("dim %d, scope %d, b = %v: %s", dim, scope, b, d)
						}
					}
				}
				if scope == Plain {
					continue
				}
				u, m := Update{Drift: 0.5, Noise: 1, B: 0.7, Scope: scope}, empty()
				if d := asmtest.Difference(after(g, m, u), after(g, m, u)); d != "" {
					t.Errorf("dim %d, scope %d: a stays, and yet: %s", dim, scope, d)
				}
				for _, at := range []int{0, n / 2, n - 1} {
					for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
						broken := append([]float32(nil), g...)
						broken[at] = float32(bad)
						if x := after(broken, empty(), u); x[at] == x[at] {
							t.Errorf("dim %d, scope %d: gradient %v gives %v, want NaN", dim, scope, bad, x[at])
						}
					}
				}
			}
		}
	})
}

func TestCorrectedPanics(t *testing.T) {
	z := make([]float32, 12)
	m := Memory{z, z}
	for name, f := range map[string]func(){
		panicLength:   func() { Corrected(z, z, m.Part(0, 6), 3, &Update{}) },
		panicDivisor:  func() { Corrected(z, z, m, 5, &Update{}) },
		panicLinear:   func() { Corrected(z, z, m, 4, &Update{Linear: true}) },
		panicChannels: func() { Corrected(z, z, m, 4, &Update{B: 1, Scope: Pixel, Channels: 3}) },
	} {
		func() {
			defer func() {
				if got := recover(); got != name {
					t.Errorf("panic %v, want %q", got, name)
				}
			}()
			f()
		}()
	}
}
