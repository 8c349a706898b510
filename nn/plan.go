package nn

import (
	"sort"

	"anila/tensor"
)

// A plan gives every buffer of a program its place. Time runs 0 … S−1 through
// the forward steps and S … 2S−1 through the backward ones (step i runs backward
// at 2S−1−i). Two buffers share memory only if their lifetimes do not meet.
//
// A plan with weights keeps, beside that, what weight gradients read after the
// whole chunk has gone forward and backward: inputs and output gradients of the
// convolutions. These get places of their own, counted per image.
type plan struct {
	value, grad   []place // by slot
	signs         []place // by slot: which values are positive, where no more is kept
	arena         int     // floats for the transient buffers of a run
	own           int     // and, for each worker, for those of a block of the group
	signBytes     int     // bytes per image of the signs
	kept          int     // floats per image of what is kept
	scratch       int     // floats of a worker's scratch
	sharedScratch int     // floats of scratch for convolutions that a team shares
	sum           int     // floats of the buffer for gradients to be added
	withInput     bool    // the gradient of the image is wanted
	team          *tensor.Workers
	group         group
	stages        []stage
}

// A place is where a buffer lies.
type place struct {
	kind   placeKind
	offset int
}

type placeKind uint8

const (
	placeUnknown placeKind = iota
	placeCaller            // given by the caller: the image, f and their gradients
	placeArena             // in the machine's arena, at a fixed offset
	placeOwn               // in a worker's own memory, for one block of the group
	placeKept              // in the chunk's storage, offset × images of the chunk
	placeSigns             // in the machine's signs, offset × its capacity
)

// lifetime is one buffer to be placed in the arena.
type lifetime struct {
	from, to, size int
	at             *place
}

// planner is a plan that is being made.
type planner struct {
	*plan
	program       *program
	capacity      int
	values, grads []lifetime // by slot
}

// newPlan places the buffers of p for runs of up to capacity images by a team, nil
// for one worker.
func newPlan(p *program, capacity int, withInput, withWeights bool, team *tensor.Workers) *plan {
	pl := &plan{
		value:     make([]place, len(p.slots)),
		grad:      make([]place, len(p.slots)),
		signs:     make([]place, len(p.slots)),
		withInput: withInput,
		team:      team,
	}
	if withInput && !withWeights && (p.group.images < capacity || team.Count() > 1) {
		pl.group = p.group
	}
	pl.stages = p.stages(pl.group, capacity, team)
	b := &planner{plan: pl, program: p, capacity: capacity}
	b.measure()
	b.follow()
	b.bind(withWeights)
	b.assign()
	return pl
}

// measure sizes the buffers, those inside the group for its images, and scratch.
func (b *planner) measure() {
	b.values = make([]lifetime, len(b.program.slots))
	b.grads = make([]lifetime, len(b.program.slots))
	for i, s := range b.program.slots {
		size := roundUp(s.size * b.capacity)
		b.values[i] = lifetime{size: size, at: &b.value[i]}
		if b.group.inside(b.program, i) {
			b.grad[i].kind = placeOwn
			size = roundUp(s.size * b.group.images)
		}
		b.grads[i] = lifetime{from: 2 * len(b.program.steps), size: size, at: &b.grad[i]}
	}
	for i, s := range b.program.steps {
		if b.team.Count() > 1 && b.program.shared(i) {
			b.sharedScratch = max(b.sharedScratch, s.op.scratch(b.capacity, b.team))
		} else {
			b.scratch = max(b.scratch, s.op.scratch(b.capacity, nil))
		}
	}
}

// backward is when step i runs backward.
func (b *planner) backward(i int) int { return 2*len(b.program.steps) - 1 - i }

// read lets a value live until then.
func (b *planner) read(slot, time int) { b.values[slot].to = max(b.values[slot].to, time) }

