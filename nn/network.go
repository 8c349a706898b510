package nn

import (
	"errors"
	"slices"
	"strings"

	"anila/tensor"
)

// Network is a compiled graph with its parameters. It may be shared by any
// number of evaluators as long as its parameters stand still.
type Network struct {
	spec    Spec // zero for a user's own graph
	h, w, c int
	program *program
	params  []*Param
	convs   []*conv
	packing *packing // of the last Pack
	macs    int
}

// NewNetwork compiles the graph up to output, which must be one number for each
// image. Parameters that output does not depend on are left out. All parameters
// are zero: call Init, or load weights and call Pack.
func NewNetwork(g *Graph, output *Value) *Network {
	if output == nil || output.graph != g || output.op == nil || output.Len() != 1 {
		panic("nn: NewNetwork: the output must be an op's value in this graph with one float for each image")
	}
	n := &Network{h: g.values[0].h, w: g.values[0].w, c: g.values[0].c, program: compile(g, output)}
	for _, s := range n.program.steps {
		switch o := s.op.(type) {
		case *conv:
			o.allocate()
			n.convs = append(n.convs, o)
			n.macs += o.macs()
		case *matMul:
			n.macs += o.macs()
		}
	}
	n.params = n.program.params(g)
	total := count(n.params)
	data, grad := aligned(total), aligned(total)
	for _, p := range n.params {
		if p.Data != nil {
			panic("nn: NewNetwork: parameter " + p.Name + " belongs to another network; draw a graph for each")
		}
		k := p.Len()
		p.Data, data = data[:k:k], data[k:]
		p.Grad, grad = grad[:k:k], grad[k:]
	}
	return n
}

// params are the graph's parameters that the program reads.
func (p *program) params(g *Graph) (params []*Param) {
	used := map[*Param]bool{}
	for _, s := range p.steps {
		if c, ok := s.op.(*conv); ok {
			used[c.weight] = true
			if c.bias != nil {
				used[c.bias] = true
			}
		}
	}
	for _, p := range g.params {
		if used[p] {
			params = append(params, p)
		}
	}
	return params
}

// Spec returns what New was called with, completed; it is zero for a network from
// a user's own graph.
func (n *Network) Spec() Spec { return n.spec }

// Shape returns height, width and channels of the images.
func (n *Network) Shape() (h, w, c int) { return n.h, n.w, n.c }

// Dim returns the number of floats of an image.
func (n *Network) Dim() int { return n.h * n.w * n.c }

// Params returns the parameters in the order of their first use, weights before
// biases. After changing Data call Pack.
func (n *Network) Params() []*Param { return n.params }

// ParamCount returns the number of trained floats.
func (n *Network) ParamCount() int {
	total := 0
	for _, p := range n.params {
		total += len(p.Data)
	}
	return total
}

// MACs returns the multiply-adds of f for one image, those on padding included.
func (n *Network) MACs() int { return n.macs }

// Layer is a convolution or linear layer of a network.
type Layer struct {
	Name string           // of its parameters, without ".weight"
	Plan *tensor.ConvPlan // how it is computed
}

// Layers returns the convolutions and linear layers in the order of the forward
// pass.
func (n *Network) Layers() []Layer {
	var layers []Layer
	for _, c := range n.convs {
		layers = append(layers, Layer{strings.TrimSuffix(c.weight.Name, ".weight"), c.plan})
	}
	return layers
}

// Init draws the parameters from PyTorch's default distributions with the
// engine's own generator, and packs them.
func (n *Network) Init(seed uint64) {
	initParams(n.params, seed)
	n.Pack(nil)
}

// Negate turns f into −f, bit for bit, by the signs of the last layer's parameters,
// and packs them: for weights of programs that train an energy, low on data. The
// error says that f is not the output of a convolution or linear layer, or the sum
// of one over pixels.
func (n *Network) Negate() error {
	steps := n.program.steps
	last := steps[len(steps)-1]
	if _, ok := last.op.(*sumPixels); ok {
		if i := slices.IndexFunc(steps, func(s step) bool { return s.out == last.in[0] }); i >= 0 {
			last = steps[i]
		}
	}
	c, ok := last.op.(*conv)
	if !ok || c.leak != 1 || len(last.in) > 1 || n.program.slots[last.out].swish {
		return errors.New("nn: f is not the output of a layer with weights, of which the signs could be turned")
	}
	for _, p := range []*Param{c.weight, c.bias} {
		if p != nil {
			for i := range p.Data {
				p.Data[i] = -p.Data[i]
			}
		}
	}
	n.Pack(nil)
	return nil
}

// Pack prepares the parameters for the kernels, with the work spread over workers;
// nil is the calling goroutine alone. Call it after every change of Data; no
// evaluator of the network may run meanwhile.
func (n *Network) Pack(workers *tensor.Workers) {
	if n.packing == nil || n.packing.workers != workers {
		n.packing = newPacking(n.convs, workers)
	}
	workers.Run(len(n.packing.teams), n.packing.task)
}

// packing is how workers pack a network: each team some of its convolutions.
type packing struct {
	workers *tensor.Workers
	teams   []*tensor.Workers
	task    func(worker, team int)
}

func newPacking(convs []*conv, workers *tensor.Workers) *packing {
	sizes := make([]int, len(convs))
	for i, c := range convs {
		sizes[i] = c.plan.PackedSize()
	}
	teamOf, teams := divide(sizes, workers)
	return &packing{workers, teams, func(_, team int) {
		for i, c := range convs {
			if teamOf[i] == team {
				c.pack(teams[team])
			}
		}
	}}
}

// ZeroGrad sets the gradients of all parameters to zero, spread over workers; nil is the
// calling goroutine alone.
func (n *Network) ZeroGrad(workers *tensor.Workers) {
	pieces(n.params, workers, func(p, from, to int) { clear(n.params[p].Grad[from:to]) })
}
