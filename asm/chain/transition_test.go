package chain

import (
	"math"
	"testing"

	"anila/internal/asmtest"
)

// TestTransition holds the sums against the normal density written out, for
// every scope and noise form, with steps that are and are not limited.
func TestTransition(t *testing.T) {
	asmtest.EveryTier(t, func(t *testing.T) {
		for _, n := range []int{1, 2, 6, 30, 66, 3072} {
			from, grad, to := make([]float32, n), make([]float32, n), make([]float32, n)
			asmtest.Fill(from, 1, false)
			asmtest.Fill(grad, 2, false)
			for i := range grad {
				grad[i] *= float32(math.Exp2(float64(i%40 - 20)))
			}
			for scope := Plain; scope <= Sample; scope++ {
				for _, linear := range []bool{false, true} {
					u := Update{Drift: 0.3, Noise: 0.7, B: 0.9, Scope: scope, Channels: 1, Linear: linear, Random: testNoise}
					if n%3 == 0 {
						u.Channels = 3
					}
					copy(to, from)
					Langevin(to, grad, n, &u)
					var quadratic, logInverse float64
					for i := range grad {
						group := grad[i : i+1]
						switch scope {
						case Pixel:
							p := i / u.Channels * u.Channels
							group = grad[p : p+u.Channels]
						case Sample:
							group = grad
						}
						var square float64
						for _, v := range group {
							square += float64(v) * float64(v)
						}
						a := 1.0
						if scope != Plain {
							a = min(1, float64(u.B)/math.Sqrt(square))
						}
						v := a
						if linear {
							v = a * a
						}
						r := float64(to[i]) - float64(from[i]) - float64(u.Drift)*a*float64(grad[i])
						quadratic += r * r / v
						logInverse -= math.Log(a)
					}
					q, l := Transition(to, from, grad, &u)
					if math.Abs(q-quadratic) > 1e-9*quadratic || math.Abs(l-logInverse) > 1e-9*(1+logInverse) {
						t.Errorf("n %d, scope %d, linear %v: %v, %v, want %v, %v", n, scope, linear, q, l, quadratic, logInverse)
					}
					grad[n/2] = float32(math.NaN())
					if q, _ := Transition(to, from, grad, &u); q == q {
						t.Errorf("n %d, scope %d: NaN gives %v", n, scope, q)
					}
					grad[n/2] = 0.01
				}
			}
		}
	})
}
