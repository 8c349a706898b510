package nn

import (
	"anila/asm/vec"
	"anila/tensor"
)

// machine runs a program on up to capacity images at a time, stage after stage,
// for one worker or a team of them. All memory is taken when it is made.
type machine struct {
	program  *program
	plan     *plan
	capacity int
	team     *tensor.Workers // nil for one worker
	workers  []*worker
	arena    []float32
	signBits []uint8
	reads    []valueReads // by gradient step

	// of this run
	bound  *buffers
	n      int // images
	stage  *stage
	blocks int  // of the stage
	back   bool // the way back
	task   func(worker, block int)
}

// worker is what a worker of a machine has for itself: memory for a block of
// images, and where the buffers of the block at hand lie.
type worker struct {
	*machine
	own      []float32 // activations and gradients that leave no block
	scratch  []float32
	sum      []float32     // a gradient that is to be added to another
	value    [][]float32   // by slot
	grad     [][]float32   // by slot
	signs    [][]uint8     // by slot, nil where the plan keeps none
	slope    [][]float32   // by slot, nil without a swish
	in       [][][]float32 // by step: its inputs
	read     [][][]float32 // by gradient step: the inputs it reads, nil for the others
	from, to int           // the images at hand
}

// newMachine returns a machine of a plan for a team, that of the plan or one with as many members.
func newMachine(p *program, pl *plan, capacity int, team *tensor.Workers) *machine {
	m := &machine{program: p, plan: pl, capacity: capacity, team: team}
	m.arena, m.signBits = aligned(pl.arena), make([]uint8, pl.signBytes*capacity)
	for _, q := range p.gradientSteps {
		m.reads = append(m.reads, p.steps[q.step].op.reads(q.k))
	}
	for i := range team.Count() {
		scratch := pl.scratch
		if i == 0 {
			scratch = max(scratch, pl.sharedScratch)
		}
		m.workers = append(m.workers, newWorker(m, i, scratch))
	}
	m.task = m.runBlock
	return m
}

func newWorker(m *machine, number, scratch int) *worker {
	p, pl := m.program, m.plan
	w := &worker{
		machine: m,
		value:   make([][]float32, len(p.slots)),
		grad:    make([][]float32, len(p.slots)),
		signs:   make([][]uint8, len(p.slots)),
		slope:   make([][]float32, len(p.slots)),
	}
	memory := m.team.Memory(number, pl.owned+roundUp(scratch)+pl.sum)
	w.own, memory = memory[:pl.owned], memory[pl.owned:]
	w.scratch, w.sum = memory[:scratch], memory[roundUp(scratch):]
	for _, s := range p.steps {
		w.in = append(w.in, make([][]float32, len(s.in)))
	}
	for _, q := range p.gradientSteps {
		w.read = append(w.read, make([][]float32, len(p.steps[q.step].in)))
	}
	return w
}

// buffers says where the caller's buffers of a run lie.
type buffers struct {
	x, dx []float32 // image and its gradient
	f, df []float32 // output and its seed
	kept  []float32 // the chunk's storage
	chunk int       // images of the chunk
	first int       // the first image of this run in the chunk
}

// bind takes the buffers of a run of n images.
func (m *machine) bind(n int, e *buffers) {
	m.bound, m.n = e, n
	for _, w := range m.workers {
		w.from, w.to = 0, 0
	}
}

// forward computes every value of the images bound.
func (m *machine) forward() {
	for i := range m.plan.stages {
		m.run(&m.plan.stages[i], false)
	}
}

// backward takes the seed back to every gradient that is wanted.
func (m *machine) backward() {
	for i := len(m.plan.stages) - 1; i >= 0; i-- {
		m.run(&m.plan.stages[i], true)
	}
}

// run takes all images through a stage.
func (m *machine) run(s *stage, back bool) {
	m.stage, m.back = s, back
	m.blocks = s.blocks(m.n, m.team.Share())
	if s.shared {
		m.runBlock(0, 0)
	} else {
		m.team.Run(m.blocks, m.task)
	}
}

// runBlock takes a block of the images through the stage.
func (m *machine) runBlock(number, block int) {
	w, s := m.workers[number], m.stage
	w.selectImages(tensor.Part(m.n, block, m.blocks))
	if m.back {
		w.backward(s)
	} else {
		w.forward(s)
	}
}

