package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"anila/asm/vec"
)

// Every op is held against a float64 evaluation of its formula, and its
// vector-Jacobian products against central differences of that evaluation.

// given is a value that a test sets by hand.
type given struct{ noScratch }

func (given) name() string                                                          { return "given" }
func (given) forward([]float32, [][]float32, int, resources)                        {}
func (given) reads(int) valueReads                                                  { return valueReads{} }
func (given) vjp(int, []float32, []float32, [][]float32, []float32, int, resources) {}

// opCase draws an op on given values, and computes it for one image in float64.
type opCase struct {
	name   string
	inputs [][3]int
	draw   func(g *Graph, x []*Value) *Value
	want   func(x [][]float64) []float64
}

func each(x []float64, f func(float64) float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = f(v)
	}
	return y
}

// windowed applies f to every channel of every window of a 5×6×3 image.
func windowed(x []float64, f func(v []float64) float64) (y []float64) {
	for r := 0; r+2 <= 5; r += 2 {
		for s := 0; s+2 <= 6; s += 2 {
			for c := range 3 {
				at := func(i, j int) float64 { return x[((r+i)*6+s+j)*3+c] }
				y = append(y, f([]float64{at(0, 0), at(0, 1), at(1, 0), at(1, 1)}))
			}
		}
	}
	return y
}

func product(a, b []float64, m, k, n int, transposed bool) []float64 {
	y := make([]float64, m*n)
	for i := range m {
		for j := range n {
			for p := range k {
				if transposed {
					y[i*n+j] += a[i*k+p] * b[j*k+p]
				} else {
					y[i*n+j] += a[i*k+p] * b[p*n+j]
				}
			}
		}
	}
	return y
}

func leaky(leak float64) func(float64) float64 {
	return func(v float64) float64 {
		if v > 0 {
			return v
		}
		return leak * v
	}
}

var image = [][3]int{{5, 6, 3}}

var opCases = []opCase{
	{"LeakyReLU", image, func(g *Graph, x []*Value) *Value { return g.LeakyReLU(x[0], 0.05) },
		func(x [][]float64) []float64 { return each(x[0], leaky(0.05)) }},
	{"ReLU", image, func(g *Graph, x []*Value) *Value { return g.LeakyReLU(x[0], 0) },
		func(x [][]float64) []float64 { return each(x[0], leaky(0)) }},
	{"Swish", image, func(g *Graph, x []*Value) *Value { return g.Swish(x[0]) },
		func(x [][]float64) []float64 {
			return each(x[0], func(v float64) float64 { return v / (1 + math.Exp(-v)) })
		}},
	{"Add", [][3]int{{5, 6, 3}, {5, 6, 3}}, func(g *Graph, x []*Value) *Value { return g.Add(x[0], x[1]) },
		func(x [][]float64) (y []float64) {
			for i, v := range x[0] {
				y = append(y, v+x[1][i])
			}
			return y
		}},
	{"Sum", [][3]int{{5, 6, 3}, {5, 6, 3}}, func(g *Graph, x []*Value) *Value { return g.Sum(x[0], 0.5, x[1], -1.25) },
		func(x [][]float64) (y []float64) {
			for i, v := range x[0] {
				y = append(y, 0.5*v-1.25*x[1][i])
			}
			return y
		}},
	{"Blend", [][3]int{{5, 6, 3}, {5, 6, 3}}, func(g *Graph, x []*Value) *Value { return g.Blend(x[0], x[1], 0.25) },
		func(x [][]float64) (y []float64) {
			for i, v := range x[0] {
				y = append(y, 0.75*v+0.25*x[1][i])
			}
			return y
		}},
	{"Mul", [][3]int{{5, 6, 3}, {5, 6, 3}}, func(g *Graph, x []*Value) *Value { return g.Mul(x[0], x[1]) },
		func(x [][]float64) (y []float64) {
			for i, v := range x[0] {
				y = append(y, v*x[1][i])
			}
			return y
		}},
	{"Scale", image, func(g *Graph, x []*Value) *Value { return g.Scale(x[0], -1.5) },
		func(x [][]float64) []float64 { return each(x[0], func(v float64) float64 { return -1.5 * v }) }},
	{"Flatten", image, func(g *Graph, x []*Value) *Value { return g.Flatten(x[0]) },
		func(x [][]float64) (y []float64) {
			for c := range 3 {
				for p := range 30 {
					y = append(y, x[0][p*3+c])
				}
			}
			return y
		}},
	{"SumPixels", image, func(g *Graph, x []*Value) *Value { return g.SumPixels(x[0]) },
		func(x [][]float64) []float64 {
			y := make([]float64, 3)
			for i, v := range x[0] {
				y[i%3] += v
			}
			return y
		}},
	{"MaxPool", image, func(g *Graph, x []*Value) *Value { return g.MaxPool(x[0], 2) },
		func(x [][]float64) []float64 {
			return windowed(x[0], func(v []float64) float64 { return max(v[0], v[1], v[2], v[3]) })
		}},
	{"MaxPool/3", [][3]int{{3, 7, 2}}, func(g *Graph, x []*Value) *Value { return g.MaxPool(x[0], 3) },
		func(x [][]float64) (y []float64) {
			for j := range 2 {
				for c := range 2 {
					top := math.Inf(-1)
					for k := range 9 {
						top = max(top, x[0][((k/3*7)+3*j+k%3)*2+c])
					}
					y = append(y, top)
				}
			}
			return y
		}},
	{"AvgPool", image, func(g *Graph, x []*Value) *Value { return g.AvgPool(x[0], 2) },
		func(x [][]float64) []float64 {
			return windowed(x[0], func(v []float64) float64 { return (v[0] + v[1] + v[2] + v[3]) / 4 })
		}},
	{"Softmax", image, func(g *Graph, x []*Value) *Value { return g.Softmax(x[0]) },
		func(x [][]float64) (y []float64) {
			for p := range 30 {
				row, sum := x[0][3*p:3*p+3], 0.0
				for _, v := range row {
					sum += math.Exp(v)
				}
				for _, v := range row {
					y = append(y, math.Exp(v)/sum)
				}
			}
			return y
		}},
	{"MatMul", [][3]int{{3, 4, 5}, {5, 1, 7}}, func(g *Graph, x []*Value) *Value { return g.MatMul(x[0], x[1], false) },
		func(x [][]float64) []float64 { return product(x[0], x[1], 12, 5, 7, false) }},
	{"MatMul/transposed", [][3]int{{3, 4, 5}, {7, 3, 5}}, func(g *Graph, x []*Value) *Value { return g.MatMul(x[0], x[1], true) },
		func(x [][]float64) []float64 { return product(x[0], x[1], 12, 5, 21, true) }},
}

