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
	absent   placeKind = iota
	external           // given by the caller: the image, f and their gradients
	local              // in the machine's arena, at a fixed offset
	own                // in a worker's own memory, for one block of the group
	kept               // in the chunk's storage, offset × images of the chunk
	bits               // in the machine's signs, offset × its capacity
)

// lifetime is one buffer to be placed in the arena.
type lifetime struct {
	from, to, size int
	at             *place
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
	steps := len(p.steps)
	backward := func(i int) int { return 2*steps - 1 - i }
	values := make([]lifetime, len(p.slots))
	grads := make([]lifetime, len(p.slots))
	for i := range p.slots {
		size := roundUp(p.slots[i].size * capacity)
		values[i] = lifetime{size: size, at: &pl.value[i]}
		if pl.group.inside(p, i) {
			pl.grad[i].kind = own
			size = roundUp(p.slots[i].size * pl.group.images)
		}
		grads[i] = lifetime{from: 2 * steps, size: size, at: &pl.grad[i]}
	}
	for i, s := range p.steps {
		values[s.out].from, values[s.out].to = i, i
		for _, in := range s.in {
			values[in].to = max(values[in].to, i)
		}
	}
	read := func(slot, time int) { values[slot].to = max(values[slot].to, time) }
	for i, s := range p.steps {
		if team.Count() > 1 && p.shared(i) {
			pl.sharedScratch = max(pl.sharedScratch, s.op.scratch(capacity, team))
		} else {
			pl.scratch = max(pl.scratch, s.op.scratch(capacity, nil))
		}
		grads[s.out].to = max(grads[s.out].to, backward(i))
	}
	for _, q := range p.pulls {
		s := p.steps[q.step]
		in := s.in[q.k]
		if in == 0 && !withInput {
			continue
		}
		r := s.op.reads(q.k)
		for _, k := range r.inputs {
			read(s.in[k], backward(q.step))
		}
		if r.output {
			read(s.out, backward(q.step))
		}
		if q.add {
			pl.sum = max(pl.sum, roundUp(p.slots[in].size*capacity))
		}
		grads[in].from = min(grads[in].from, backward(q.step))
	}
	for i, s := range p.steps {
		_, masked := p.mask(i)
		v := &values[s.out]
		switch {
		case pl.group.inside(p, s.out) && v.to < pl.group.steps:
			v.at.kind, v.size = own, grads[s.out].size
			if masked {
				pl.signs[s.out] = place{kind: bits, offset: pl.signBytes}
				pl.signBytes += signBytes(p.slots[s.out].size)
			}
		case masked:
			read(s.out, backward(i))
		}
	}
	pl.value[0].kind, pl.value[p.output].kind = external, external
	pl.grad[p.output].kind = external
	if withInput {
		pl.grad[0].kind = external
	}
	if withWeights {
		for _, s := range p.steps {
			if _, ok := s.op.(*conv); ok {
				pl.keep(&pl.value[s.in[0]], p.slots[s.in[0]].size)
				pl.keep(&pl.grad[s.out], p.slots[s.out].size)
			}
		}
	}
	for i := range pl.stages {
		if st := &pl.stages[i]; !st.shared && (st.images < capacity || team.Count() > 1) {
			for slot := range p.slots {
				st.widen(&values[slot], steps)
				st.widen(&grads[slot], steps)
			}
		}
	}
	var shared, owned []lifetime
	place := func(l lifetime) {
		switch l.at.kind {
		case absent:
			l.at.kind = local
			shared = append(shared, l)
		case own:
			owned = append(owned, l)
		}
	}
	for i := range p.slots {
		place(values[i])
		if i != 0 {
			place(grads[i])
		}
	}
	pl.arena, pl.own = assign(shared), assign(owned)
	return pl
}

func (pl *plan) keep(at *place, size int) {
	if at.kind == absent {
		*at = place{kind: kept, offset: pl.kept}
		pl.kept += size
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
