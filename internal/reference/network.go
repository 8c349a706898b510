package reference

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"

	"anila/tensor"
)

// parameter is one parameter tensor, row-major, OIHW.
type parameter struct {
	name       string
	data, grad []float64

	rows  int     // of the weight as a matrix [out, rest]
	bound float64 // of the uniform it starts from
}

// weight is what a layer multiplies with: the parameter itself, or that divided by its largest singular value.
type weight struct {
	param *parameter
	x, g  []float64

	divided bool
	sigma   float64
	u, v    []float64
}

// network is f and its parameters, made as the first evaluation asks for them.
type network struct {
	h, w, c  int
	spectral bool
	f        func(t *tape, x *value) *value
	params   []*parameter
	weights  map[string]*weight
	forks    uint64
	round    *Rounding
}

func newNetwork(c *config, h, w, channels int, round *Rounding) *network {
	n := &network{round: round, h: h, w: w, c: channels, spectral: c.spectralNorm, weights: map[string]*weight{}}
	n.f = map[string]func(*tape, *value) *value{
		"toy":      func(t *tape, x *value) *value { return n.toy(t, x, c.n, c.leak) },
		"vanilla":  func(t *tape, x *value) *value { return n.vanilla(t, x, c.n, c.leak) },
		"nonlocal": func(t *tape, x *value) *value { return n.nonlocal(t, x, c.n, c.leak) },
		"pyramid":  func(t *tape, x *value) *value { return n.pyramid(t, x, c.n) },
		"resnet":   func(t *tape, x *value) *value { return n.resnet(t, x, c.n) },
		"mlp":      func(t *tape, x *value) *value { return n.mlp(t, x, c.widths) },
		"layers":   func(t *tape, x *value) *value { return n.list(t, x, c.layers, c.leak) },
	}[c.net]
	if n.f == nil {
		panic(fmt.Sprintf("reference: no network %q", c.net))
	}
	n.evaluate(make([]float64, h*w*channels), nil)
	for i, p := range n.params {
		draw := make([]float32, len(p.data))
		tensor.Key{Seed: c.seed, Purpose: tensor.PurposeWeights, Chain: uint32(i)}.Uniforms(draw)
		for j, u := range draw {
			p.data[j] = float64(float32((2*float64(u) - 1) * p.bound))
		}
	}
	n.pack()
	return n
}

// evaluate returns f(x) and ∇f(x); with a weight, it adds weight(f)·∂f/∂θ to the gradients of θ, and the gradient that it
// returns has that factor too.
func (n *network) evaluate(x []float64, weight func(f float64) float64) (f float64, gradient []float64) {
	in := &value{n.h, n.w, n.c, x, make([]float64, len(x))}
	t := &tape{forks: &n.forks, frozen: weight == nil, round: n.round}
	out := n.f(t, in)
	if out.g[0] = 1; weight != nil {
		out.g[0] = weight(out.x[0])
	}
	t.backward()
	return out.x[0], in.g
}

// pack brings the weights up to date with the parameters.
func (n *network) pack() {
	for _, w := range n.weights {
		if w.x, w.g = w.param.data, w.param.grad; !w.divided {
			continue
		}
		rows, columns := w.param.rows, len(w.param.data)/w.param.rows
		var svd mat.SVD
		if !svd.Factorize(mat.NewDense(rows, columns, w.param.data), mat.SVDThin) {
			panic("reference: no singular values of " + w.param.name)
		}
		var u, v mat.Dense
		svd.UTo(&u)
		svd.VTo(&v)
		w.sigma, w.u, w.v = svd.Values(nil)[0], mat.Col(nil, 0, &u), mat.Col(nil, 0, &v)
		w.x, w.g = make([]float64, len(w.param.data)), make([]float64, len(w.param.data))
		for i, d := range w.param.data {
			w.x[i] = d / w.sigma
		}
		n.round.all(w.x)
	}
}

// pullWeights adds to the parameters what the gradients of normalised weights say: with Ŵ = W/σ and ∂σ/∂W = u·vᵀ,
// ∂L/∂W = (∂L/∂Ŵ − ⟨∂L/∂Ŵ, Ŵ⟩·u·vᵀ)/σ.
func (n *network) pullWeights() {
	for _, w := range n.weights {
		if !w.divided {
			continue
		}
		along := 0.0
		for i, d := range w.g {
			along += d * w.x[i]
		}
		for i, d := range w.g {
			n.round.add(&d, -along*w.u[i/len(w.v)]*w.v[i%len(w.v)])
			n.round.add(&w.param.grad[i], d/w.sigma)
			w.g[i] = 0
		}
	}
}

func (n *network) param(name string, rows, length int, bound float64) *parameter {
	p := &parameter{name: name, data: make([]float64, length), grad: make([]float64, length), rows: rows, bound: bound}
	n.params = append(n.params, p)
	return p
}

// traits of a layer that most do not have.
type traits int

const (
	noBias   traits = 1 << iota
	fromZero        // parameters that start from zero, and are not divided by their largest singular value
	undivided
)

// layer is a convolution, its parameters uniform on ±1/√fan_in at the start.
func (n *network) layer(t *tape, name string, x *value, out, kh, kw, stride, pad int, has traits) *value {
	w := n.weights[name]
	if w == nil {
		fan := x.c * kh * kw
		bound := 1 / math.Sqrt(float64(fan))
		if has&fromZero != 0 {
			bound = 0
		}
		p := n.param(name+".weight", out, out*fan, bound)
		w = &weight{param: p, x: p.data, g: p.grad, divided: n.spectral && has&(fromZero|undivided) == 0}
		n.weights[name] = w
		if has&noBias == 0 {
			n.param(name+".bias", out, out, bound)
		}
	}
	var b *parameter
	for _, p := range n.params {
		if p.name == name+".bias" {
			b = p
		}
	}
	return t.conv(x, w, b, out, kh, kw, stride, pad)
}

