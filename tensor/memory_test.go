package tensor

import (
	"slices"
	"testing"
	"unsafe"

	"anila/asm/chain"
)

func TestArena(t *testing.T) {
	lengths := []int{1, 16, 17, 0, 100}
	a := NewArena(ArenaSize(lengths...))
	for range 2 {
		for _, n := range lengths {
			s := a.Alloc(n)
			if len(s) != n || cap(s) != n {
				t.Fatalf("Alloc(%d) has length %d, capacity %d", n, len(s), cap(s))
			}
			if n > 0 && uintptr(unsafe.Pointer(&s[0]))%64 != 0 {
				t.Errorf("Alloc(%d) does not start on a cache line", n)
			}
			for i, v := range s {
				if v != 0 {
					t.Fatalf("Alloc(%d)[%d] = %v", n, i, v)
				}
				s[i] = 1
			}
		}
		if a.Used() != ArenaSize(lengths...) {
			t.Errorf("Used = %d, want %d", a.Used(), ArenaSize(lengths...))
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("an arena gave more than it has")
				}
			}()
			a.Alloc(1)
		}()
		a.Reset()
	}
}

func TestKey(t *testing.T) {
	k := Key{Seed: 1<<40 + 3, Purpose: PurposeBatch, Chain: 7, Step: 1<<33 + 5}
	block := chain.Philox(k.Seed, [4]uint32{0, 7, 5, uint32(PurposeBatch)<<24 | 2})
	r := k.Rand()
	if got, want := r.Uint64(), uint64(block[0])|uint64(block[1])<<32; got != want {
		t.Errorf("first word %x, want %x", got, want)
	}
	if got, want := r.Uint64(), uint64(block[2])|uint64(block[3])<<32; got != want {
		t.Errorf("second word %x, want %x", got, want)
	}
	if r.Uint64() == r.Uint64() || k.Rand().Uint64() != k.Rand().Uint64() {
		t.Error("a key's generator repeats itself, or two of one key differ")
	}
	a, b := make([]float32, 9), make([]float32, 9)
	k.Normals(a)
	chain.Normals(b, chain.Noise{Seed: k.Seed, Purpose: uint8(PurposeBatch), Chain: 7, Step: k.Step})
	if !slices.Equal(a, b) {
		t.Errorf("normals %v, kernel's %v", a, b)
	}
	other := k
	other.Purpose = PurposeToy
	other.Normals(b)
	if slices.Equal(a, b) {
		t.Error("two purposes draw the same numbers")
	}
}
