package model

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"anila/tensor"
	"anila/train/data"
	"anila/train/eval"
)

// Judged says how a model of vectors does on items that it was not trained on, beside the Gaussian of the training items' mean
// and covariance. All see the data with the noise of training, whose density is what is learned.
type Judged struct {
	Items      int       // held out
	LogZ       eval.LogZ // of exp(f/T)
	LogDensity float64   // mean log p of the held-out items, nats, in the data's own units
	Gaussian   float64   // that of the Gaussian
	Training   float64   // of the model, on as many training items
	AUROC      float64   // of the held-out items against uniform noise over the training items' range, by f
	AUROCBoth  float64   // the same, by the Gaussian's density
}

// judgedDraws is how often noise is added to a held-out item.
const judgedDraws = 8

// Judge measures a model of vectors on held-out items; both sets are as the model sees them (settings.Config.Source and HeldOut).
func (m *Model) Judge(ctx context.Context, training, heldOut data.Set, a eval.Annealing) (*Judged, error) {
	h, w, dim := m.Network.Shape()
	if h*w != 1 {
		return nil, fmt.Errorf("model: judged by its likelihood is a model of vectors, not of %d×%d images", h, w)
	}
	c := m.Settings.Train
	if a.SD == 0 {
		a.SD = c.ReferenceSD
	}
	j := &Judged{Items: heldOut.Len()}
	var err error
	if j.LogZ, err = a.LogZ(ctx, m.LogDensity(), c.Sampler.Temperature); err != nil {
		return nil, err
	}
	all := items(training, 0, training.Len())
	gaussian, err := fitGaussian(all, dim, c.DataNoise)
	if err != nil {
		return nil, err
	}
	held := items(heldOut, 0, heldOut.Len())
	noisy := func(x []float32, purpose uint32) []float32 {
		out := make([]float32, 0, judgedDraws*len(x))
		noise := make([]float32, len(x))
		for k := range judgedDraws {
			tensor.Key{Seed: a.Seed, Purpose: tensor.PurposeEval, Chain: purpose, Step: 1<<50 + uint64(k)}.Normals(noise)
			for i, v := range x {
				out = append(out, v+float32(c.DataNoise)*noise[i])
			}
		}
		return out
	}
	test := noisy(held, 0)
	volume := m.Settings.Data.LogVolume(1, 1, dim)
	f := m.Values(test)
	j.LogDensity = mean(f)/c.Sampler.Temperature - j.LogZ.Value - volume
	j.Training = mean(m.Values(noisy(all[:min(len(all), len(held))], 1)))/c.Sampler.Temperature - j.LogZ.Value - volume
	g := gaussian.values(test)
	j.Gaussian = mean(g) - volume
	uniform := box(all, dim, len(f), a.Seed)
	j.AUROC = eval.AUROC(f, m.Values(uniform))
	j.AUROCBoth = eval.AUROC(g, gaussian.values(uniform))
	return j, nil
}

// items reads items first … last−1 of a set.
func items(s data.Set, first, last int) []float32 {
	h, w, c := s.Shape()
	x, indices := make([]float32, (last-first)*h*w*c), make([]int, last-first)
	for i := range indices {
		indices[i] = first + i
	}
	s.Items(x, indices)
	return x
}

// Values is f with the reference, of the states x [any number, h, w, c].
func (m *Model) Values(x []float32) []float32 {
	const block = 256
	dim := m.Network.Dim()
	e := m.LogDensity().NewEvaluator(block)
	f, grad := make([]float32, len(x)/dim), make([]float32, block*dim)
	for i := 0; i < len(f); i += block {
		n := min(block, len(f)-i)
		e.LogDensityAndGradient(f[i:i+n], grad[:n*dim], x[i*dim:(i+n)*dim])
	}
	return f
}

func mean(f []float32) float64 {
	sum := 0.0
	for _, v := range f {
		sum += float64(v)
	}
	return sum / float64(len(f))
}

// box draws n vectors uniformly over the range of each number of x.
func box(x []float32, dim, n int, seed uint64) []float32 {
	out := make([]float32, n*dim)
	tensor.Key{Seed: seed, Purpose: tensor.PurposeEval, Step: 1 << 51}.Uniforms(out)
	for d := range dim {
		lo, hi := x[d], x[d]
		for i := d; i < len(x); i += dim {
			lo, hi = min(lo, x[i]), max(hi, x[i])
		}
		for i := d; i < len(out); i += dim {
			out[i] = lo + (hi-lo)*out[i]
		}
	}
	return out
}

// gaussian is N(mean, covariance).
type gaussian struct {
	mean []float64
	cov  mat.Cholesky
}

// fitGaussian takes mean and covariance of x [n, dim], with that of noise of a standard deviation added.
func fitGaussian(x []float32, dim int, noise float64) (*gaussian, error) {
	n := len(x) / dim
	g := &gaussian{mean: make([]float64, dim)}
	for i, v := range x {
		g.mean[i%dim] += float64(v) / float64(n)
	}
	cov := mat.NewSymDense(dim, nil)
	centred := mat.NewVecDense(dim, nil)
	for i := range n {
		for d := range dim {
			centred.SetVec(d, float64(x[i*dim+d])-g.mean[d])
		}
		cov.SymRankOne(cov, 1/float64(n), centred)
	}
	for d := range dim {
		cov.SetSym(d, d, cov.At(d, d)+noise*noise)
	}
	if !g.cov.Factorize(cov) {
		return nil, fmt.Errorf("model: the covariance of the training items is singular, and there is no noise (data.noise): no Gaussian has it")
	}
	return g, nil
}

// values is the log-density of the states x.
func (g *gaussian) values(x []float32) []float32 {
	dim := len(g.mean)
	f := make([]float32, len(x)/dim)
	v, y := mat.NewVecDense(dim, nil), mat.NewVecDense(dim, nil)
	constant := -float64(dim)/2*math.Log(2*math.Pi) - g.cov.LogDet()/2
	for i := range f {
		for d := range dim {
			v.SetVec(d, float64(x[i*dim+d])-g.mean[d])
		}
		if err := g.cov.SolveVecTo(y, v); err != nil {
			f[i] = float32(math.Inf(-1))
			continue
		}
		f[i] = float32(constant - mat.Dot(v, y)/2)
	}
	return f
}
