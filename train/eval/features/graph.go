package features

import (
	"fmt"
	"slices"

	"anila/tensor"
)

// value is an activation of a block of pictures, [n, h, w, c]: the channels from at on of pixels that lie ld floats apart,
// so that the parts of a concatenation are written where they belong.
type value struct {
	h, w, c int
	ld, at  int
	slot    *slot
}

// slot is the memory of one value, or of one concatenation.
type slot struct {
	size        int // floats of a picture
	first, last int // steps that write and read it
	offset      int // in the arena, in floats of a picture
}

// step computes values from values.
type step interface {
	reads() []*value
	writes() *value
	// scratch is the number of floats that run needs for blocks of n pictures.
	scratch(n int) int
	run(r *room, n int)
}

// graph is a list of steps, in order.
type graph struct {
	steps  []step
	input  *value
	output *value
	arena  int // floats of a picture, after plan
}

func (g *graph) newValue(h, w, c int) *value {
	return &value{h: h, w: w, c: c, ld: c, slot: &slot{size: h * w * c}}
}

// add appends a step and returns what it writes.
func (g *graph) add(s step) *value {
	g.steps = append(g.steps, s)
	return s.writes()
}

// concat lays values of one height and width side by side, by channel. They must have been written by steps.
func (g *graph) concat(parts ...*value) *value {
	channels := 0
	for _, p := range parts {
		channels += p.c
	}
	whole := g.newValue(parts[0].h, parts[0].w, channels)
	at := 0
	for _, p := range parts {
		if p.h != whole.h || p.w != whole.w || p.ld != p.c {
			panic(fmt.Sprintf("features: a %d×%d value in a concatenation of %d×%d", p.h, p.w, whole.h, whole.w))
		}
		p.ld, p.at, p.slot = channels, at, whole.slot
		at += p.c
	}
	return whole
}

// plan gives every slot its place in the arena, so that slots that are needed at the same time do not overlap.
func (g *graph) plan() {
	var slots []*slot
	touch := func(v *value, step int) {
		if !slices.Contains(slots, v.slot) {
			v.slot.first = step
			slots = append(slots, v.slot)
		}
		v.slot.last = step
	}
	touch(g.input, -1)
	for i, s := range g.steps {
		for _, v := range s.reads() {
			touch(v, i)
		}
		touch(s.writes(), i)
	}
	touch(g.output, len(g.steps))
	for i, s := range slots {
		busy := []*slot{} // placed slots that live at the same time, by offset
		for _, other := range slots[:i] {
			if other.first <= s.last && s.first <= other.last {
				busy = append(busy, other)
			}
		}
		slices.SortFunc(busy, func(a, b *slot) int { return a.offset - b.offset })
		for _, other := range busy {
			if s.offset+s.size <= other.offset {
				break
			}
			s.offset = max(s.offset, tensor.ArenaSize(other.offset+other.size))
		}
		g.arena = max(g.arena, s.offset+s.size)
	}
}

// room is a worker's memory for blocks of pictures.
type room struct {
	block   int
	arena   []float32
	scratch []float32
}

func (g *graph) newRoom(block int) *room {
	scratch := 0
	for _, s := range g.steps {
		scratch = max(scratch, s.scratch(block))
	}
	memory := tensor.NewArena(tensor.ArenaSize(g.arena*block, scratch))
	return &room{block, memory.Alloc(g.arena * block), memory.Alloc(scratch)}
}

// of is the memory of a value in blocks of n pictures, from its first channel on.
func (r *room) of(v *value, n int) []float32 {
	return r.arena[v.slot.offset*r.block:][:n*v.slot.size][v.at:]
}

// run computes the output of n pictures whose input is in place.
func (g *graph) run(r *room, n int) {
	for _, s := range g.steps {
		s.run(r, n)
	}
}
