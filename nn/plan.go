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
	slope         []place // by slot: the derivative of a swish
	signs         []place // by slot: which values are positive, where no more is kept
	arena         int     // floats for the transient buffers of a run
	owned         int     // and, for each worker, for those of a block of a group
	signBytes     int     // bytes per image of the signs
	kept          int     // floats per image of what is kept
	scratch       int     // floats of a worker's scratch
	sharedScratch int     // floats of scratch for convolutions that a team shares
	sum           int     // floats of the buffer for gradients to be added
	withInput     bool    // the gradient of the image is wanted
	team          *tensor.Workers
	groups        []group
	stages        []stage
}

// A place is where a buffer lies.
type place struct {
	kind   placeKind
	offset int
	images int // that there is room for, of placeOwn
}

type placeKind uint8

const (
	placeUnknown placeKind = iota
	placeCaller            // given by the caller: the image, f and their gradients
	placeArena             // in the machine's arena, at a fixed offset
	placeOwn               // in a worker's own memory, for one block of a group
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
	slopes        []lifetime
}

// newPlan places the buffers of p for runs of up to capacity images by a team, nil
// for one worker.
func newPlan(p *program, capacity int, withInput, withWeights bool, team *tensor.Workers) *plan {
	pl := &plan{
		value:     make([]place, len(p.slots)),
		grad:      make([]place, len(p.slots)),
		slope:     make([]place, len(p.slots)),
		signs:     make([]place, len(p.slots)),
		withInput: withInput,
		team:      team,
	}
	for _, g := range p.groups {
		if g.images < capacity || team.Count() > 1 {
			pl.groups = append(pl.groups, g)
		}
	}
	pl.stages = p.stages(pl.groups, capacity, team)
	b := &planner{plan: pl, program: p, capacity: capacity}
	b.bind(withWeights)
	b.measure()
	b.follow()
	b.assign()
	return pl
}

// measure sizes the buffers, and scratch.
func (b *planner) measure() {
	b.values = make([]lifetime, len(b.program.slots))
	b.grads = make([]lifetime, len(b.program.slots))
	b.slopes = make([]lifetime, len(b.program.slots))
	for i, s := range b.program.slots {
		size := roundUp(s.size * b.capacity)
		b.values[i] = lifetime{size: size, at: &b.value[i]}
		b.grads[i] = lifetime{from: 2 * len(b.program.steps), size: size, at: &b.grad[i]}
		b.slopes[i] = lifetime{size: size, at: &b.slope[i]}
	}
	for _, s := range b.stages {
		for i := s.from; i < s.to; i++ {
			op := b.program.steps[i].op
			if s.shared {
				b.sharedScratch = max(b.sharedScratch, op.scratch(b.capacity, b.team))
			} else {
				b.scratch = max(b.scratch, op.scratch(min(s.images, b.capacity), nil))
			}
		}
	}
}

// own gives a buffer of a slot inside a group its place in a worker's own memory,
// unless it is kept.
func (b *planner) own(l *lifetime, slot int, g *group) {
	if l.at.kind == placeUnknown {
		l.at.kind, l.at.images = placeOwn, min(g.images, b.capacity)
		l.size = roundUp(b.program.slots[slot].size * l.at.images)
	}
}

// stageOf is the stage of a step.
func (pl *plan) stageOf(step int) *stage {
	for i := range pl.stages {
		if step < pl.stages[i].to {
			return &pl.stages[i]
		}
	}
	panic("nn: a step in no stage")
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
		b.readGradient(s.out, b.backward(i))
		b.slopes[s.out].from, b.slopes[s.out].to = i, b.backward(i)
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
			b.sum = max(b.sum, roundUp(p.slots[in].size*min(b.capacity, b.stageOf(q.step).images)))
		}
		if q.from >= 0 {
			b.readGradient(q.from, time)
		}
		b.grads[in].from = min(b.grads[in].from, time)
	}
	b.useOwn()
}

// readGradient lets the gradient of a slot live until then.
func (b *planner) readGradient(slot, time int) {
	l := &b.grads[b.program.slots[slot].gradient]
	l.to = max(l.to, time)
}

// useOwn gives what lives inside a group its place.
func (b *planner) useOwn() {
	p := b.program
	for slot := range p.slots {
		l := &b.grads[slot]
		if g := p.inside(b.groups, slot); g != nil && p.slots[slot].gradient == slot && l.from >= b.backward(g.to-1) && l.to <= b.backward(g.from) {
			b.own(l, slot, g)
		}
	}
	for i, s := range p.steps {
		_, masked, _ := p.mask(i)
		v := &b.values[s.out]
		g := p.inside(b.groups, s.out)
		switch {
		case g != nil && v.to < g.to && v.at.kind == placeUnknown:
			b.own(v, s.out, g)
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
			b.keep(&b.grad[p.slots[s.out].gradient], p.slots[s.out].size)
		}
	}
}

func (pl *plan) keep(at *place, size int) {
	if at.kind == placeUnknown {
		*at = place{kind: placeKept, offset: pl.kept}
		pl.kept += size
	}
}

// assign gives all other buffers their places in the arena, and those of groups in
// a worker's own memory.
func (b *planner) assign() {
	steps := len(b.program.steps)
	for i := range b.stages {
		if st := &b.stages[i]; !st.shared && (st.images < b.capacity || b.team.Count() > 1) {
			for slot := range b.program.slots {
				for _, l := range [...]*lifetime{&b.values[slot], &b.grads[slot], &b.slopes[slot]} {
					if l.at.kind != placeOwn {
						st.widen(l, steps)
					}
				}
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
		if i != 0 && b.program.slots[i].gradient == i {
			add(b.grads[i])
		}
		if b.program.slots[i].swish {
			add(b.slopes[i])
		}
	}
	b.arena, b.owned = assign(arena), assign(owned)
	for i, s := range b.program.slots {
		b.grad[i] = b.grad[s.gradient]
	}
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
