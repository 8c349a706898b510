package nn

import (
	"cmp"
	"fmt"

	"anila/tensor"
)

// defaultChunk is the number of images whose activations are kept at a time.
const defaultChunk = 64

// Gradient computes parameter gradients over workers. It goes through a batch in
// chunks. For each chunk the workers take blocks of images forward
// and backward, each on its own or, where the blocks would be small, all
// together, keeping the inputs and output gradients of every convolution; then
// each weight gradient is split over its outputs and summed in the order of the
// images. The bits are the same for any number of workers.
//
// Memory is proportional to the chunk: for vanilla with n = 32 about 0.5 MB an
// image.
type Gradient struct {
	network  *Network
	workers  *tensor.Workers
	plan     *plan
	chunk    int        // images, at most
	machines []*machine // by worker, or one for all
	binds    []buffers  // by machine
	kept     []float32
	seeds    []float32
	scratch  []float32
	convs    []keptConv

	// of the chunk that is running
	x, f  []float32
	first int // index of its first image in the batch
	block int // images that a machine takes
	n     int
	seed  func(i int, f float32) float32
	task  func(worker, task int)
}

// keptConv is a convolution and the slots of its input and output.
type keptConv struct {
	conv    *conv
	in, out int
}

// NewGradient returns a gradient that uses all of the workers and keeps
// chunk images at a time (64 if chunk is 0). The chunk is part of the order of
// summation: other chunks, other last bits.
func (n *Network) NewGradient(workers *tensor.Workers, chunk int) *Gradient {
	chunk = cmp.Or(chunk, defaultChunk)
	if chunk < 0 {
		panic(fmt.Sprintf("nn: NewGradient: chunk of %d", chunk))
	}
	g := &Gradient{network: n, workers: workers, chunk: chunk}
	pl, machines, capacity := n.program.gradientPlan(workers, chunk)
	g.plan = pl
	for range machines {
		g.machines = append(g.machines, newMachine(n.program, g.plan, capacity))
	}
	g.binds = make([]buffers, machines)
	g.kept = aligned(g.plan.kept * chunk)
	g.seeds = make([]float32, chunk)
	scratch := 0
	for _, s := range n.program.steps {
		if c, ok := s.op.(*conv); ok {
			g.convs = append(g.convs, keptConv{c, s.in[0], s.out})
			scratch = max(scratch, c.plan.WeightScratch(workers))
		}
	}
	g.scratch = aligned(scratch)
	g.task = g.runBlock
	return g
}

// gradientPlan plans the machines of a Gradient: one for each worker, or one for
// all, and the images that a machine takes.
func (p *program) gradientPlan(workers *tensor.Workers, chunk int) (pl *plan, machines, capacity int) {
	machines, team := workers.Count(), (*tensor.Workers)(nil)
	if chunk < machines*p.teamBlock() {
		machines, team = 1, workers
	}
	capacity = min((chunk+machines-1)/machines, p.blockSize())
	return newPlan(p, capacity, false, true, team), machines, capacity
}

// Accumulate takes a batch forward and backward: it writes f [n] of the images x
// [n, H, W, C] and adds Σᵢ seed(i, fᵢ)·∂fᵢ/∂θ to the parameters' Grad. seed is
// called once for each image, from several goroutines.
func (g *Gradient) Accumulate(f, x []float32, seed func(i int, f float32) float32) {
	dim := g.network.Dim()
	if len(x) != len(f)*dim {
		panic(fmt.Sprintf("nn: Accumulate: %d floats of images for %d values of f; an image has %d", len(x), len(f), dim))
	}
	g.seed = seed
	chunks := (len(f) + g.chunk - 1) / g.chunk
	for i := range chunks { // of nearly the same size
		first, last := i*len(f)/chunks, (i+1)*len(f)/chunks
		g.first, g.n = first, last-first
		g.x, g.f = x[first*dim:last*dim], f[first:last]
		g.block = min((g.n+len(g.machines)-1)/len(g.machines), g.machines[0].capacity)
		blocks := g.workers
		if g.plan.team != nil {
			blocks = nil // one after the other, each by the team
		}
		blocks.Run((g.n+g.block-1)/g.block, g.task)
		g.weights()
	}
	for _, c := range g.convs {
		if c.conv.norm != nil {
			c.conv.norm.addGradient(c.conv.weight.Grad)
		}
	}
	g.seed, g.x, g.f = nil, nil, nil
}

// runBlock takes block number task of the chunk forward and backward.
func (g *Gradient) runBlock(machine, task int) {
	first := task * g.block
	last := min(first+g.block, g.n)
	dim := g.network.Dim()
	e, m := &g.binds[machine], g.machines[machine]
	*e = buffers{
		x:     g.x[first*dim : last*dim],
		f:     g.f[first:last],
		df:    g.seeds[first:last],
		kept:  g.kept,
		chunk: g.chunk,
		first: first,
	}
	m.bind(last-first, e)
	m.forward()
	for i := range e.df {
		e.df[i] = g.seed(g.first+first+i, e.f[i])
	}
	m.backward()
}

// weights adds the chunk's weight gradients, one convolution after the other.
func (g *Gradient) weights() {
	for i := len(g.convs) - 1; i >= 0; i-- {
		c := g.convs[i]
		c.conv.weightGradient(g.stored(g.plan.value[c.in], c.in), g.stored(g.plan.grad[c.out], c.out), g.n, resources{scratch: g.scratch, team: g.workers})
	}
}

// stored returns what the chunk keeps at a place.
func (g *Gradient) stored(at place, slot int) []float32 {
	if at.kind == placeCaller {
		if slot == 0 {
			return g.x
		}
		return g.seeds[:g.n]
	}
	size := g.network.program.slots[slot].size
	return g.kept[at.offset*g.chunk : at.offset*g.chunk+g.n*size]
}
