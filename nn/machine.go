package nn

import (
	"anila/asm"
	"anila/tensor"
)

// machine runs a program for one worker on up to capacity images at a time. All
// memory is taken when it is made.
type machine struct {
	program  *program
	plan     *plan
	capacity int
	arena    []float32
	bits     []uint8
	scratch  []float32
	sum      []float32     // a gradient that is to be added to another
	value    [][]float32   // by slot, for the images of this run
	grad     [][]float32   // by slot
	signs    [][]uint8     // by slot, nil where the plan keeps none
	in       [][][]float32 // by step: its inputs
	read     [][][]float32 // by pull: the inputs it reads, nil for the others
	reads    []reads       // by pull
	bound    *buffers      // of this run
	pulls    int           // how many of the pulls come before those of the group
	ahead    func(n int)   // the group's steps forward
	back     func(n int)   // and backward
}

func newMachine(p *program, pl *plan, capacity int) *machine {
	m := &machine{
		program:  p,
		plan:     pl,
		capacity: capacity,
		value:    make([][]float32, len(p.slots)),
		grad:     make([][]float32, len(p.slots)),
		signs:    make([][]uint8, len(p.slots)),
		bits:     make([]uint8, pl.signBytes*capacity),
	}
	memory := aligned(pl.arena + roundUp(pl.scratch) + pl.sum)
	m.arena, memory = memory[:pl.arena], memory[pl.arena:]
	m.scratch, m.sum = memory[:pl.scratch], memory[roundUp(pl.scratch):]
	for _, s := range p.steps {
		m.in = append(m.in, make([][]float32, len(s.in)))
	}
	m.ahead = func(n int) { m.steps(0, pl.group.steps, n) }
	m.back = func(n int) { m.pull(m.pulls, len(p.pulls), n) }
	for _, q := range p.pulls {
		s := p.steps[q.step]
		if q.step >= pl.group.steps {
			m.pulls++
		}
		m.read = append(m.read, make([][]float32, len(s.in)))
		m.reads = append(m.reads, s.op.reads(q.k))
	}
	return m
}

// buffers says where the caller's buffers of a run lie.
type buffers struct {
	x, dx []float32 // image and its gradient
	f, df []float32 // output and its seed
	kept  []float32 // the chunk's storage
	chunk int       // images of the chunk
	first int       // the first image of this run in the chunk
}

// bind points the slots at the memory of a run of n images.
func (m *machine) bind(n int, e *buffers) {
	m.bound = e
	m.window(0, n)
}

// window points the slots at images [from, to) of the run.
func (m *machine) window(from, to int) {
	p, e := m.program, m.bound
	for i := range p.slots {
		m.value[i] = m.locate(m.plan.value[i], p.slots[i].size, from, to)
		m.grad[i] = m.locate(m.plan.grad[i], p.slots[i].size, from, to)
		if at := m.plan.signs[i]; at.kind == bits {
			size := p.slots[i].size
			m.signs[i] = m.bits[at.offset*m.capacity+from*signBytes(size):][:signBytes((to-from)*size)]
		}
	}
	dim := p.slots[0].size
	m.value[0] = e.x[from*dim : to*dim]
	m.grad[0] = nil
	if e.dx != nil {
		m.grad[0] = e.dx[from*dim : to*dim]
	}
	m.value[p.output], m.grad[p.output] = e.f[from:to], e.df[from:to]
	for i, s := range m.program.steps {
		for k, in := range s.in {
			m.in[i][k] = m.value[in]
		}
	}
	for i, q := range m.program.pulls {
		s := m.program.steps[q.step]
		for _, k := range m.reads[i].inputs {
			m.read[i][k] = m.value[s.in[k]]
		}
	}
}

func (m *machine) locate(at place, size, from, to int) []float32 {
	switch at.kind {
	case local:
		if at.block {
			return m.arena[at.offset : at.offset+min(to-from, m.plan.group.images)*size]
		}
		return m.arena[at.offset+from*size : at.offset+to*size]
	case kept:
		start := at.offset*m.bound.chunk + (m.bound.first+from)*size
		return m.bound.kept[start : start+(to-from)*size]
	}
	return nil
}

// forward computes every value of the n images bound.
func (m *machine) forward(n int) {
	if m.plan.group.steps > 0 {
		m.eachBlock(n, m.ahead)
	}
	m.steps(m.plan.group.steps, len(m.program.steps), n)
}

func (m *machine) steps(from, to, n int) {
	for i := from; i < to; i++ {
		s := &m.program.steps[i]
		s.op.forward(m.value[s.out], m.in[i], n, m.scratch)
		if m.signs[s.out] != nil {
			asm.Signs(m.signs[s.out], m.value[s.out])
		}
	}
}

// backward pulls the seed back to every gradient that is wanted.
func (m *machine) backward(n int) {
	m.pull(0, m.pulls, n)
	if m.plan.group.steps > 0 {
		m.eachBlock(n, m.back)
	}
}

// pull runs pulls [from, to).
func (m *machine) pull(from, to, n int) {
	p := m.program
	last := len(p.steps)
	for i := from; i < to; i++ {
		q := &p.pulls[i]
		s := &p.steps[q.step]
		if q.step != last {
			last = q.step
			if leak, ok := p.mask(q.step); ok {
				if bits := m.signs[s.out]; bits != nil {
					asm.MaskSigns(m.grad[s.out], bits, leak)
				} else {
					asm.LeakyReLUGrad(m.grad[s.out], m.grad[s.out], m.value[s.out], leak)
				}
			}
		}
		in := s.in[q.k]
		if in == 0 && !m.plan.withInput {
			continue
		}
		var y []float32
		if m.reads[i].output {
			y = m.value[s.out]
		}
		if !q.add {
			s.op.vjp(q.k, m.grad[in], m.grad[s.out], m.read[i], y, n, m.scratch)
			continue
		}
		sum := m.sum[:n*p.slots[in].size]
		s.op.vjp(q.k, sum, m.grad[s.out], m.read[i], y, n, m.scratch)
		asm.Add(m.grad[in], sum)
	}
}

// aligned returns n zero floats that start on a 64-byte line.
func aligned(n int) []float32 { return tensor.NewArena(n).Alloc(n) }
