package nn

import (
	"cmp"
	"fmt"
	"slices"

	"anila/tensor"
)

// defaultChunk is the number of images whose activations are kept at a time.
const defaultChunk = 64

// Gradient computes parameter gradients over workers. It goes through a batch in
// chunks. For each chunk the workers take blocks of images forward
// and backward, each on its own or, where the blocks would be small, all
// together or in two teams, keeping the inputs and output gradients of every convolution; then
// each weight gradient is split over its outputs and summed in the order of the
// images, those of several convolutions at a time. The bits are the same for any number
// of workers.
//
// Memory is proportional to the chunk: for vanilla with n = 32 about 0.5 MB an
// image.
type Gradient struct {
	network  *Network
	workers  *tensor.Workers
	plan     *plan
	chunk    int        // images, at most
	machines []*machine // by worker, or by team
	binds    []buffers  // by machine
	kept     []float32
	seeds    []float32
	convs    []keptConv
	layers   [][]int           // convs that a team takes one after the other
	teams    []*tensor.Workers // by layers
	scratch  [][]float32       // by layers

	// of the chunk that is running
	x, f  []float32
	first int // index of its first image in the batch
	block int // images that a machine takes
	n     int
	seed  func(i int, f float32) float32
	task  func(worker, task int)
	sum   func(worker, team int)
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
	pl, teams, capacity := n.program.gradientPlan(workers, chunk)
	g.plan = pl
	g.convs = n.program.keptConvs()
	g.layers, g.teams = layerTeams(g.convs, workers)
	most := int(pl.workerBytes(false) / 4)
	for i, team := range g.teams {
		scratch, memory := layerMemory(g.convs, g.layers[i], team)
		g.scratch = append(g.scratch, aligned(scratch))
		most = max(most, memory)
	}
	workers.Reserve(most)
	for _, team := range g.teams {
		team.Reserve(most)
	}
	for _, team := range teams {
		g.machines = append(g.machines, newMachine(n.program, g.plan, capacity, team))
	}
	g.binds = make([]buffers, len(teams))
	g.kept = aligned(g.plan.kept * chunk)
	g.seeds = make([]float32, chunk)
	g.task, g.sum = g.runBlock, g.weights
	return g
}

// keptConvs are the convolutions of a program.
func (p *program) keptConvs() (convs []keptConv) {
	for _, s := range p.steps {
		if c, ok := s.op.(*conv); ok {
			convs = append(convs, keptConv{c, s.in[0], s.out})
		}
	}
	return convs
}

// layersAtATime is how many convolutions are worked on at a time, at most.
const layersAtATime = 8

// layerTeams divides convolutions among teams, so that the workers who wait for the last
// task of one find tasks of another. Those with the same parameters are one team's, in
// order.
func layerTeams(convs []keptConv, workers *tensor.Workers) (layers [][]int, teams []*tensor.Workers) {
	sets, work := map[*Param]int{}, []int{}
	for i := len(convs) - 1; i >= 0; i-- {
		c := convs[i].conv
		s, ok := sets[c.weight]
		if !ok {
			s, work = len(work), append(work, 0)
			sets[c.weight] = s
		}
		work[s] += c.macs()
	}
	teamOf, teams := divide(work, workers)
	layers = make([][]int, len(teams))
	for i := len(convs) - 1; i >= 0; i-- {
		team := teamOf[sets[convs[i].conv.weight]]
		layers[team] = append(layers[team], i)
	}
	return layers, teams
}

// layerMemory is the scratch that a team takes for its weight gradients, and the memory
// of each worker.
func layerMemory(convs []keptConv, layers []int, team *tensor.Workers) (scratch, memory int) {
	for _, i := range layers {
		plan := convs[i].conv.plan
		scratch, memory = max(scratch, plan.WeightScratch(team)), max(memory, plan.WeightMemory())
	}
	return scratch, memory
}

// divide divides work of these sizes among teams, the largest first and each to the team
// that has least. One team is the workers themselves.
func divide(work []int, workers *tensor.Workers) (teamOf []int, teams []*tensor.Workers) {
	count := min(workers.Count(), layersAtATime, len(work))
	order, load := make([]int, len(work)), make([]int, max(1, count))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return work[b] - work[a] })
	teamOf = make([]int, len(work))
	for _, i := range order {
		for t := range load {
			if load[t] < load[teamOf[i]] {
				teamOf[i] = t
			}
		}
		load[teamOf[i]] += work[i]
	}
	if len(load) == 1 {
		return teamOf, []*tensor.Workers{workers}
	}
	return teamOf, workers.Teams(count)
}

// twoTeams is the number of workers from which a chunk that one team would go through in two blocks is better taken by two
// teams: what one has no task for helps the other.
const twoTeams = 8

// gradientPlan plans the machines of a Gradient and the images that a machine takes: one for each worker, whose team is nil,
// or, where it would take few images, one for all, or two whose workers help each other where that one would go twice.
func (p *program) gradientPlan(workers *tensor.Workers, chunk int) (pl *plan, teams []*tensor.Workers, capacity int) {
	teams = make([]*tensor.Workers, workers.Count())
	most := p.blockSize()
	if chunk < len(teams)*p.teamBlock() {
		teams = []*tensor.Workers{workers}
		if chunk > most && workers.Count() >= twoTeams {
			teams = workers.Teams(2)
		}
	}
	capacity = min((chunk+len(teams)-1)/len(teams), most)
	return newPlan(p, capacity, false, true, teams[0]), teams, capacity
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
		if len(g.machines) == 1 {
			blocks = nil // one after the other, each by the team
		}
		blocks.Run((g.n+g.block-1)/g.block, g.task)
		g.workers.Run(len(g.teams), g.sum)
	}
	for _, c := range g.convs {
		if c.conv.norm != nil {
			c.conv.norm.addGradient(c.conv.weight.Grad)
		}
	}
	g.seed, g.x, g.f = nil, nil, nil
}

// runBlock takes block number task of the chunk forward and backward.
func (g *Gradient) runBlock(worker, task int) {
	machine := worker
	if g.plan.team != nil {
		machine = task % len(g.machines)
	}
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

// weights adds the chunk's weight gradients of the convolutions of a team, one after the
// other.
func (g *Gradient) weights(_, team int) {
	for _, i := range g.layers[team] {
		c := g.convs[i]
		c.conv.weightGradient(g.stored(g.plan.value[c.in], c.in), g.stored(g.plan.grad[c.out], c.out), g.n,
			resources{scratch: g.scratch[team], team: g.teams[team]})
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
