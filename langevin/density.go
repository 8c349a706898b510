package langevin

import (
	"fmt"
	"math"

	"anila/asm/reduce"
	"anila/asm/vec"
)

// LogDensity is a function f on states of Dim() coordinates, up to a constant
// the logarithm of a density at temperature 1. Networks (FromNetwork), known
// targets (package target) and a user's own functions (Func) satisfy it.
type LogDensity interface {
	// Dim is the number of coordinates of a state: h·w·c.
	Dim() int
	// Shape is the state as an image: height, width, channels (1, 1, Dim()
	// for plain vectors). Scope "pixel" takes its norm over the channels.
	Shape() (h, w, c int)
	// NewEvaluator returns an evaluator for up to batch states at once. One
	// evaluator serves one goroutine; several may be used at the same time.
	NewEvaluator(batch int) Evaluator
}

// Evaluator computes f [n] and its gradient grad [n, dim] at x [n, dim], n up to
// the batch it was made for. A state's results must not depend on the other
// states of the call. It should not allocate.
type Evaluator interface {
	LogDensityAndGradient(f, grad, x []float32)
}

// Evaluator64 is what an Evaluator may also be: one that knows f in float64.
// Accept steps then decide by all of its digits, so that a constant in f, however
// large, changes nothing.
type Evaluator64 interface {
	LogDensityAndGradient64(f []float64, grad, x []float32)
}

// ValueEvaluator is what an Evaluator may also be: f alone, cheaper than with
// the gradient and with the same bits. Kernel rwm uses it.
type ValueEvaluator interface {
	LogDensity(f, x []float32)
}

// Func is a user's own log-density of states of the given dimension: f writes
// ∇f(x) to grad and returns f(x). It is called from several goroutines.
func Func(dim int, f func(grad, x []float64) float64) LogDensity {
	return function{dim, f}
}

type function struct {
	dim int
	f   func(grad, x []float64) float64
}

func (d function) Dim() int             { return d.dim }
func (d function) Shape() (h, w, c int) { return 1, 1, d.dim }
func (d function) NewEvaluator(int) Evaluator {
	return &functionEvaluator{d.f, make([]float64, d.dim), make([]float64, d.dim)}
}

type functionEvaluator struct {
	f       func(grad, x []float64) float64
	grad, x []float64
}

func (e *functionEvaluator) LogDensityAndGradient(f, grad, x []float32) {
	for i := range f {
		f[i] = float32(e.one(i, grad, x))
	}
}

// LogDensityAndGradient64 implements Evaluator64.
func (e *functionEvaluator) LogDensityAndGradient64(f []float64, grad, x []float32) {
	for i := range f {
		f[i] = e.one(i, grad, x)
	}
}

// one returns f of state i of x and writes its gradient.
func (e *functionEvaluator) one(i int, grad, x []float32) float64 {
	dim := len(e.x)
	for j, v := range x[i*dim : (i+1)*dim] {
		e.x[j] = float64(v)
	}
	f := e.f(e.grad, e.x)
	for j, v := range e.grad {
		grad[i*dim+j] = float32(v)
	}
	return f
}

// FuncBatch is a user's own log-density that computes many states at once in
// float32: f writes f and ∇f of the states x [n, dim] to value [n] and grad [n,
// dim], as an Evaluator does. It is called from several goroutines, and a state's
// results must not depend on the other states.
func FuncBatch(dim int, f func(value, grad, x []float32)) LogDensity { return batchFunction{dim, f} }

type batchFunction struct {
	dim int
	f   func(value, grad, x []float32)
}

func (d batchFunction) Dim() int                   { return d.dim }
func (d batchFunction) Shape() (h, w, c int)       { return 1, 1, d.dim }
func (d batchFunction) NewEvaluator(int) Evaluator { return d }

func (d batchFunction) LogDensityAndGradient(f, grad, x []float32) { d.f(f, grad, x) }

// WithReference is d times a Gaussian reference of standard deviation sd at
// temperature T: it adds −T·|x|²/(2·sd²) to f, so that exp(f/T) is multiplied
// by N(x; 0, sd²·I). Leaky-ReLU networks grow linearly and need it for
// geometric ergodicity. It panics unless both are positive and finite.
func WithReference(d LogDensity, temperature, sd float64) LogDensity {
	weight := temperature / (sd * sd)
	if !(temperature > 0 && sd > 0 && weight > 0) || math.IsInf(weight, 1) {
		panic(fmt.Sprintf("langevin: reference of temperature %v and sd %v", temperature, sd))
	}
	return reference{d, weight}
}

type reference struct {
	LogDensity
	weight float64
}

func (d reference) NewEvaluator(batch int) Evaluator {
	return d.around(d.LogDensity.NewEvaluator(batch))
}

// around adds the reference to an evaluator of d.LogDensity.
func (d reference) around(ev Evaluator) Evaluator {
	e := referenceEvaluator{ev, d.Dim(), d.weight}
	if wide, ok := ev.(Evaluator64); ok {
		return &referenceEvaluator64{e, wide}
	}
	return &e
}

type referenceEvaluator struct {
	Evaluator
	dim    int
	weight float64
}

func (e *referenceEvaluator) LogDensityAndGradient(f, grad, x []float32) {
	e.Evaluator.LogDensityAndGradient(f, grad, x)
	vec.Axpy(grad, x, float32(-e.weight))
	for i := range f {
		f[i] -= float32(e.potential(i, x))
	}
}

// potential is weight·|x|²/2 of state i.
func (e *referenceEvaluator) potential(i int, x []float32) float64 {
	return e.weight / 2 * reduce.SumSquares(x[i*e.dim:(i+1)*e.dim])
}

type referenceEvaluator64 struct {
	referenceEvaluator
	wide Evaluator64
}

func (e *referenceEvaluator64) LogDensityAndGradient64(f []float64, grad, x []float32) {
	e.wide.LogDensityAndGradient64(f, grad, x)
	vec.Axpy(grad, x, float32(-e.weight))
	for i := range f {
		f[i] -= e.potential(i, x)
	}
}