// selectImages points the slots at images [from, to) of the run.
func (w *worker) selectImages(from, to int) {
	if from == w.from && to == w.to {
		return
	}
	w.from, w.to = from, to
	p, e := w.program, w.bound
	for i := range p.slots {
		size := p.slots[i].size
		w.value[i] = w.locate(w.plan.value[i], size)
		w.grad[i] = w.locate(w.plan.grad[i], size)
		w.slope[i] = w.locate(w.plan.slope[i], size)
		if at := w.plan.signs[i]; at.kind == placeSigns {
			w.signs[i] = w.signBits[at.offset*w.capacity+from*signBytes(size):][:signBytes((to-from)*size)]
		}
	}
	dim := p.slots[0].size
	w.value[0] = e.x[from*dim : to*dim]
	w.grad[0] = nil
	if e.dx != nil {
		w.grad[0] = e.dx[from*dim : to*dim]
	}
	w.value[p.output], w.grad[p.output] = e.f[from:to], e.df[from:to]
	for i, s := range p.slots {
		w.grad[i] = w.grad[s.gradient]
	}
	for i, s := range p.steps {
		for k, in := range s.in {
			w.in[i][k] = w.value[in]
		}
	}
	for i, q := range p.gradientSteps {
		s := p.steps[q.step]
		for _, k := range w.reads[i].inputs {
			w.read[i][k] = w.value[s.in[k]]
		}
	}
}

// locate returns the memory of the images at hand in a place of so many floats an
// image.
func (w *worker) locate(at place, size int) []float32 {
	switch at.kind {
	case placeOwn:
		return w.own[at.offset:][:min(w.to-w.from, at.images)*size]
	case placeArena:
		return w.arena[at.offset+w.from*size : at.offset+w.to*size]
	case placeKept:
		start := at.offset*w.bound.chunk + (w.bound.first+w.from)*size
		return w.bound.kept[start : start+(w.to-w.from)*size]
	}
	return nil
}

// resources are what a worker's steps of a stage work with.
func (w *worker) resources(s *stage) resources {
	if s.shared {
		return resources{scratch: w.scratch, team: w.team}
	}
	return resources{scratch: w.scratch}
}

// forward takes the images at hand through the steps of a stage.
func (w *worker) forward(stage *stage) {
	n, with := w.to-w.from, w.resources(stage)
	for i := stage.from; i < stage.to; i++ {
		s := &w.program.steps[i]
		with.slope = w.slope[s.out]
		s.op.forward(w.value[s.out], w.in[i], n, with)
		if w.signs[s.out] != nil {
			vec.Signs(w.signs[s.out], w.value[s.out])
		}
	}
}

// backward takes them through the gradient steps of a stage.
func (w *worker) backward(stage *stage) {
	p, n, with := w.program, w.to-w.from, w.resources(stage)
	last := len(p.steps)
	for i := stage.gradientFrom; i < stage.gradientTo; i++ {
		q := &p.gradientSteps[i]
		s := &p.steps[q.step]
		if q.step != last {
			last = q.step
			w.mask(q.step)
		}
		in := s.in[q.k]
		if in == 0 && !w.plan.withInput {
			continue
		}
		with.slope, with.add = nil, nil
		if q.slope {
			with.slope = w.slope[in]
		}
		if q.from >= 0 {
			with.add = w.grad[q.from]
		}
		dx := w.grad[in]
		if q.add {
			dx = w.sum[:n*p.slots[in].size]
		}
		var y []float32
		if w.reads[i].output {
			y = w.value[s.out]
		}
		s.op.vjp(q.k, dx, w.grad[s.out], w.read[i], y, n, with)
		if q.add {
			vec.Add(w.grad[in], dx)
		}
	}
}

// mask multiplies the gradient of a step's output by the derivative of its activation,
// unless that is done.
func (w *worker) mask(step int) {
	out := w.program.steps[step].out
	leak, leaky, swish := w.program.mask(step)
	switch {
	case swish:
		vec.Mul(w.grad[out], w.grad[out], w.slope[out])
	case leaky && w.signs[out] != nil:
		vec.MaskSigns(w.grad[out], w.signs[out], leak)
	case leaky:
		vec.LeakyReLUGradient(w.grad[out], w.grad[out], w.value[out], leak)
	}
}

// aligned returns n zero floats that start on a 64-byte line.
func aligned(n int) []float32 { return tensor.NewArena(n).Alloc(n) }
