package langevin

import (
	"math"

	"anila/asm/chain"
	"anila/asm/vec"
	"anila/tensor"
)

// rankOne is amala (Allassonnière and Kuhn, arXiv 1207.5938): with g = ∇f/T and
// D = b/max(b, |g|)·g, the proposal is N(z + δD, δ(εI + DDᵀ)). A draw is
// z + δD + √(δε)·ξ + √δ·ζ·D with one more normal ζ, and the determinant and
// the inverse are those of a rank-one update, so all is O(d).
//
// In terms of Config, δ = Drift·T and ε = Noise²/δ: where |D|² is far below ε
// it is mala with the same keys.
type rankOne struct {
	delta, epsilon, bound, temperature float64
}

func newAMALA(c Config, _ chain.Update) Kernel {
	delta := c.Drift * c.Temperature
	return metropolis{rankOne{delta, c.Noise * c.Noise / delta, c.B, c.Temperature}, c.Temperature}
}

func (r rankOne) needsGradient() bool { return true }

// limited counts all coordinates or none: the bound is the chain's.
func (r rankOne) limited(chains []chainStat, grad []float32) {
	dim := len(grad) / len(chains)
	for i := range chains {
		if math.Sqrt(sumSquares(grad[i*dim:(i+1)*dim])) > r.bound*r.temperature {
			chains[i].limited += dim
		}
	}
}

// shrink returns the factor that makes D of ∇f, and |∇f|².
func (r rankOne) shrink(g []float32) (factor, square float64) {
	square = sumSquares(g)
	factor = 1 / r.temperature
	if norm := math.Sqrt(square) * factor; norm > r.bound {
		factor *= r.bound / norm
	}
	return factor, square
}

func (r rankOne) propose(key tensor.Key, s *State) {
	p := s.proposal
	addNoise(p.Z, s.Dim, float32(math.Sqrt(r.delta*r.epsilon)), noise(key, tensor.PurposeLangevin))
	zeta := s.uniform // free until the decision
	clear(zeta)
	addNoise(zeta, 1, 1, noise(key, tensor.PurposeMomentum))
	for i, extra := range zeta {
		g := s.gradient(i)
		factor, _ := r.shrink(g)
		vec.Axpy(p.Row(i), g, float32(factor*(r.delta+math.Sqrt(r.delta)*float64(extra))))
	}
}

func (r rankOne) logRatios(ratio []float64, z, g, z2, g2 []float32) {
	dim := len(z) / len(ratio)
	for i := range ratio {
		from, to := i*dim, (i+1)*dim
		z, g, z2, g2 := z[from:to], g[from:to], z2[from:to], g2[from:to]
		ratio[i] = r.logDensity(z, z2, g2) - r.logDensity(z2, z, g)
	}
}

// logDensity returns log q(to|from) up to a constant: with r = to − from − δD,
// −½ [ (|r|² − (D·r)²/(ε + |D|²))/(δε) + ln(1 + |D|²/ε) ].
func (r rankOne) logDensity(to, from, g []float32) float64 {
	factor, square := r.shrink(g)
	slope := r.delta * factor
	residual, along := 0.0, 0.0
	for i, gi := range g {
		d := float64(to[i]) - float64(from[i]) - float64(slope*float64(gi))
		residual += float64(d * d)
		along += float64(d * float64(gi))
	}
	square *= factor * factor
	along *= factor
	quadratic := (residual - along*along/(r.epsilon+square)) / (r.delta * r.epsilon)
	return -0.5 * (quadratic + math.Log1p(square/r.epsilon))
}
