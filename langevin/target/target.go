// Package target holds log-densities of which the truth is known: exact draws,
// and f and ∇f in float64 beside the float32 evaluators that kernels run on.
package target

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"anila/langevin"
	"anila/tensor"
)

// Target is a log-density with known truth, at temperature 1.
type Target interface {
	langevin.LogDensity
	// Name is what ByName knows the target by.
	Name() string
	// LogDensity returns log p(x), normalised unless the type says otherwise.
	LogDensity(x []float64) float64
	// Gradient writes ∇ log p(x) to grad [Dim()] and returns log p(x).
	Gradient(grad, x []float64) float64
	// Sample fills dst [n, Dim()] with independent exact draws, a function of
	// the key alone.
	Sample(dst []float32, key tensor.Key)
}

var known = map[string]func() Target{
	"gaussian":     func() Target { return Conditioned(2, 100) },
	"gaussian-20":  func() Target { return Conditioned(20, 100) },
	"gaussian-200": func() Target { return Conditioned(200, 100) },
	"gmm":          func() Target { return GaussianRing() },
	"rings":        func() Target { return FourRings() },
	"banana":       func() Target { return Banana{Curvature: 1, SD: 0.5} },
	"funnel":       func() Target { return Funnel{Dimension: 10, SD: 3} },
	"logistic":     func() Target { return Challenger() },
}

// Names lists the targets that ByName knows, sorted.
func Names() []string {
	var names []string
	for name := range known {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// ByName returns one of the targets of Names.
func ByName(name string) (Target, error) {
	if f, ok := known[name]; ok {
		return f(), nil
	}
	return nil, fmt.Errorf("target: no target %q; there are %s", name, strings.Join(Names(), ", "))
}

// Tempered is t made ready for temperature T: f = T·log p, so that exp(f/T) is
// p again and Sample and LogDensity stay the truth of it.
func Tempered(t Target, temperature float64) Target { return tempered{t, temperature} }

type tempered struct {
	Target
	temperature float64
}

func (t tempered) NewEvaluator(batch int) langevin.Evaluator {
	ev := t.Target.NewEvaluator(batch)
	e := temperedEvaluator{ev, t.temperature}
	if wide, ok := ev.(langevin.Evaluator64); ok {
		return &temperedEvaluator64{e, wide}
	}
	return &e
}

// Temperature is the temperature that the target is made for.
func (t tempered) Temperature() float64 { return t.temperature }

// Unwrap returns the target at temperature 1.
func (t tempered) Unwrap() Target { return t.Target }

type temperedEvaluator struct {
	langevin.Evaluator
	temperature float64
}

func (e *temperedEvaluator) LogDensityAndGradient(f, grad, x []float32) {
	e.Evaluator.LogDensityAndGradient(f, grad, x)
	e.temper(grad)
	for i := range f {
		f[i] *= float32(e.temperature)
	}
}

func (e *temperedEvaluator) temper(grad []float32) {
	for i := range grad {
		grad[i] *= float32(e.temperature)
	}
}

type temperedEvaluator64 struct {
	temperedEvaluator
	wide langevin.Evaluator64
}

func (e *temperedEvaluator64) LogDensityAndGradient64(f []float64, grad, x []float32) {
	e.wide.LogDensityAndGradient64(f, grad, x)
	e.temper(grad)
	for i := range f {
		f[i] *= e.temperature
	}
}

// vector is the shape of a plain vector.
type vector int

func (d vector) Dim() int             { return int(d) }
func (d vector) Shape() (h, w, c int) { return 1, 1, int(d) }

// evaluator runs a float64 gradient on float32 states.
func evaluator(dim int, f func(grad, x []float64) float64) langevin.Evaluator {
	return langevin.Func(dim, f).NewEvaluator(0)
}

// softmax overwrites v with its softmax; log Σ exp(v) is top + log(sum). Terms
// below e⁻⁴⁰ of the largest are beyond float64's last bit, and 0.
func softmax(v []float64) (top, sum float64) {
	top = v[0]
	for _, x := range v[1:] {
		if x > top {
			top = x
		}
	}
	for i, x := range v {
		v[i] = 0
		if x == top {
			v[i] = 1
		} else if x -= top; x > -40 {
			v[i] = math.Exp(x)
		}
		sum += v[i]
	}
	over := 1 / sum
	for i := range v {
		v[i] *= over
	}
	return top, sum
}
