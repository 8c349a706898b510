package chain

import (
	"fmt"
	"math"
	"testing"

	"anila/internal/asmtest"
)

// formula is an Update written down naively in float64, for one chain.
func formula(z, g, xi []float32, u *Update) []float64 {
	out := make([]float64, len(z))
	for i, root := range roots(g, u) {
		a := root * root
		noise := float64(u.Noise) * root
		if u.Linear {
			noise = float64(u.Noise) * a
		}
		out[i] = float64(z[i]) + float64(u.Drift)*a*float64(g[i]) + noise*float64(xi[i])
	}
	return out
}

// roots are √a of each coordinate of a chain by the definition.
func roots(g []float32, u *Update) []float64 {
	out := make([]float64, len(g))
	for i := range g {
		group := g[i : i+1]
		switch u.Scope {
		case Pixel:
			p := i / u.Channels * u.Channels
			group = g[p : p+u.Channels]
		case Sample:
			group = g
		}
		var square float64
		for _, v := range group {
			square += float64(v) * float64(v)
		}
		a := 1.0
		if u.Scope != Plain && square > 0 {
			a = min(1, float64(u.B)/math.Sqrt(square))
		}
		out[i] = math.Sqrt(a)
	}
	return out
}

// TestLangevinFormula holds every scope, noise form and row length against the
// formula in float64, chain by chain.
func TestLangevinFormula(t *testing.T) {
	asmtest.EveryTier(t, func(t *testing.T) {
		for _, dim := range []int{1, 2, 3, 4, 6, 10, 63, 64, 66, 96, 192, 771, 1540, 3072} {
			chains := 1 + 300/dim
			for scope := Plain; scope <= Sample; scope++ {
				for _, channels := range []int{1, 2, 3, 5} {
					if dim%channels != 0 || scope != Pixel && channels > 1 {
						continue
					}
					for _, linear := range []bool{false, true} {
						u := Update{Drift: 0.7, Noise: 0.9, B: 0.8, Scope: scope, Channels: channels, Linear: linear, Random: testNoise}
						z, g, xi := make([]float32, chains*dim), make([]float32, chains*dim), make([]float32, dim)
						asmtest.Fill(z, 1, false)
						asmtest.Fill(g, 2, false)
						start := append([]float32(nil), z...)
						Langevin(z, g, dim, &u)
						for c := range chains {
							n := u.Random
							n.Chain += uint32(c)
							Normals(xi, n)
							row := start[c*dim : (c+1)*dim]
							for i, want := range formula(row, g[c*dim:(c+1)*dim], xi, &u) {
								if got := z[c*dim+i]; math.Abs(float64(got)-want) > 1e-6*(1+math.Abs(want)) {
									t.Fatalf("dim %d, scope %d, channels %d, linear %v: chain %d coordinate %d is %v, want %v",
										dim, scope, channels, linear, c, i, got, want)
								}
							}
						}
					}
				}
			}
		}
	})
}

// TestLangevinBatch steps chains together and alone, on every tier: the bits may
// not depend on it, nor on the tier.
func TestLangevinBatch(t *testing.T) {
	for _, dim := range []int{1, 2, 3, 7, 48, 63, 64, 100, 192, 3075} {
		for scope := Plain; scope <= Sample; scope++ {
			const chains = 41
			channels := 1
			if dim%3 == 0 {
				channels = 3
			}
			u := Update{Drift: 0.5, Noise: 0.3, B: 1.5, Scope: scope, Channels: channels, Random: testNoise}
			start, g := make([]float32, chains*dim), make([]float32, chains*dim)
			asmtest.Fill(start, 1, false)
			asmtest.Fill(g, 2, false)
			want := append([]float32(nil), start...)
			asmtest.OnGeneric(func() { Langevin(want, g, dim, &u) })
			asmtest.EveryTier(t, func(t *testing.T) {
				name := fmt.Sprintf("dim %d, scope %d", dim, scope)
				z := append([]float32(nil), start...)
				Langevin(z, g, dim, &u)
				if d := asmtest.Difference(z, want); d != "" {
					t.Errorf("%s: together: %s", name, d)
				}
				copy(z, start)
				for c := range chains {
					one := u
					one.Random.Chain += uint32(c)
					Langevin(z[c*dim:(c+1)*dim], g[c*dim:(c+1)*dim], dim, &one)
				}
				if d := asmtest.Difference(z, want); d != "" {
					t.Errorf("%s: alone: %s", name, d)
				}
			})
		}
	}
}