// follow lets every buffer live from where it is written to where it is read last.
// Where the backward pass wants no more than a value's signs, it keeps those.
func (b *planner) follow() {
	p := b.program
	for i, s := range p.steps {
		b.values[s.out].from = i
		b.read(s.out, i)
		for _, in := range s.in {
			b.read(in, i)
		}
		b.grads[s.out].to = b.backward(i)
	}
	for _, q := range p.gradientSteps {
		s := p.steps[q.step]
		in, time := s.in[q.k], b.backward(q.step)
		if in == 0 && !b.withInput {
			continue
		}
		r := s.op.reads(q.k)
		for _, k := range r.inputs {
			b.read(s.in[k], time)
		}
		if r.output {
			b.read(s.out, time)
		}
		if q.add {
			b.sum = max(b.sum, roundUp(p.slots[in].size*b.capacity))
		}
		b.grads[in].from = min(b.grads[in].from, time)
	}
	for i, s := range p.steps {
		_, masked := p.mask(i)
		v := &b.values[s.out]
		switch {
		case b.group.inside(p, s.out) && v.to < b.group.steps:
			v.at.kind, v.size = placeOwn, b.grads[s.out].size
			if masked {
				b.signs[s.out] = place{kind: placeSigns, offset: b.signBytes}
				b.signBytes += signBytes(p.slots[s.out].size)
			}
		case masked:
			b.read(s.out, b.backward(i))
		}
	}
}

// bind gives the caller's buffers their places, and those that weight gradients read.
func (b *planner) bind(withWeights bool) {
	p := b.program
	b.value[0].kind, b.value[p.output].kind = placeCaller, placeCaller
	b.grad[p.output].kind = placeCaller
	if b.withInput {
		b.grad[0].kind = placeCaller
	}
	if !withWeights {
		return
	}
	for _, s := range p.steps {
		if _, ok := s.op.(*conv); ok {
			b.keep(&b.value[s.in[0]], p.slots[s.in[0]].size)
			b.keep(&b.grad[s.out], p.slots[s.out].size)
		}
	}
}

func (pl *plan) keep(at *place, size int) {
	if at.kind == placeUnknown {
		*at = place{kind: placeKept, offset: pl.kept}
		pl.kept += size
	}
}

// assign gives all other buffers their places in the arena, and those of the group in
// a worker's own memory.
func (b *planner) assign() {
	steps := len(b.program.steps)
	for i := range b.stages {
		if st := &b.stages[i]; !st.shared && (st.images < b.capacity || b.team.Count() > 1) {
			for slot := range b.program.slots {
				st.widen(&b.values[slot], steps)
				st.widen(&b.grads[slot], steps)
			}
		}
	}
	var arena, owned []lifetime
	add := func(l lifetime) {
		switch l.at.kind {
		case placeUnknown:
			l.at.kind = placeArena
			arena = append(arena, l)
		case placeOwn:
			owned = append(owned, l)
		}
	}
	for i := range b.program.slots {
		add(b.values[i])
		if i != 0 {
			add(b.grads[i])
		}
	}
	b.arena, b.own = assign(arena), assign(owned)
}

// signBytes is the bytes that the signs of one image's floats take. Images of a
// block share bytes where the floats of one fill no whole number of them.
func signBytes(floats int) int { return (floats + 7) / 8 }

// roundUp rounds floats up to a whole number of 64-byte lines.
func roundUp(n int) int { return (n + 15) &^ 15 }

// assign gives every buffer an offset, large ones first, each in the lowest gap
// between the buffers that live at the same time. It returns the floats used.
func assign(buffers []lifetime) int {
	sort.SliceStable(buffers, func(i, j int) bool { return buffers[i].size > buffers[j].size })
	total := 0
	for i, b := range buffers {
		var placed []lifetime
		for _, o := range buffers[:i] {
			if o.from <= b.to && b.from <= o.to {
				placed = append(placed, o)
			}
		}
		sort.Slice(placed, func(i, j int) bool { return placed[i].at.offset < placed[j].at.offset })
		offset := 0
		for _, o := range placed {
			if offset+b.size <= o.at.offset {
				break
			}
			offset = max(offset, o.at.offset+o.size)
		}
		b.at.offset = offset
		total = max(total, offset+b.size)
	}
	return total
}
