package target

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"anila/asm/vec"
	"anila/langevin"
	"anila/tensor"
)

const logRoot2Pi = 0.91893853320467274178

// Banana is x₁ ~ N(0, 1), x₂ ~ N(Curvature·(x₁² − 1), SD²) (after Haario,
// Saksman and Tamminen 1999).
type Banana struct {
	Curvature, SD float64
}

func (Banana) Name() string         { return "banana" }
func (Banana) Dim() int             { return 2 }
func (Banana) Shape() (h, w, c int) { return 1, 1, 2 }

func (t Banana) LogDensity(x []float64) float64 {
	var grad [2]float64
	return t.Gradient(grad[:], x)
}

func (t Banana) Gradient(grad, x []float64) float64 {
	variance := t.SD * t.SD
	rest := x[1] - t.Curvature*(x[0]*x[0]-1)
	grad[0] = -x[0] + 2*t.Curvature*x[0]*rest/variance
	grad[1] = -rest / variance
	return -x[0]*x[0]/2 - rest*rest/(2*variance) - math.Log(t.SD) - 2*logRoot2Pi
}

func (t Banana) Sample(dst []float32, key tensor.Key) {
	r := key.Rand()
	for n := range len(dst) / 2 {
		x := r.NormFloat64()
		dst[2*n] = float32(x)
		dst[2*n+1] = float32(t.Curvature*(x*x-1) + t.SD*r.NormFloat64())
	}
}

func (t Banana) NewEvaluator(batch int) langevin.Evaluator {
	return newLaneEvaluator(t, 2, 2, batch, -math.Log(t.SD)-2*logRoot2Pi)
}

func (t Banana) columns(f []float32, grad, x, room columns) {
	curvature, precision := float32(t.Curvature), float32(1/(t.SD*t.SD))
	square, rest := room.at(0), room.at(1)
	vec.Mul(square, x.at(0), x.at(0))
	vec.Affine(rest, square, -curvature, curvature)
	vec.Add(rest, x.at(1)) // x₂ − Curvature·(x₁² − 1)
	vec.Affine(grad.at(1), rest, -precision, 0)
	vec.Mul(f, rest, grad.at(1)) // −rest²/SD²
	vec.Sub(f, f, square)
	vec.Scale(f, 0.5)
	vec.Mul(rest, x.at(0), grad.at(1))
	vec.Affine(grad.at(0), rest, -2*curvature, 0)
	vec.Sub(grad.at(0), grad.at(0), x.at(0))
}

// Funnel is v = x₁ ~ N(0, SD²), x₂, … ~ N(0, eᵛ) (Neal 2003).
type Funnel struct {
	Dimension int
	SD        float64
}

func (Funnel) Name() string           { return "funnel" }
func (t Funnel) Dim() int             { return t.Dimension }
func (t Funnel) Shape() (h, w, c int) { return 1, 1, t.Dimension }

func (t Funnel) LogDensity(x []float64) float64 { return t.Gradient(make([]float64, len(x)), x) }

func (t Funnel) Gradient(grad, x []float64) float64 {
	v, precision := x[0], math.Exp(-x[0])
	square := 0.0
	for i, u := range x[1:] {
		grad[1+i] = -u * precision
		square += u * u
	}
	others := float64(t.Dimension - 1)
	grad[0] = -v/(t.SD*t.SD) + square*precision/2 - others/2
	return -v*v/(2*t.SD*t.SD) - math.Log(t.SD) - square*precision/2 - others*v/2 - float64(t.Dimension)*logRoot2Pi
}

func (t Funnel) Sample(dst []float32, key tensor.Key) {
	r := key.Rand()
	for x := dst; len(x) > 0; x = x[t.Dimension:] {
		v := t.SD * r.NormFloat64()
		x[0] = float32(v)
		for i := 1; i < t.Dimension; i++ {
			x[i] = float32(math.Exp(v/2) * r.NormFloat64())
		}
	}
}

func (t Funnel) NewEvaluator(batch int) langevin.Evaluator {
	return newLaneEvaluator(t, t.Dimension, 2, batch, -math.Log(t.SD)-float64(t.Dimension)*logRoot2Pi)
}