// TestLangevinLimits says what must not move, what must be equal and what must
// be NaN.
func TestLangevinLimits(t *testing.T) {
	inf := float32(math.Inf(1))
	nan := float32(math.NaN())
	asmtest.EveryTier(t, func(t *testing.T) {
		for _, dim := range []int{2, 6, 66, 192, 3072} {
			const chains = 3
			n := chains * dim
			z, g, zero := make([]float32, n), make([]float32, n), make([]float32, n)
			asmtest.Fill(z, 1, false)
			asmtest.Fill(g, 2, false)
			after := func(g []float32, u Update) []float32 {
				u.Channels, u.Random = 2, testNoise
				x := append([]float32(nil), z...)
				Langevin(x, g, dim, &u)
				return x
			}
			same := func(what string, got, want []float32) {
				t.Helper()
				if d := asmtest.Difference(got, want); d != "" {
					t.Errorf("dim %d: %s: %s", dim, what, d)
				}
			}
			plain := after(g, Update{Drift: 0.5, Noise: 1})
			drawn := after(zero, Update{Drift: 0.5, Noise: 1})
			for scope := Plain; scope <= Sample; scope++ {
				u := Update{Drift: 0.5, Noise: 1, B: 0.7, Scope: scope}
				same("no gradient and no noise", after(zero, Update{Drift: 0.5, B: 0.7, Scope: scope}), z)
				same("no gradient", after(zero, u), drawn)
				u.Drift = 0
				if scope == Plain {
					same("no drift", after(g, u), drawn)
				}
				for _, linear := range []bool{false, true} {
					same("b = +Inf", after(g, Update{Drift: 0.5, Noise: 1, B: inf, Scope: scope, Linear: linear}), plain)
					same("b = MaxFloat32", after(g, Update{Drift: 0.5, Noise: 1, B: math.MaxFloat32, Scope: scope, Linear: linear}), plain)
				}
				for _, noise := range []float32{0, 1} {
					for _, at := range []int{0, n / 2, n - 1} {
						for _, bad := range []float32{nan, inf, -inf} {
							broken := append([]float32(nil), g...)
							broken[at] = bad
							x := after(broken, Update{Drift: 0.5, Noise: noise, B: 0.7, Scope: scope})
							// Without a bound an infinite gradient is an infinite step.
							if scope == Plain && bad != bad || scope != Plain {
								if x[at] == x[at] {
									t.Errorf("dim %d, scope %d, noise %v: gradient %v gives %v, want NaN", dim, scope, noise, bad, x[at])
								}
							}
						}
					}
				}
			}
		}
	})
}

func TestLangevinPanics(t *testing.T) {
	z := make([]float32, 12)
	for name, f := range map[string]func(){
		panicLength:   func() { Langevin(z, z[:6], 3, &Update{}) },
		panicDivisor:  func() { Langevin(z, z, 5, &Update{}) },
		panicChannels: func() { Langevin(z, z, 4, &Update{B: 1, Scope: Pixel, Channels: 3}) },
		panicScope:    func() { Langevin(z, z, 4, &Update{B: 1, Scope: 9}) },
		panicStep:     func() { Langevin(z, z, 4, &Update{Noise: 1, Random: Noise{Step: 1 << 56}}) },
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