// wide turns float32 images into float64 ones, image i of each input.
func wide(x [][]float32, sizes []int, i int) [][]float64 {
	out := make([][]float64, len(x))
	for k := range x {
		for _, v := range x[k][i*sizes[k] : (i+1)*sizes[k]] {
			out[k] = append(out[k], float64(v))
		}
	}
	return out
}

// slope is the central difference of Σ weight·f at x[i].
func slope(f func() []float64, weight []float32, x *float64) float64 {
	const h = 1e-5
	at := *x
	sum := func(v float64) (s float64) {
		*x = v
		for i, y := range f() {
			s += float64(weight[i]) * y
		}
		return s
	}
	d := (sum(at+h) - sum(at-h)) / (2 * h)
	*x = at
	return d
}

func normals(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// closeTo compares with float64 values, relative to their largest.
func closeTo(t *testing.T, what string, got []float32, want []float64, limit float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	top := 0.0
	for _, v := range want {
		top = max(top, math.Abs(v))
	}
	for i, v := range want {
		if !(math.Abs(float64(got[i])-v) <= limit*top) {
			t.Fatalf("%s[%d] = %v, want %v", what, i, got[i], v)
		}
	}
}

func TestOpGradients(t *testing.T) {
	const n = 3
	for _, c := range opCases {
		t.Run(c.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			g := NewGraph(1, 1, 1)
			var values []*Value
			var x [][]float32
			var sizes []int
			for _, s := range c.inputs {
				v := g.add(given{}, s[0], s[1], s[2])
				values = append(values, v)
				x = append(x, normals(r, n*v.Len()))
				sizes = append(sizes, v.Len())
			}
			v := c.draw(g, values)
			with := resources{scratch: make([]float32, v.op.scratch(n, nil))}
			y := make([]float32, n*v.Len())
			_, swishes := v.op.(swish)
			if swishes {
				with.slope = make([]float32, len(y))
			}
			v.op.forward(y, x, n, with)
			dy := normals(r, len(y))
			before := slices.Clone(dy) // the gradient before the op's activation
			if swishes {
				vec.Mul(before, before, with.slope)
				with.slope = nil
			}
			dx := make([][]float32, len(x))
			for k := range x {
				dx[k] = normals(r, len(x[k])) // to be overwritten
				reads := v.op.reads(k)
				seen := make([][]float32, len(x))
				for _, i := range reads.inputs {
					seen[i] = x[i]
				}
				var out []float32
				if reads.output {
					out = y
				}
				v.op.vjp(k, dx[k], before, seen, out, n, with)
			}
			for i := range n {
				in := wide(x, sizes, i)
				f := func() []float64 { return c.want(in) }
				closeTo(t, fmt.Sprintf("y of image %d", i), y[i*v.Len():(i+1)*v.Len()], f(), 2e-6)
				for k := range in {
					want := make([]float64, sizes[k])
					for j := range want {
						want[j] = slope(f, dy[i*v.Len():(i+1)*v.Len()], &in[k][j])
					}
					closeTo(t, fmt.Sprintf("∂/∂ input %d of image %d", k, i), dx[k][i*sizes[k]:(i+1)*sizes[k]], want, 1e-5)
				}
			}
		})
	}
}