func (n *network) conv(t *tape, name string, x *value, out, kernel, stride, pad int) *value {
	return n.layer(t, name, x, out, kernel, kernel, stride, pad, 0)
}

// linear takes its input in C, H, W order, which is OIHW with a kernel as large as the image.
func (n *network) linear(t *tape, name string, x *value, out int, has traits) *value {
	return n.layer(t, name, x, out, x.h, x.w, 1, 0, has)
}

func (n *network) toy(t *tape, x *value, width int, leak float64) *value {
	for i, out := range []int{width, 2 * width, 2 * width, 2 * width} {
		x = t.leaky(n.conv(t, fmt.Sprintf("f.%d", 2*i), x, out, 1, 1, 0), leak)
	}
	return n.conv(t, "f.8", x, 1, 1, 1, 0)
}

func (n *network) vanilla(t *tape, x *value, width int, leak float64) *value {
	x = t.leaky(n.conv(t, "f.0", x, width, 3, 1, 1), leak)
	for i, out := range []int{2 * width, 4 * width, 8 * width} {
		x = t.leaky(n.conv(t, fmt.Sprintf("f.%d", 2*i+2), x, out, 4, 2, 1), leak)
	}
	return t.sumPixels(n.conv(t, "f.8", x, 1, 4, 1, 0))
}

func (n *network) nonlocal(t *tape, x *value, width int, leak float64) *value {
	down := func(name string, x *value, out int) *value {
		return t.maxPool(t.leaky(n.conv(t, name, x, out, 3, 1, 1), leak))
	}
	attention := func(name string, x *value) *value {
		v := t.maxPool(n.conv(t, name+".g.0", x, x.c/2, 1, 1, 0))
		q := n.conv(t, name+".theta", x, x.c/2, 1, 1, 0)
		k := t.maxPool(n.conv(t, name+".phi.0", x, x.c/2, 1, 1, 0))
		return t.add(n.layer(t, name+".W", t.attend(q, k, v), x.c, 1, 1, 1, 0, fromZero), x)
	}
	x = attention("convs.3", down("convs.0", x, width))
	x = attention("convs.7", down("convs.4", x, 2*width))
	x = down("convs.8", x, 4*width)
	return n.linear(t, "fc.2", t.leaky(n.linear(t, "fc.0", x, 8*width, 0), leak), 1, 0)
}

func (n *network) resnet(t *tape, x *value, width int) *value {
	x = n.conv(t, "stem", x, width, 3, 1, 1)
	for stage, out := range []int{width, 2 * width, 2 * width} {
		for block := range 2 {
			name := strings.Join([]string{"stages", fmt.Sprint(stage), fmt.Sprint(block), ""}, ".")
			y := n.conv(t, name+"conv2", t.swish(n.conv(t, name+"conv1", x, out, 3, 1, 1)), out, 3, 1, 1)
			if x.c != out {
				x = n.layer(t, name+"shortcut", x, out, 1, 1, 1, 0, noBias)
			}
			x = t.swish(t.add(y, x))
			if block == 0 {
				x = t.avgPool(x)
			}
		}
	}
	return n.linear(t, "fc", t.sumPixels(x), 1, 0)
}

func (n *network) mlp(t *tape, x *value, widths []int) *value {
	for i, out := range widths {
		x = t.swish(n.linear(t, fmt.Sprint(2*i), x, out, 0))
	}
	return n.linear(t, fmt.Sprint(2*len(widths)), x, 1, 0)
}

// list is a network of layers, each named by its number.
func (n *network) list(t *tape, x *value, layers []layer, leak float64) *value {
	for i, l := range layers {
		switch name := fmt.Sprint(i); l.Type {
		case "conv":
			x = n.conv(t, name, x, l.Out, cmp.Or(l.Kernel, 3), cmp.Or(l.Stride, 1), l.Padding)
		case "linear":
			x = n.linear(t, name, x, l.Out, 0)
		case "leaky_relu":
			x = t.leaky(x, cmp.Or(l.Slope, leak))
		case "swish":
			x = t.swish(x)
		case "max_pool":
			x = t.maxPool(x)
		case "sum":
			x = t.sumPixels(x)
		case "flatten": // linear takes its input in that order
		default:
			panic("reference: no layer " + l.Type)
		}
	}
	return x
}

func (n *network) pyramid(t *tape, x *value, width int) *value {
	channels := func(side int) int { return max(1, 4*width*16/max(16, side)) }
	scaled := func(x *value) *value {
		return t.pointwise(x, func(v float64) float64 { return v / math.Sqrt2 }, func(float64) float64 { return 1 / math.Sqrt2 })
	}
	side := x.h
	x = n.layer(t, fmt.Sprintf("rgb.%d", side), x, channels(side), 1, 1, 1, 0, undivided)
	for ; side >= 8; side /= 2 {
		name, out := fmt.Sprintf("blocks.%d.", side), channels(side/2)
		y := t.swish(n.conv(t, name+"conv1", x, out, 3, 1, 1))
		y = t.swish(t.avgPool(n.conv(t, name+"conv2", y, out, 3, 1, 1)))
		skip := n.layer(t, name+"shortcut", t.avgPool(x), out, 1, 1, 1, 0, undivided)
		x = t.add(scaled(y), scaled(skip))
	}
	x = t.swish(n.conv(t, "head.0", x, 4*width, 3, 1, 1))
	x = t.swish(n.conv(t, "head.2", x, 4*width, 4, 1, 0))
	return n.linear(t, "fc.2", t.swish(n.linear(t, "fc.0", x, 16*width, undivided)), 1, undivided)
}
