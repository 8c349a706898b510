package nn

import (
	"fmt"
	"testing"

	"anila/tensor"
)

// What the compiler fuses into convolutions is the same function: networks of which
// every sum and activation is fused, or kept apart from the convolutions around it by
// steps that change nothing, have the same values and gradients.
func TestFusion(t *testing.T) {
	for name, draw := range map[string]func(g *Graph, conv func(name string, x *Value, out int) *Value) *Value{
		"residual block": func(g *Graph, conv func(string, *Value, int) *Value) *Value {
			x := conv("a", g.Input(), 8)
			y := g.Swish(conv("b", x, 8))
			return g.Swish(g.Add(conv("c", y, 8), x))
		},
		"sum without activation, pooled": func(g *Graph, conv func(string, *Value, int) *Value) *Value {
			x := g.Swish(conv("a", g.Input(), 8))
			return g.MaxPool(g.Add(conv("b", x, 8), x), 2)
		},
		"shortcut, average pooling": func(g *Graph, conv func(string, *Value, int) *Value) *Value {
			x := g.Swish(conv("a", g.Input(), 8))
			return g.AvgPool(g.Swish(g.Add(conv("b", x, 4), conv("c", x, 4))), 2)
		},
		"average pooling before the activation": func(g *Graph, conv func(string, *Value, int) *Value) *Value {
			x := g.Swish(g.AvgPool(conv("a", g.Input(), 8), 2))
			return g.Add(g.AvgPool(conv("normalised", x, 4), 2), g.AvgPool(conv("c", x, 4), 2))
		},
		"two sums over one value": func(g *Graph, conv func(string, *Value, int) *Value) *Value {
			x := g.LeakyReLU(conv("a", g.Input(), 4), 0.1)
			y := g.Add(conv("b", x, 4), x)
			return g.LeakyReLU(g.Add(conv("c", y, 4), x), 0.1)
		},
		"the image added": func(g *Graph, conv func(string, *Value, int) *Value) *Value {
			return g.Swish(g.Add(g.Input(), conv("a", g.Swish(conv("b", g.Input(), 5)), 3)))
		},
		"a sum that others read": func(g *Graph, conv func(string, *Value, int) *Value) *Value {
			x := conv("a", g.Input(), 4)
			y := g.Swish(conv("b", x, 4))
			return g.Mul(g.Add(y, x), g.Swish(g.Add(g.Swish(x), conv("c", y, 4))))
		},
		"swish of a swish": func(g *Graph, conv func(string, *Value, int) *Value) *Value {
			x := g.Swish(g.Swish(conv("a", g.Input(), 4)))
			return g.Add(x, conv("b", g.AvgPool(g.Swish(conv("c", g.MaxPool(x, 1), 4)), 1), 4))
		},
		"a value added to itself": func(g *Graph, conv func(string, *Value, int) *Value) *Value {
			x := conv("a", g.Input(), 4)
			return g.Swish(g.Add(conv("b", x, 4), g.Add(x, x)))
		},
	} {
		network := func(apart bool) *Network {
			g := NewGraph(6, 7, 3)
			x := draw(g, func(name string, x *Value, out int) *Value {
				if apart {
					x = g.Scale(x, 1)
				}
				v := g.Conv(name, x, out, 3, 1, 1, true)
				if name == "normalised" {
					g.SpectralNorm(v)
				}
				if apart {
					v = g.Scale(v, 1)
				}
				return v
			})
			n := NewNetwork(g, g.Linear("f", x, 1, true))
			fillGolden(n)
			return n
		}
		fused, apart := network(false), network(true)
		if len(fused.program.steps) >= len(apart.program.steps)-2*(len(apart.convs)-1) {
			t.Errorf("%s: nothing is fused: %d steps, %d apart", name, len(fused.program.steps), len(apart.program.steps))
		}
		const images = 5
		dim := fused.Dim()
		x := noise("fusion", images*dim)
		results := func(n *Network) (f, grad []float32) {
			f, grad = make([]float32, images), make([]float32, len(x))
			n.NewEvaluator(3).LogDensityAndGradient(f, grad, x)
			n.ZeroGrad(nil)
			workers := tensor.NewWorkers(2)
			defer workers.Close()
			n.NewGradient(workers, 4).Accumulate(make([]float32, images), x, func(i int, f float32) float32 { return float32(i) - 1.5 })
			return f, grad
		}
		f, grad := results(fused)
		wantF, wantGrad := results(apart)
		closeTo(t, name+": f", f, widen(wantF), 1e-6)
		closeTo(t, name+": ∇f", grad, widen(wantGrad), 1e-5)
		for i, p := range fused.params {
			closeTo(t, fmt.Sprintf("%s: ∂/∂ %s", name, p.Name), p.Grad, widen(apart.params[i].Grad), 1e-5)
		}
	}
}

func widen(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}
