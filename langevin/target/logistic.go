package target

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"anila/asm/vec"
	"anila/langevin"
	"anila/tensor"
)

// LogisticRegression is the posterior of the coefficients of a Bayesian
// logistic regression with prior N(0, priorSD²·I). LogDensity is not
// normalised.
type LogisticRegression struct {
	vector
	rows    [][]float64
	signs   []float64 // +1 for a success, −1 for a failure
	priorSD float64
	mode    []float64
	top     float64 // log-density at the mode
}

// NewLogisticRegression returns the posterior given rows of covariates (with
// their constant 1 where an intercept is wanted) and outcomes.
func NewLogisticRegression(rows [][]float64, outcomes []bool, priorSD float64) (*LogisticRegression, error) {
	if len(rows) == 0 || len(rows) != len(outcomes) || !(priorSD > 0) {
		return nil, fmt.Errorf("target: logistic regression of %d rows, %d outcomes, prior sd %v", len(rows), len(outcomes), priorSD)
	}
	t := &LogisticRegression{vector: vector(len(rows[0])), rows: rows, priorSD: priorSD}
	for i, row := range rows {
		if len(row) != len(rows[0]) {
			return nil, fmt.Errorf("target: row %d has %d covariates, row 0 has %d", i, len(row), len(rows[0]))
		}
		sign := -1.0
		if outcomes[i] {
			sign = 1
		}
		t.signs = append(t.signs, sign)
	}
	t.mode = t.findMode()
	t.top = t.LogDensity(t.mode)
	return t, nil
}

// Challenger is the regression of O-ring distress (1 or more rings) on the
// launch temperature, standardised, over the 23 flights before the Challenger
// accident (Dalal, Fowlkes and Hoadley 1989), with prior sd 2.5.
func Challenger() *LogisticRegression {
	t, err := NewLogisticRegression(ChallengerData(true), ChallengerOutcomes(), 2.5)
	if err != nil {
		panic(err)
	}
	return t
}

var challenger = []struct {
	fahrenheit float64
	distress   bool
}{
	{66, false}, {70, true}, {69, false}, {68, false}, {67, false}, {72, false}, {73, false}, {70, false},
	{57, true}, {63, true}, {70, true}, {78, false}, {67, false}, {53, true}, {67, false}, {75, false},
	{70, false}, {81, false}, {76, false}, {79, false}, {75, true}, {76, false}, {58, true},
}

// ChallengerData returns the covariates: 1 and the temperature, in degrees
// Fahrenheit or standardised.
func ChallengerData(standardise bool) [][]float64 {
	mean, square := 0.0, 0.0
	for _, flight := range challenger {
		mean += flight.fahrenheit / float64(len(challenger))
	}
	for _, flight := range challenger {
		square += (flight.fahrenheit - mean) * (flight.fahrenheit - mean)
	}
	sd := math.Sqrt(square / float64(len(challenger)-1))
	if !standardise {
		mean, sd = 0, 1
	}
	rows := make([][]float64, len(challenger))
	for i, flight := range challenger {
		rows[i] = []float64{1, (flight.fahrenheit - mean) / sd}
	}
	return rows
}

// ChallengerOutcomes tells in which flights an O-ring was in distress.
func ChallengerOutcomes() []bool {
	outcomes := make([]bool, len(challenger))
	for i, flight := range challenger {
		outcomes[i] = flight.distress
	}
	return outcomes
}

func (t *LogisticRegression) Name() string { return "logistic" }

// Mode returns the posterior mode.
func (t *LogisticRegression) Mode() []float64 { return t.mode }

func (t *LogisticRegression) LogDensity(x []float64) float64 {
	return t.Gradient(make([]float64, len(x)), x)
}

