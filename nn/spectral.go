package nn

import (
	"math"

	"anila/asm/reduce"
	"anila/asm/vec"
)

// spectral is spectral normalisation (Miyato et al., arXiv 1802.05957): the layer
// works with Ŵ = W/σ, σ the largest singular value of W as a matrix [out, rest].
//
// Where PyTorch keeps the singular vectors and takes one power iteration a step,
// here the iteration starts anew at each Pack and runs until it stands: Ŵ is a
// function of W alone, so there is nothing to store in a checkpoint, and an
// average of weights is normalised like any other.
type spectral struct {
	u, v   []float32 // left and right singular vector
	sigma  float64
	scaled []float32 // Ŵ
	grad   []float32 // ∂L/∂Ŵ of the present Accumulate
}

const (
	powerIterations = 100  // at most
	powerTolerance  = 1e-7 // relative change of σ between iterations
)

// SpectralNorm makes the convolution or linear layer that v came from work with
// its weight divided by its largest singular value, and returns v. The parameter
// and its gradient stay those of the weight before division. A weight of zeros
// stays.
func (g *Graph) SpectralNorm(v *Value) *Value {
	c, ok := v.op.(*conv)
	if !ok {
		panic("nn: SpectralNorm: not the value of a convolution or linear layer")
	}
	c.normalised = true
	return v
}

func newSpectral(p *Param) *spectral {
	out, rest := p.Shape[0], p.Len()/p.Shape[0]
	return &spectral{
		u:      aligned(out),
		v:      aligned(rest),
		scaled: aligned(p.Len()),
		grad:   aligned(p.Len()),
	}
}

// normalise finds σ by power iteration on WᵀW and writes Ŵ.
func (s *spectral) normalise(w []float32) []float32 {
	rest := len(s.v)
	for i := range s.v { // fixed, and not orthogonal to anything that has a name
		s.v[i] = 1 + float32(i*i%7)/8
	}
	unit(s.v)
	s.sigma = 0
	for range powerIterations {
		for i := range s.u {
			s.u[i] = float32(reduce.Dot(w[i*rest:(i+1)*rest], s.v))
		}
		sigma := unit(s.u)
		clear(s.v)
		for i, a := range s.u {
			vec.Axpy(s.v, w[i*rest:(i+1)*rest], a)
		}
		unit(s.v)
		settled := math.Abs(sigma-s.sigma) <= powerTolerance*sigma
		s.sigma = sigma
		if settled {
			break
		}
	}
	copy(s.scaled, w)
	if s.sigma > 0 {
		vec.Scale(s.scaled, float32(1/s.sigma))
	}
	return s.scaled
}

// unit scales x to length 1, unless it is 0, and returns its length before.
func unit(x []float32) float64 {
	norm := math.Sqrt(reduce.SumSquares(x))
	if norm > 0 {
		vec.Scale(x, float32(1/norm))
	}
	return norm
}

// addGradient adds ∂L/∂W = (∂L/∂Ŵ − ⟨∂L/∂Ŵ, Ŵ⟩·u vᵀ)/σ to dw and empties ∂L/∂Ŵ.
func (s *spectral) addGradient(dw []float32) {
	rest := len(s.v)
	if s.sigma > 0 {
		along := reduce.Dot(s.grad, s.scaled)
		for i, a := range s.u {
			vec.Axpy(s.grad[i*rest:(i+1)*rest], s.v, float32(-along*float64(a)))
		}
		vec.Scale(s.grad, float32(1/s.sigma))
	}
	vec.Add(dw, s.grad)
	clear(s.grad)
}
