package tensor

import (
	"fmt"
	"unsafe"
)

// line is the alignment of arena memory in floats: one cache line.
const line = 16

// Arena is memory that is planned once and handed out in slices that start on
// cache lines. It never grows.
type Arena struct {
	memory []float32
	used   int
	dirty  int // floats that may have been written
}

// NewArena makes an arena with room for so many floats. Every Alloc rounds its
// size up to 16 floats; ArenaSize does that sum.
func NewArena(floats int) *Arena {
	return &Arena{memory: alignedFloats(ArenaSize(floats))}
}

// ArenaSize is the room that slices of these lengths take together.
func ArenaSize(lengths ...int) int {
	total := 0
	for _, n := range lengths {
		total += (n + line - 1) &^ (line - 1)
	}
	return total
}

// Alloc hands out n zeroed floats, 64-byte aligned, with capacity n. What was never
// handed out before is left to whoever touches it first, for pages to lie near it. It
// panics when the arena is used up.
func (a *Arena) Alloc(n int) []float32 {
	size := ArenaSize(n)
	if n < 0 || size > len(a.memory)-a.used {
		panic(fmt.Sprintf("tensor: arena of %d floats, %d used, cannot give %d", len(a.memory), a.used, n))
	}
	s := a.memory[a.used : a.used+n : a.used+n]
	a.used += size
	clear(s[:min(n, max(0, a.dirty-(a.used-size)))])
	a.dirty = max(a.dirty, a.used)
	return s
}

// Used is the number of floats handed out since the last Reset.
func (a *Arena) Used() int { return a.used }

// Reset takes back all that was handed out.
func (a *Arena) Reset() { a.used = 0 }

// alignedFloats makes a slice of n zero floats that starts on a cache line.
func alignedFloats(n int) []float32 {
	m := make([]float32, n+line)
	adviseHugePages(m)
	skip := 0
	for uintptr(unsafe.Pointer(&m[skip]))%(4*line) != 0 {
		skip++
	}
	return m[skip : skip+n : skip+n]
}