func (t Funnel) columns(f []float32, grad, x, room columns) {
	v, precision, square := x.at(0), room.at(0), room.at(1)
	vec.Affine(precision, v, -1, 0)
	vec.Exp(precision, precision) // e⁻ᵛ
	clear(square)
	for j := 1; j < t.Dimension; j++ {
		vec.MulAdd(square, x.at(j), x.at(j))
		vec.Mul(grad.at(j), x.at(j), precision)
		vec.Scale(grad.at(j), -1)
	}
	vec.Mul(square, square, precision)
	vec.Scale(square, 0.5)
	// f = −v²/(2·SD²) − others·v/2 − square, grad₁ = −v/SD² − others/2 + square
	half, inverse := float32(t.Dimension-1)/2, float32(1/(t.SD*t.SD))
	vec.Affine(f, v, -inverse/2, -half)
	vec.Mul(f, f, v)
	vec.Sub(f, f, square)
	vec.Affine(grad.at(0), v, -inverse, -half)
	vec.Add(grad.at(0), square)
}

// Power is p(x) ∝ exp(−|x|ᵖ/(p·Theta)) with p = Exponent: Gaussian at 2, tails
// lighter than any exponential (super-exponential) above 1, heavier below.
type Power struct {
	Dimension       int
	Exponent, Theta float64
}

func (Power) Name() string           { return "power" }
func (t Power) Dim() int             { return t.Dimension }
func (t Power) Shape() (h, w, c int) { return 1, 1, t.Dimension }

func (t Power) LogDensity(x []float64) float64 { return t.Gradient(make([]float64, len(x)), x) }

func (t Power) Gradient(grad, x []float64) float64 {
	square := 0.0
	for _, v := range x {
		square += v * v
	}
	d, p := float64(t.Dimension), t.Exponent
	slope := 0.0
	if square > 0 {
		slope = -math.Pow(square, p/2-1) / t.Theta
	}
	for i, v := range x {
		grad[i] = slope * v
	}
	// ∫ = surface of the unit sphere · Γ(d/p)·(p·Theta)^(d/p)/p
	sphere := math.Log(2) + d/2*math.Log(math.Pi) - logGamma(d/2)
	return -math.Pow(square, p/2)/(p*t.Theta) - sphere - logGamma(d/p) - d/p*math.Log(p*t.Theta) + math.Log(p)
}

func (t Power) Sample(dst []float32, key tensor.Key) {
	r := key.Rand()
	gamma := distuv.Gamma{Alpha: float64(t.Dimension) / t.Exponent, Beta: 1, Src: r}
	direction := make([]float64, t.Dimension)
	for x := dst; len(x) > 0; x = x[t.Dimension:] {
		square := 0.0
		for i := range direction {
			direction[i] = r.NormFloat64()
			square += direction[i] * direction[i]
		}
		radius := math.Pow(gamma.Rand()*t.Exponent*t.Theta, 1/t.Exponent)
		for i, v := range direction {
			x[i] = float32(v / math.Sqrt(square) * radius)
		}
	}
}

func (t Power) NewEvaluator(int) langevin.Evaluator { return evaluator(t.Dimension, t.Gradient) }

// Student is the multivariate t distribution with Freedom degrees of freedom:
// polynomial tails, on which no local kernel here is geometrically ergodic.
type Student struct {
	Dimension int
	Freedom   float64
}

func (Student) Name() string           { return "student" }
func (t Student) Dim() int             { return t.Dimension }
func (t Student) Shape() (h, w, c int) { return 1, 1, t.Dimension }

func (t Student) LogDensity(x []float64) float64 { return t.Gradient(make([]float64, len(x)), x) }

func (t Student) Gradient(grad, x []float64) float64 {
	square := 0.0
	for _, v := range x {
		square += v * v
	}
	d, nu := float64(t.Dimension), t.Freedom
	for i, v := range x {
		grad[i] = -(nu + d) * v / (nu + square)
	}
	return logGamma((nu+d)/2) - logGamma(nu/2) - d/2*math.Log(nu*math.Pi) - (nu+d)/2*math.Log1p(square/nu)
}

func (t Student) Sample(dst []float32, key tensor.Key) {
	r := key.Rand()
	chi := distuv.ChiSquared{K: t.Freedom, Src: r}
	for x := dst; len(x) > 0; x = x[t.Dimension:] {
		scale := math.Sqrt(t.Freedom / chi.Rand())
		for i := range t.Dimension {
			x[i] = float32(scale * r.NormFloat64())
		}
	}
}

func (t Student) NewEvaluator(int) langevin.Evaluator { return evaluator(t.Dimension, t.Gradient) }

func logGamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}