// convolve is the definition of a convolution, in float64, for one image.
func convolve(c *conv, x, w, b []float64) (y []float64) {
	s := c.shape
	for i := range s.OutH() {
		for j := range s.OutW() {
			for o := range s.OutC {
				sum := 0.0
				if b != nil {
					sum = b[o]
				}
				for k := range s.KernelH {
					for l := range s.KernelW {
						r, q := i*s.Stride-s.Padding+k, j*s.Stride-s.Padding+l
						if r < 0 || q < 0 || r >= s.InH || q >= s.InW {
							continue
						}
						for a := range s.InC {
							sum += x[(r*s.InW+q)*s.InC+a] * w[((o*s.InC+a)*s.KernelH+k)*s.KernelW+l]
						}
					}
				}
				y = append(y, sum)
			}
		}
	}
	return y
}

func TestConvGradients(t *testing.T) {
	const n = 2
	for _, c := range []struct {
		name string
		draw func(g *Graph) *Value
	}{
		{"3×3", func(g *Graph) *Value { return g.Conv("c", g.Input(), 4, 3, 1, 1, true) }},
		{"4×4 stride 2", func(g *Graph) *Value { return g.Conv("c", g.Input(), 5, 4, 2, 1, true) }},
		{"1×1 without bias", func(g *Graph) *Value { return g.Conv("c", g.Input(), 2, 1, 1, 0, false) }},
		{"linear", func(g *Graph) *Value { return g.Linear("c", g.Input(), 3, true) }},
		{"flatten and linear", func(g *Graph) *Value { return g.Linear("c", g.Flatten(g.Input()), 3, true) }},
	} {
		for _, leak := range []float64{1, 0.1} {
			t.Run(fmt.Sprintf("%s/leak %v", c.name, leak), func(t *testing.T) {
				r := rand.New(rand.NewPCG(3, 4))
				g := NewGraph(6, 8, 3)
				v := c.draw(g)
				o := v.op.(*conv).compiled(false, float32(leak))
				o.allocate()
				params := []*Param{o.weight}
				if o.bias != nil {
					params = append(params, o.bias)
				}
				for _, p := range params {
					p.Data, p.Grad = normals(r, p.Len()), make([]float32, p.Len())
				}
				o.pack(nil)
				o.inputLeak = 0.3
				x := normals(r, n*g.Input().Len())
				y := make([]float32, n*v.Len())
				with := resources{scratch: make([]float32, max(o.scratch(n, nil), o.plan.WeightScratch(nil)))}
				o.forward(y, [][]float32{x}, n, with)
				dy := normals(r, len(y)) // before the convolution's own activation
				dx := make([]float32, len(x))
				o.vjp(0, dx, dy, [][]float32{x}, nil, n, with)
				o.weightGradient(x, dy, n, with)

				in := wide([][]float32{x, o.weight.Data}, []int{len(x), o.weight.Len()}, 0)
				var bias []float64
				if o.bias != nil {
					bias = wide([][]float32{o.bias.Data}, []int{o.bias.Len()}, 0)[0]
				}
				dim := g.Input().Len()
				all := func() (sum []float64) {
					for i := range n {
						sum = append(sum, convolve(o, in[0][i*dim:(i+1)*dim], in[1], bias)...)
					}
					return sum
				}
				closeTo(t, "y", y, each(all(), leaky(leak)), 5e-6)
				gradient := func(x []float64) []float64 {
					d := make([]float64, len(x))
					for i := range x {
						d[i] = slope(all, dy, &x[i])
					}
					return d
				}
				want := gradient(in[0])
				for i := range want {
					if x[i] <= 0 {
						want[i] *= 0.3
					}
				}
				closeTo(t, "∂/∂ input", dx, want, 1e-5)
				closeTo(t, "∂/∂ weight", o.weight.Grad, gradient(in[1]), 1e-5)
				if bias != nil {
					closeTo(t, "∂/∂ bias", o.bias.Grad, gradient(bias), 1e-5)
				}
			})
		}
	}
}
