package nn

import (
	"fmt"
	"math"
)

// pyramid is the coarse-to-fine network of Zhao, Xie and Li (Learning
// energy-based generative models via coarse-to-fine expanding and sampling, ICLR
// 2021): a 1×1 convolution from the picture, residual blocks that halve it down
// to 4×4, and a head. The network of half the side is a part of it: all but the
// first block and its rgb layer, with an rgb layer of its own. While the first
// block is faded in (Spec.Fade) that layer is there too, on the picture halved.
func pyramid(g *Graph, s Spec) *Value {
	rgb := func(x *Value, side int) *Value {
		return g.Conv(fmt.Sprintf("rgb.%d", side), x, pyramidWidth(s.N, side), 1, 1, 0, true)
	}
	norm := func(v *Value) *Value {
		if s.SpectralNorm {
			return g.SpectralNorm(v)
		}
		return v
	}
	x := rgb(g.Input(), s.H)
	for side := s.H; side >= 8; side /= 2 {
		name := fmt.Sprintf("blocks.%d.", side)
		out := pyramidWidth(s.N, side/2)
		y := g.Swish(norm(g.Conv(name+"conv1", x, out, 3, 1, 1, true)))
		y = g.Swish(g.AvgPool(norm(g.Conv(name+"conv2", y, out, 3, 1, 1, true)), 2))
		skip := g.Conv(name+"shortcut", g.AvgPool(x, 2), out, 1, 1, 0, true)
		x = g.Sum(y, math.Sqrt2/2, skip, math.Sqrt2/2)
		if side == s.H && s.Fade > 0 {
			x = g.Blend(rgb(g.AvgPool(g.Input(), 2), side/2), x, s.Fade)
		}
	}
	x = g.Swish(norm(g.Conv("head.0", x, 4*s.N, 3, 1, 1, true)))
	x = g.Swish(norm(g.Conv("head.2", x, 4*s.N, 4, 1, 0, true)))
	x = g.Swish(g.Linear("fc.0", x, 16*s.N, true))
	return g.Linear("fc.2", x, 1, true)
}

// pyramidWidth is the channels at a side: 4n up to 16, then half of that at every
// doubling.
func pyramidWidth(n, side int) int { return max(1, 4*n*16/max(16, side)) }

// SetFade sets the weight, in (0, 1), of the block that is being faded in. No
// evaluator of the network may run meanwhile. It panics where the network was
// made without one (Spec.Fade).
func (n *Network) SetFade(weight float64) {
	if !(weight > 0 && weight < 1) || n.spec.Fade == 0 {
		panic(fmt.Sprintf("nn: SetFade(%v): the weight lies between 0 and 1, in a network that fades a block in", weight))
	}
	n.spec.Fade = weight
	for _, s := range n.program.steps {
		if w, ok := s.op.(*weightedSum); ok && w.fades {
			w.fade(weight)
		}
	}
}
