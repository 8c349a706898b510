package nn

import "anila/asm/vec"

// add is y = a + b.
type add struct{ linear }

// Add adds two values of one shape. They may be the same value.
func (g *Graph) Add(a, b *Value) *Value {
	sameShape("Add", a, b)
	return g.add(add{}, a.h, a.w, a.c, a, b)
}

func sameShape(who string, a, b *Value) {
	if a.h != b.h || a.w != b.w || a.c != b.c {
		panic("nn: " + who + ": shapes differ")
	}
}

func (add) name() string { return "Add" }

func (add) forward(y []float32, x [][]float32, n int, _ resources) {
	copy(y, x[0])
	vec.Add(y, x[1])
}

// vjp: dx = dy for either input.
func (add) vjp(k int, dx, dy []float32, x [][]float32, y []float32, n int, _ resources) {
	copy(dx, dy)
}

// mul is y = a ⊙ b.
type mul struct{ noScratch }

// Mul multiplies two values of one shape element by element. They may be the
// same value, which gives squares.
func (g *Graph) Mul(a, b *Value) *Value {
	sameShape("Mul", a, b)
	return g.add(mul{}, a.h, a.w, a.c, a, b)
}

func (mul) name() string { return "Mul" }

func (mul) forward(y []float32, x [][]float32, n int, _ resources) {
	a, b := x[0], x[1]
	for i := range y {
		y[i] = a[i] * b[i]
	}
}

// vjp: dx = dy times the other input.
func (mul) vjp(k int, dx, dy []float32, x [][]float32, y []float32, n int, _ resources) {
	other := x[1-k]
	for i := range dx {
		dx[i] = dy[i] * other[i]
	}
}

func (mul) reads(k int) valueReads { return valueReads{inputs: []int{1 - k}} }

// scale is y = s·x.
type scale struct {
	linear
	by float32
}

// Scale multiplies a value by a constant.
func (g *Graph) Scale(x *Value, by float64) *Value {
	return g.add(&scale{by: float32(by)}, x.h, x.w, x.c, x)
}

func (s *scale) name() string { return "Scale" }

func (s *scale) forward(y []float32, x [][]float32, n int, _ resources) {
	for i, v := range x[0] {
		y[i] = s.by * v
	}
}

// vjp: dx = s·dy.
func (s *scale) vjp(k int, dx, dy []float32, x [][]float32, y []float32, n int, _ resources) {
	for i, v := range dy {
		dx[i] = s.by * v
	}
}

// weightedSum is y = α·a + β·b.
type weightedSum struct {
	linear
	by    [2]float32
	fades bool // SetFade may change the weights
}

// Sum adds α·a + β·b of two values of one shape.
func (g *Graph) Sum(a *Value, alpha float64, b *Value, beta float64) *Value {
	sameShape("Sum", a, b)
	return g.add(&weightedSum{by: [2]float32{float32(alpha), float32(beta)}}, a.h, a.w, a.c, a, b)
}

// Blend adds (1 − weight)·from + weight·to of two values of one shape; SetFade
// changes the weight.
func (g *Graph) Blend(from, to *Value, weight float64) *Value {
	sameShape("Blend", from, to)
	o := &weightedSum{fades: true}
	o.fade(weight)
	return g.add(o, to.h, to.w, to.c, from, to)
}

func (s *weightedSum) fade(weight float64) { s.by = [2]float32{float32(1 - weight), float32(weight)} }

func (s *weightedSum) name() string { return "Sum" }

func (s *weightedSum) forward(y []float32, x [][]float32, n int, _ resources) {
	copy(y, x[0])
	vec.Scale(y, s.by[0])
	vec.Axpy(y, x[1], s.by[1])
}

// vjp: dx = α·dy or β·dy.
func (s *weightedSum) vjp(k int, dx, dy []float32, x [][]float32, y []float32, n int, _ resources) {
	copy(dx, dy)
	vec.Scale(dx, s.by[k])
}
