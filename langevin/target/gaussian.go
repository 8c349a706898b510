package target

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"anila/asm/reduce"
	"anila/asm/vec"
	"anila/langevin"
	"anila/tensor"
)

// Gaussian is N(mean, covariance) with any covariance.
type Gaussian struct {
	vector
	name       string
	mean       []float64
	covariance *mat.SymDense
	root       *mat.TriDense // lower Cholesky factor of the covariance
	precision  []float64     // [d, d]
	diagonal   bool
	constant   float64 // log of the normalisation
}

// NewGaussian returns N(mean, covariance), covariance [d·d] in rows. It returns
// an error unless the covariance is symmetric and positive definite.
func NewGaussian(mean, covariance []float64) (*Gaussian, error) {
	d := len(mean)
	if d == 0 || len(covariance) != d*d {
		return nil, fmt.Errorf("target: a mean of %d and a covariance of %d numbers", d, len(covariance))
	}
	g := &Gaussian{vector: vector(d), name: "gaussian", mean: mean, diagonal: true}
	for i := range d {
		for j := range i {
			if covariance[i*d+j] != covariance[j*d+i] {
				return nil, errors.New("target: the covariance is not symmetric")
			}
			g.diagonal = g.diagonal && covariance[i*d+j] == 0
		}
	}
	g.covariance = mat.NewSymDense(d, covariance)
	var factor mat.Cholesky
	if !factor.Factorize(g.covariance) {
		return nil, errors.New("target: the covariance is not positive definite")
	}
	g.root = mat.NewTriDense(d, mat.Lower, nil)
	factor.LTo(g.root)
	inverse := mat.NewSymDense(d, nil)
	if err := factor.InverseTo(inverse); err != nil {
		return nil, fmt.Errorf("target: covariance: %w", err)
	}
	g.precision = make([]float64, d*d)
	for i := range d {
		for j := range d {
			g.precision[i*d+j] = inverse.At(i, j)
		}
	}
	g.constant = -0.5 * (float64(d)*math.Log(2*math.Pi) + factor.LogDet())
	return g, nil
}

// Conditioned is the Gaussian around 0 whose variances along its axes fall
// geometrically from 1 to 1/condition. Up to 20 dimensions its axes are turned
// by the reflection I − 2uuᵀ, uᵢ ∝ 1 + i, so that all coordinates are correlated;
// above, it is diagonal.
func Conditioned(d int, condition float64) *Gaussian {
	axis, variance := make([]float64, d), make([]float64, d)
	norm := 0.0
	for i := range axis {
		variance[i] = math.Pow(condition, -float64(i)/float64(max(d-1, 1)))
		axis[i] = float64(1 + i)
		norm += axis[i] * axis[i]
	}
	reflect := func(i, j int) float64 {
		r := -2 * axis[i] * axis[j] / norm
		if d > 20 {
			r = 0
		}
		if i == j {
			r++
		}
		return r
	}
	covariance := make([]float64, d*d)
	for i := range d {
		for j := range i + 1 {
			sum := 0.0
			for k := range d {
				sum += reflect(i, k) * reflect(j, k) * variance[k]
			}
			covariance[i*d+j], covariance[j*d+i] = sum, sum
		}
	}
	g, err := NewGaussian(make([]float64, d), covariance)
	if err != nil {
		panic(err)
	}
	if d != 2 {
		g.name = fmt.Sprintf("gaussian-%d", d)
	}
	return g
}

func (g *Gaussian) Name() string { return g.name }

// Covariance returns entry (i, j).
func (g *Gaussian) Covariance(i, j int) float64 { return g.covariance.At(i, j) }

func (g *Gaussian) LogDensity(x []float64) float64 {
	return g.Gradient(make([]float64, len(x)), x)
}

func (g *Gaussian) Gradient(grad, x []float64) float64 {
	d := int(g.vector)
	square := 0.0
	for i := range d {
		sum := 0.0
		for j, p := range g.precision[i*d : (i+1)*d] {
			sum -= p * (x[j] - g.mean[j])
		}
		grad[i] = sum
		square -= sum * (x[i] - g.mean[i])
	}
	return g.constant - 0.5*square
}

func (g *Gaussian) Sample(dst []float32, key tensor.Key) {
	r := key.Rand()
	d := int(g.vector)
	z := make([]float64, d)
	root := g.root.RawTriangular()
	for n := range len(dst) / d {
		for i := range z {
			z[i] = r.NormFloat64()
		}
		for i := range d {
			v := g.mean[i]
			if g.diagonal {
				v += root.Data[i*root.Stride+i] * z[i]
			} else {
				for j, l := range root.Data[i*root.Stride : i*root.Stride+i+1] {
					v += l * z[j]
				}
			}
			dst[n*d+i] = float32(v)
		}
	}
}

func (g *Gaussian) NewEvaluator(int) langevin.Evaluator {
	d := int(g.vector)
	e := &gaussianEvaluator{Gaussian: g, mean: make([]float32, d), precision: make([]float32, d*d), x: make([]float32, d)}
	for i, m := range g.mean {
		e.mean[i] = float32(m)
	}
	for i, p := range g.precision {
		e.precision[i] = float32(-p)
	}
	for i := range d {
		e.scale = append(e.scale, e.precision[i*d+i])
	}
	return e
}

// gaussianEvaluator computes the gradient in float32 as a sum of rows of the
// precision (symmetric), and f from it in float64.
type gaussianEvaluator struct {
	*Gaussian
	mean, precision, scale, x []float32 // precision negated, scale its diagonal
}

func (e *gaussianEvaluator) LogDensityAndGradient(f, grad, x []float32) {
	d := len(e.x)
	for n := range f {
		f[n] = float32(e.one(grad[n*d:(n+1)*d], x[n*d:(n+1)*d]))
	}
}

func (e *gaussianEvaluator) LogDensityAndGradient64(f []float64, grad, x []float32) {
	d := len(e.x)
	for n := range f {
		f[n] = e.one(grad[n*d:(n+1)*d], x[n*d:(n+1)*d])
	}
}

// one returns f at x [d] and writes its gradient to row.
func (e *gaussianEvaluator) one(row, x []float32) float64 {
	d := len(e.x)
	for j, v := range x {
		e.x[j] = v - e.mean[j]
	}
	switch {
	case e.diagonal:
		for j, v := range e.x {
			row[j] = v * e.scale[j]
		}
	case d < 16:
		for j := range row {
			sum := float32(0)
			for k, p := range e.precision[j*d : (j+1)*d] {
				sum += float32(p * e.x[k])
			}
			row[j] = sum
		}
	default:
		clear(row)
		for j, v := range e.x {
			vec.Axpy(row, e.precision[j*d:(j+1)*d], v)
		}
	}
	square := 0.0
	if d >= 16 {
		square = reduce.Dot(e.x, row)
	} else {
		for j, v := range e.x {
			square += float64(float64(v) * float64(row[j]))
		}
	}
	return e.constant + 0.5*square
}
