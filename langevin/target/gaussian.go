package target

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"anila/asm/gemm"
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

// fewCoordinates is the dimension below which columns are quicker than rows.
const fewCoordinates = 16

func (g *Gaussian) NewEvaluator(batch int) langevin.Evaluator {
	d := int(g.vector)
	if d < fewCoordinates {
		return newLaneEvaluator(g, d, d, batch, g.constant)
	}
	_, width := gemm.Tile()
	panels := (d + width - 1) / width
	e := &gaussianEvaluator{Gaussian: g, width: width}
	for i, m := range g.mean {
		if m != 0 && e.mean == nil {
			e.mean, e.x = make([]float32, d), make([]float32, rowsAtOnce*d)
		}
		if m != 0 {
			e.mean[i] = float32(m)
		}
		e.scale = append(e.scale, float32(-g.precision[i*d+i]))
	}
	if !g.diagonal {
		e.precision, e.grad = make([]float32, panels*d*width), make([]float32, rowsAtOnce*panels*width)
		for i := range d {
			for j := range d {
				e.precision[(j/width*d+i)*width+j%width] = float32(-g.precision[i*d+j])
			}
		}
	}
	return e
}

func (g *Gaussian) columns(f []float32, grad, x, room columns) {
	d := int(g.vector)
	for j := range d {
		vec.Affine(room.at(j), x.at(j), 1, float32(-g.mean[j]))
	}
	clear(f)
	for i := range d {
		vec.Affine(grad.at(i), room.at(0), float32(-g.precision[i*d]), 0)
		for j := 1; j < d; j++ {
			vec.Axpy(grad.at(i), room.at(j), float32(-g.precision[i*d+j]))
		}
		vec.MulAdd(f, room.at(i), grad.at(i))
	}
	vec.Scale(f, 0.5)
}

// gaussianEvaluator computes the gradient in float32, by a matrix product where
// coordinates are correlated, and f from it in float64.
type gaussianEvaluator struct {
	*Gaussian
	scale     []float32 // the diagonal of the precision, negated
	precision []float32 // negated, in panels [d, width]; nil where it is diagonal
	width     int
	grad      []float32 // [rowsAtOnce, width of all panels]
	mean, x   []float32 // x less the mean, [rowsAtOnce, d]; nil where that is 0
}

// rowsAtOnce is how many states go through a matrix product together.
const rowsAtOnce = 32

func (e *gaussianEvaluator) LogDensityAndGradient(f, grad, x []float32) {
	var wide [rowsAtOnce]float64
	for i := 0; i < len(f); i += rowsAtOnce {
		k := min(len(f), i+rowsAtOnce)
		e.some(wide[:k-i], grad, x, i)
		for j, v := range wide[:k-i] {
			f[i+j] = float32(v)
		}
	}
}

// LogDensityAndGradient64 implements langevin.Evaluator64.
func (e *gaussianEvaluator) LogDensityAndGradient64(f []float64, grad, x []float32) {
	for i := 0; i < len(f); i += rowsAtOnce {
		e.some(f[i:min(len(f), i+rowsAtOnce)], grad, x, i)
	}
}

// some evaluates the states of x from number i on, as many as f is long.
func (e *gaussianEvaluator) some(f []float64, grad, x []float32, i int) {
	d, n := len(e.scale), len(f)
	grad, x = grad[i*d:(i+n)*d], x[i*d:(i+n)*d]
	if e.mean != nil {
		for k := range n {
			vec.Sub(e.x[k*d:(k+1)*d], x[k*d:(k+1)*d], e.mean)
		}
		x = e.x[:n*d]
	}
	stride := len(e.grad) / rowsAtOnce
	for first := 0; first < stride; first += e.width {
		gemm.Micro(e.grad[first:], stride, x, d, 1, e.precision[first*d:], e.width, e.width, d, n, false)
	}
	for k := range f {
		row := grad[k*d : (k+1)*d]
		if e.precision == nil {
			vec.Mul(row, x[k*d:(k+1)*d], e.scale)
		} else {
			copy(row, e.grad[k*stride:])
		}
	}
	reduce.DotRows(f, x, grad)
	for k, square := range f {
		f[k] = e.constant + 0.5*square
	}
}