func (t *LogisticRegression) Gradient(grad, x []float64) float64 {
	f := 0.0
	for j, v := range x {
		grad[j] = -v / (t.priorSD * t.priorSD)
		f -= v * v / (2 * t.priorSD * t.priorSD)
	}
	product := 1.0 // of 1 + e: one logarithm for many rows
	for i, row := range t.rows {
		margin := 0.0
		for j, v := range row {
			margin += v * x[j]
		}
		margin *= t.signs[i]
		// log σ(m) and σ(−m), without overflow
		e := math.Exp(-math.Abs(margin))
		f += min(margin, 0)
		if product *= 1 + e; product > 1e300 {
			f -= math.Log(product)
			product = 1
		}
		miss := 1 / (1 + e)
		if margin > 0 {
			miss = e / (1 + e)
		}
		for j, v := range row {
			grad[j] += t.signs[i] * miss * v
		}
	}
	return f - math.Log(product)
}

// findMode is Newton's method; the log-density is strictly concave.
func (t *LogisticRegression) findMode() []float64 {
	d := int(t.vector)
	x, grad := make([]float64, d), make([]float64, d)
	for range 100 {
		f := t.Gradient(grad, x)
		curvature := mat.NewSymDense(d, nil)
		for j := range d {
			curvature.SetSym(j, j, 1/(t.priorSD*t.priorSD))
		}
		for _, row := range t.rows {
			margin := 0.0
			for j, v := range row {
				margin += v * x[j]
			}
			p := 1 / (1 + math.Exp(-margin))
			for j := range d {
				for k := range j + 1 {
					curvature.SetSym(j, k, curvature.At(j, k)+p*(1-p)*row[j]*row[k])
				}
			}
		}
		var factor mat.Cholesky
		if !factor.Factorize(curvature) {
			panic("target: a concave log-density without a Cholesky factor")
		}
		step := mat.NewVecDense(d, nil)
		if err := factor.SolveVecTo(step, mat.NewVecDense(d, grad)); err != nil {
			break
		}
		next, length := make([]float64, d), 1.0
		for ; length > 1e-10; length /= 2 {
			for j := range next {
				next[j] = x[j] + length*step.AtVec(j)
			}
			if t.LogDensity(next) > f {
				break
			}
		}
		if length <= 1e-10 {
			break
		}
		copy(x, next)
	}
	return x
}

// Sample draws by rejection from N(mode, priorSD²·I): the likelihood is
// log-concave, so log p(x) ≤ log p(mode) − |x − mode|²/(2·priorSD²). It is
// efficient for a few coefficients only.
func (t *LogisticRegression) Sample(dst []float32, key tensor.Key) {
	r := key.Rand()
	d := int(t.vector)
	x, grad := make([]float64, d), make([]float64, d)
	for out := dst; len(out) > 0; out = out[d:] {
		for {
			bound := t.top
			for j := range x {
				z := r.NormFloat64()
				x[j] = t.mode[j] + t.priorSD*z
				bound -= z * z / 2
			}
			if math.Log(r.Float64()) < t.Gradient(grad, x)-bound {
				break
			}
		}
		for j, v := range x {
			out[j] = float32(v)
		}
	}
}

func (t *LogisticRegression) NewEvaluator(batch int) langevin.Evaluator {
	return newLaneEvaluator(t, int(t.vector), 4, batch, 0)
}

func (t *LogisticRegression) columns(f []float32, grad, x, room columns) {
	const most = 80 // of margins, for exponentials that are finite and not 0
	prior := float32(-1 / (t.priorSD * t.priorSD))
	clear(f)
	for j := range int(t.vector) {
		vec.MulAdd(f, x.at(j), x.at(j))
		vec.Affine(grad.at(j), x.at(j), prior, 0)
	}
	vec.Scale(f, prior/2)
	against, e, one, zero := room.at(0), room.at(1), room.at(2), room.at(3)
	clear(zero)
	for i, row := range t.rows {
		clear(against) // −margin
		for j, v := range row {
			vec.Axpy(against, x.at(j), float32(-t.signs[i]*v))
		}
		copy(e, against)
		vec.Clamp(e, most)
		vec.Sub(against, against, e)
		vec.Max(against, against, zero)
		vec.Sub(f, f, against) // ln σ falls with slope 1 where the exponential is held
		vec.Exp(e, e)
		vec.Affine(one, e, 1, 1)
		vec.Div(e, e, one) // σ(−margin)
		vec.Log(one, one)
		vec.Sub(f, f, one)
		for j, v := range row {
			vec.Axpy(grad.at(j), e, float32(t.signs[i]*v))
		}
	}
}
