package nn

import (
	"anila/asm/reduce"
	"anila/asm/vec"
	"anila/tensor"
)

// spectral is spectral normalisation (Miyato et al., arXiv 1802.05957): the layer
// works with Ŵ = W/σ, σ the largest singular value of W as a matrix [out, rest].
//
// Where PyTorch keeps the singular vectors and takes one power iteration a step,
// here σ is found anew at each Pack, to the last digit: Ŵ is a function of W
// alone, so there is nothing to store in a checkpoint, and an average of weights
// is normalised like any other.
type spectral struct {
	lanczos *lanczos
	u, v    []float32 // left and right singular vector
	sigma   float64
	scaled  []float32 // Ŵ
	grad    []float32 // ∂L/∂Ŵ of the present Accumulate
}

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
		lanczos: newLanczos(min(out, rest), max(out, rest)),
		u:       aligned(out),
		v:       aligned(rest),
		scaled:  aligned(p.Len()),
		grad:    aligned(p.Len()),
	}
}

// normalise finds σ and its vectors and writes Ŵ. The workers may be nil.
func (s *spectral) normalise(w []float32, workers *tensor.Workers) []float32 {
	out, rest := len(s.u), len(s.v)
	transpose(s.scaled, w, out, rest)
	short, long := s.u, s.v
	if out <= rest {
		s.sigma = s.lanczos.find(w, s.scaled, workers)
	} else {
		short, long = s.v, s.u
		s.sigma = s.lanczos.find(s.scaled, w, workers)
	}
	copy(short, s.lanczos.u.high)
	copy(long, s.lanczos.v.high)
	copy(s.scaled, w)
	if s.sigma > 0 {
		vec.Scale(s.scaled, float32(1/s.sigma))
	}
	return s.scaled
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
