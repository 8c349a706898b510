package target

import (
	"anila/asm/lanes"
	"anila/asm/vec"
	"anila/langevin"
)

// columnar is a density whose formula runs over many states at once in float32, a
// vector lane for each.
type columnar interface {
	// columns writes f, less the constant of the density, and ∇f of the states x to
	// f and grad. Coordinates are columns; room has those to work with.
	columns(f []float32, grad, x, room columns)
}

// columns are slices of n numbers, one for each state, behind each other.
type columns struct {
	n    int
	data []float32
}

func newColumns(count, most int) columns { return columns{most, make([]float32, count*most)} }

// at returns column j.
func (c columns) at(j int) []float32 { return c.data[j*c.n : (j+1)*c.n] }

// of returns columns [j, k).
func (c columns) of(j, k int) columns { return columns{c.n, c.data[j*c.n : k*c.n]} }

// first returns columns of n numbers in the memory of c.
func (c columns) first(n int) columns { return columns{n, c.data[:len(c.data)/c.n*n]} }

// laneEvaluator runs a columnar density on rows. Its f in float64 is that of the
// formula in float32 and the constant, which loses nothing however large it is.
type laneEvaluator struct {
	columnar
	constant      float64
	dim           int
	x, grad, room columns
	f             []float32
}

// lanesAtOnce is how many states go through a formula together: columns stay in the
// first cache.
const lanesAtOnce = 256

func newLaneEvaluator(t columnar, dim, room, batch int, constant float64) langevin.Evaluator {
	n := max(1, min(batch, lanesAtOnce))
	return &laneEvaluator{t, constant, dim, newColumns(dim, n), newColumns(dim, n), newColumns(room, n), make([]float32, n)}
}

func (e *laneEvaluator) LogDensityAndGradient(f, grad, x []float32) {
	for i := 0; i < len(f); i += len(e.f) {
		for j, v := range e.some(grad, x, i, len(f)) {
			f[i+j] = float32(float64(v) + e.constant)
		}
	}
}

// LogDensityAndGradient64 implements langevin.Evaluator64.
func (e *laneEvaluator) LogDensityAndGradient64(f []float64, grad, x []float32) {
	for i := 0; i < len(f); i += len(e.f) {
		for j, v := range e.some(grad, x, i, len(f)) {
			f[i+j] = float64(v) + e.constant
		}
	}
}

// some evaluates the states of x from number i on that fit, of which there are total.
func (e *laneEvaluator) some(grad, x []float32, i, total int) []float32 {
	n := min(len(e.f), total-i)
	f, columns, slope := e.f[:n], e.x.first(n), e.grad.first(n)
	lanes.Columns(columns.data, x[i*e.dim:(i+n)*e.dim], e.dim)
	e.columns(f, slope, columns, e.room.first(n))
	lanes.Rows(grad[i*e.dim:(i+n)*e.dim], slope.data, e.dim)
	return f
}

// softmaxColumns overwrites columns w with exp(w − top), top their largest and sum
// the sum of what they become.
func softmaxColumns(top, sum []float32, w columns) {
	count := len(w.data) / w.n
	copy(top, w.at(0))
	for k := 1; k < count; k++ {
		vec.Max(top, top, w.at(k))
	}
	for k := range count {
		vec.Sub(w.at(k), w.at(k), top)
	}
	vec.Exp(w.data, w.data)
	copy(sum, w.at(0))
	for k := 1; k < count; k++ {
		vec.Add(sum, w.at(k))
	}
}
