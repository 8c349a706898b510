package nn

import "fmt"

// The networks of the paper and of ebm-anatomy (Nijkamp et al. 2019), with the
// parameter names of their PyTorch state_dicts.

// toy is 1×1 convolutions c → n → 2n → 2n → 2n → 1 on points, 10,593 parameters.
func toy(g *Graph, s Spec) *Value {
	x := g.Input()
	for i, out := range []int{s.N, 2 * s.N, 2 * s.N, 2 * s.N} {
		x = g.LeakyReLU(g.Conv(fmt.Sprintf("f.%d", 2*i), x, out, 1, 1, 0, true), s.Leak)
	}
	return g.Conv("f.8", x, 1, 1, 1, 0, true)
}

// vanilla is 3×3 c → n, three 4×4 stride 2 convolutions to 8n, and a 4×4 window
// 8n → 1. On images of 32…39 pixels that window is the whole; on larger ones f is
// its sum over all positions.
func vanilla(g *Graph, s Spec) *Value {
	x := g.LeakyReLU(g.Conv("f.0", g.Input(), s.N, 3, 1, 1, true), s.Leak)
	for i, out := range []int{2 * s.N, 4 * s.N, 8 * s.N} {
		x = g.LeakyReLU(g.Conv(fmt.Sprintf("f.%d", 2*i+2), x, out, 4, 2, 1, true), s.Leak)
	}
	x = g.Conv("f.8", x, 1, 4, 1, 0, true)
	if x.rows() > 1 {
		x = g.SumPixels(x)
	}
	return x
}

// nonlocal is three times convolution, leaky ReLU and pooling, with self-attention
// after the first two, then two linear layers.
func nonlocal(g *Graph, s Spec) *Value {
	down := func(name string, x *Value, out int) *Value {
		return g.MaxPool(g.LeakyReLU(g.Conv(name, x, out, 3, 1, 1, true), s.Leak), 2)
	}
	x := down("convs.0", g.Input(), s.N)
	x = attention(g, "convs.3", x)
	x = down("convs.4", x, 2*s.N)
	x = attention(g, "convs.7", x)
	x = down("convs.8", x, 4*s.N)
	x = g.LeakyReLU(g.Linear("fc.0", x, 8*s.N, true), s.Leak)
	return g.Linear("fc.2", x, 1, true)
}

// attention is the embedded-Gaussian non-local block (Wang et al., Non-local
// Neural Networks, 2018): x + W·softmax(θ φᵀ)·g with C/2 inner channels, φ and g
// pooled 2×2, no scaling, and W starting at zero.
func attention(g *Graph, name string, x *Value) *Value {
	inner := x.c / 2
	one := func(part string, in *Value, out int) *Value { return g.Conv(name+"."+part, in, out, 1, 1, 0, true) }
	values := g.MaxPool(one("g.0", x, inner), 2)
	w := one("theta", x, inner)
	keys := g.MaxPool(one("phi.0", x, inner), 2)
	weights := g.Softmax(g.MatMul(w, keys, true))
	y := g.MatMul(weights, values, false)
	return g.Add(g.ZeroInit(one("W", y, x.c)), x)
}

// resnet is a 3×3 stem and three stages of two residual blocks with swish, widths
// n, 2n, 2n, each stage halving the image; then a sum over pixels and a linear
// layer.
func resnet(g *Graph, s Spec) *Value {
	x := g.Conv("stem", g.Input(), s.N, 3, 1, 1, true)
	for stage, out := range []int{s.N, 2 * s.N, 2 * s.N} {
		for block := range 2 {
			name := fmt.Sprintf("stages.%d.%d.", stage, block)
			y := g.Swish(g.Conv(name+"conv1", x, out, 3, 1, 1, true))
			y = g.Conv(name+"conv2", y, out, 3, 1, 1, true)
			if x.c != out {
				x = g.Conv(name+"shortcut", x, out, 1, 1, 0, false)
			}
			x = g.Swish(g.Add(y, x))
			if block == 0 {
				x = g.AvgPool(x, 2)
			}
		}
	}
	return g.Linear("fc", g.SumPixels(x), 1, true)
}
