// Package asmtest holds what tests of kernels share: slices between guard
// values at a chosen alignment, awkward inputs, and comparison of bits.
package asmtest

import (
	"fmt"
	"math"
	"testing"
	"unsafe"
)

// guardBits is a NaN that no computation makes.
const guardBits = 0x7fa5a5a5

// guards is how many guard values stand on either side of a slice: more than a
// vector register holds.
const guards = 32

// Slice is a slice of float32 between guard values.
type Slice struct {
	Data  []float32
	whole []float32
}

// NewSlice returns a slice of n zeros that starts offset elements past a
// 64-byte boundary.
func NewSlice(n, offset int) *Slice {
	whole := make([]float32, n+2*guards+32)
	start := guards
	for uintptr(unsafe.Pointer(&whole[start]))%64 != 0 {
		start++
	}
	start += offset % 16
	for i := range whole {
		whole[i] = math.Float32frombits(guardBits)
	}
	s := &Slice{Data: whole[start : start+n : start+n], whole: whole}
	clear(s.Data)
	return s
}

// Check reports guard values that were overwritten.
func (s *Slice) Check(t testing.TB) {
	t.Helper()
	first := (uintptr(unsafe.Pointer(unsafe.SliceData(s.Data))) -
		uintptr(unsafe.Pointer(&s.whole[0]))) / 4
	for i, v := range s.whole {
		at := i - int(first)
		if at >= 0 && at < len(s.Data) {
			continue
		}
		if math.Float32bits(v) != guardBits {
			t.Errorf("element %d of a slice of length %d was overwritten with %v", at, len(s.Data), v)
			return
		}
	}
}

// Awkward are the values that kernels are most likely to get wrong.
var Awkward = []float32{
	0, float32(math.Copysign(0, -1)), 1, -1, 0.5, -2,
	float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)),
	math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32, 0x1p-126, -0x1p-127,
	math.MaxFloat32, -math.MaxFloat32, 1e-20, -1e20,
	88.7, 88.73, -87.4, -103.9, -104.1, 1 - 0x1p-24, 1 + 0x1p-23,
}

// FillWide sets x to values of very different sizes that depend on seed alone: no
// order of adding them up gives the same bits as another.
func FillWide(x []float32, seed uint64) {
	Fill(x, seed, false)
	for i := range x {
		x[i] *= float32(math.Exp2(float64((i*29+int(seed))%81 - 40)))
	}
}

// Fill sets x to values of ordinary size that depend on seed alone and, where
// awkward is set, to an awkward one at every third place or so.
func Fill(x []float32, seed uint64, awkward bool) {
	s := seed*0x9e3779b97f4a7c15 + 1
	for i := range x {
		s ^= s >> 12
		s ^= s << 25
		s ^= s >> 27
		r := s * 0x2545f4914f6cdd1d
		x[i] = float32(int32(r>>32)) / (1 << 29)
		if awkward && r%3 == 0 {
			x[i] = Awkward[r>>8%uint64(len(Awkward))]
		}
	}
}

// Same reports whether a and b have the same bits, or are both NaN: which NaN
// comes out of an operation differs between processors.
func Same(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

// Difference describes the first element in which got and want are not the
// same, and returns "" if there is none.
func Difference(got, want []float32) string {
	if len(got) != len(want) {
		return fmt.Sprintf("length %d, want %d", len(got), len(want))
	}
	for i := range got {
		if !Same(got[i], want[i]) {
			return fmt.Sprintf("element %d of %d is %v (%#x), want %v (%#x)", i, len(got),
				got[i], math.Float32bits(got[i]), want[i], math.Float32bits(want[i]))
		}
	}
	return ""
}
