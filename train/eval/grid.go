// Package eval measures what a trained model is worth: on the two-dimensional toys by exact likelihood on a grid, on pictures
// by distances between the features of samples and of data (Fréchet, kernel).
package eval

import (
	"fmt"
	"math"

	"anila/langevin"
	"anila/langevin/target"
)

// Grid side and half-width of Likelihood: 400² cells over [−5, 5]².
const (
	GridSize  = 400
	GridLimit = 5.0
)

// Likelihood compares a learned density exp(f/T)/Z with the truth, both on the grid's cell centres.
type Likelihood struct {
	KL         float64   // KL(truth ‖ exp(f/T)/Z) in nats
	LogZ       float64   // log ∫ exp(f/T) over the grid
	Masses     []float64 // model mass of each ring (| |x| − k | < ½, k = 1 … 4) or mixture component (nearest angle)
	Outside    float64   // model mass in no such region
	LogDensity []float64 // [GridSize²] f/T − log Z, row by row from x₂ = −5 upwards, x₁ fastest
}

// GridPoints returns the centres of the grid's cells [GridSize², 2] in the order of Likelihood.LogDensity.
func GridPoints() []float32 { return gridPoints(GridLimit) }

// gridPoints are those of a grid over [−limit, limit]².
func gridPoints(limit float64) []float32 {
	x := make([]float32, 0, GridSize*GridSize*2)
	h := 2 * limit / GridSize
	for i := range GridSize {
		for j := range GridSize {
			x = append(x, float32(-limit+(float64(j)+0.5)*h), float32(-limit+(float64(i)+0.5)*h))
		}
	}
	return x
}

// onGrid is f of a density on the points of a grid over [−limit, limit]².
func onGrid(d langevin.LogDensity, limit float64) []float32 {
	x := gridPoints(limit)
	const block = 1000 // divides the points
	f, gradient := make([]float32, len(x)/2), make([]float32, 2*block)
	evaluator := d.NewEvaluator(block)
	for i := 0; i < len(f); i += block {
		if values, ok := evaluator.(langevin.ValueEvaluator); ok {
			values.LogDensity(f[i:i+block], x[2*i:2*(i+block)])
		} else {
			evaluator.LogDensityAndGradient(f[i:i+block], gradient, x[2*i:2*(i+block)])
		}
	}
	return f
}

// DensityOnGrid is log(exp(f/T)/Z) of a density of the plane on a grid of GridSize² cells over [−limit, limit]², in the order of
// GridPoints, with Z over that square.
func DensityOnGrid(d langevin.LogDensity, temperature, limit float64) []float64 {
	f := onGrid(d, limit)
	logDensity := make([]float64, len(f))
	logZ := logSum(f, temperature, limit)
	for i, v := range f {
		logDensity[i] = float64(v)/temperature - logZ
	}
	return logDensity
}

// logSum is log ∫ exp(f/T) over the grid.
func logSum(f []float32, temperature, limit float64) float64 {
	h := 2 * limit / GridSize
	highest := math.Inf(-1)
	for _, v := range f {
		highest = math.Max(highest, float64(v)/temperature)
	}
	var z float64
	for _, v := range f {
		z += math.Exp(float64(v)/temperature-highest) * (h * h)
	}
	return highest + math.Log(z)
}

// DensityLikelihood is GridLikelihood of d at a temperature.
func DensityLikelihood(d langevin.LogDensity, temperature float64, truth target.Target) (*Likelihood, error) {
	return GridLikelihood(onGrid(d, GridLimit), temperature, truth)
}

// GridLikelihood evaluates f of the grid's points (in the order of GridPoints) against the truth. The target is one of the
// planar toys: rings or gmm.
func GridLikelihood(f []float32, temperature float64, truth target.Target) (*Likelihood, error) {
	region, regions := regions(truth.Name())
	if region == nil {
		return nil, fmt.Errorf("eval: no grid likelihood for target %q: rings and gmm have one", truth.Name())
	}
	if len(f) != GridSize*GridSize {
		panic(fmt.Sprintf("eval: GridLikelihood: %d values for %d grid points", len(f), GridSize*GridSize))
	}
	h := 2 * GridLimit / GridSize
	cell := h * h
	l := &Likelihood{LogZ: logSum(f, temperature, GridLimit), Masses: make([]float64, regions), LogDensity: make([]float64, len(f))}
	for k, v := range f {
		x := -GridLimit + (float64(k%GridSize)+0.5)*h
		y := -GridLimit + (float64(k/GridSize)+0.5)*h
		logq := float64(v)/temperature - l.LogZ
		l.LogDensity[k] = logq
		logp := truth.LogDensity([]float64{x, y})
		if p := math.Exp(logp); p > 0 {
			l.KL += p * (logp - logq) * cell
		}
		if r := region(x, y); r >= 0 {
			l.Masses[r] += math.Exp(logq) * cell
		} else {
			l.Outside += math.Exp(logq) * cell
		}
	}
	return l, nil
}

// regions returns the function that numbers the part of the plane around each ring or component (−1: none), and their count.
func regions(name string) (func(x, y float64) int, int) {
	switch name {
	case "rings":
		return func(x, y float64) int {
			if k := int(math.Floor(math.Hypot(x, y) + 0.5)); k >= 1 && k <= 4 {
				return k - 1
			}
			return -1
		}, 4
	case "gmm":
		return func(x, y float64) int {
			if math.Hypot(x, y) > 2 {
				return -1
			}
			return (int(math.Round(math.Atan2(y, x)/(math.Pi/4))) + 8) % 8
		}, 8
	}
	return nil, 0
}
