//go:build !noasm

package gemm

import (
	"anila/asm/internal/span"
	"anila/asm/isa"
)

const (
	rowsAVX2      = 6
	columnsAVX2   = 16
	rowsAVX512    = 14
	columnsAVX512 = 32
	narrowAVX512  = 16
)

func tile() (mr, nr int) {
	switch isa.Current() {
	case isa.AVX512:
		return rowsAVX512, columnsAVX512
	case isa.AVX2:
		return rowsAVX2, columnsAVX2
	}
	return rowsGeneric, columnsGeneric
}

func panel(n int) int {
	if isa.Current() == isa.AVX512 && n <= narrowAVX512 {
		return narrowAVX512
	}
	_, nr := tile()
	return nr
}

// call is what a kernel reads: tiles of as many rows as its name says, one
// after the other,
//
//	for range tiles·rows {
//		for j := range columns {
//			s := accumulate ? c[j] : 0
//			for p := range segments*k {
//				s += a[p*stepA+p/k*jump] * b[p*stepB+j]
//			}
//			switch {
//			case bias != nil:
//				s += bias[j]
//				s = max(s, leak*s)
//			case act != nil:
//				s *= act[j] > 0 ? 1 : leak
//			}
//			c[j] = s
//		}
//		a, c, act = a[rowA:], c[ldc:], act[ldc:]
//	}
//
// with all distances in bytes, k > 0 and tiles > 0. The kernel counts what is done
// in the last three fields, and may move ahead on; the pointers stay.
type call struct {
	c, a, b, bias, act  *float32
	ldc, rowA, stepA    int
	stepB, k            int
	accumulate          int // 0 or 1
	segments, jump      int
	ahead               int // from b to what is to be fetched
	tileA               int // rows·rowA
	aheadA              int // bytes that are fetched of the rows behind a tile of 14 with two terms: 128 or 0
	leak                float32
	tiles, doneA, doneC int
}

// callTerms bounds the terms of all tiles of a call to less than a millisecond.
const callTerms = 1 << 16

// micro does the rows in tiles of the row counts that have a kernel. Rows do
// not touch each other, so the cut does not change bits.
func micro(c []float32, ldc int, a []float32, rowA, stepA int, b []float32, stepB, columns, k, m int, accumulate bool, segments, jump int, e *Epilogue) {
	if isa.Current() < isa.AVX2 || k == 0 {
		microGenericColumns(c, ldc, a, rowA, stepA, b, stepB, columns, k, m, accumulate, segments, jump, e)
		return
	}
	var g call // field by field: as a literal it would be made and copied
	g.b, g.ldc, g.rowA, g.stepA, g.stepB = &b[0], 4*ldc, 4*rowA, 4*stepA, 4*stepB
	g.k, g.segments, g.jump, g.ahead = k, segments, 4*jump, 4*columns*k*segments
	if accumulate {
		g.accumulate = 1
	}
	if segments == 1 && stepA == 1 && k <= rowA && rowA < k+k/8 { // rows of a one behind the other
		g.aheadA = 128
	}
	bias, act, leak := e.parts()
	g.bias, g.leak = span.First(bias), leak
	for {
		rows, tiles := rowsOf(m)
		if tiles*k*segments > callTerms {
			tiles = max(1, callTerms/(k*segments))
		}
		g.c, g.a, g.tiles, g.tileA, g.doneA, g.doneC = &c[0], &a[0], tiles, rows*g.rowA, 0, 0
		g.act = span.First(act)
		kernel(rows, columns, &g)
		rows *= tiles
		if m -= rows; m == 0 {
			return
		}
		c, a = c[rows*ldc:], a[rows*rowA:]
		act = span.After(act, rows*ldc)
	}
}

// rowsOf says with which kernel to begin m rows, and for how many tiles to stay
// with it. With AVX-512 the last rows go in eights where that comes out even, with
// AVX2 the last eight or nine in fours, because two rows take the time of four.
func rowsOf(m int) (rows, tiles int) {
	if isa.Current() != isa.AVX512 {
		tiles = m / 6
		if rest := m % 6; rest == 2 || rest == 3 {
			tiles--
		}
		switch {
		case tiles > 0:
			return 6, tiles
		case m >= 4:
			return 4, m / 4
		case m >= 2:
			return 2, m / 2
		}
		return 1, 1
	}
	for m >= 14 && (m > 48 || m%8 != 0 || m%14 == 0) {
		m -= 14
		tiles++
	}
	switch {
	case tiles > 0:
		return 14, tiles
	case m >= 8:
		return 8, m / 8
	case m >= 4:
		return 4, 1
	case m >= 2:
		return 2, 1
	}
	return 1, 1
}

func kernel(rows, columns int, g *call) {
	if columns == narrowAVX512 && isa.Current() == isa.AVX512 {
		switch rows {
		case 14:
			tile14x16AVX512(g)
		case 8:
			tile8x16AVX512(g)
		case 4:
			tile4x16AVX512(g)
		case 2:
			tile2x16AVX512(g)
		default:
			tile1x16AVX512(g)
		}
		return
	}
	if isa.Current() == isa.AVX512 {
		switch rows {
		case 14:
			tile14x32AVX512(g)
		case 8:
			tile8x32AVX512(g)
		case 4:
			tile4x32AVX512(g)
		case 2:
			tile2x32AVX512(g)
		default:
			tile1x32AVX512(g)
		}
		return
	}
	switch rows {
	case 6:
		tile6x16AVX2(g)
	case 4:
		tile4x16AVX2(g)
	case 2:
		tile2x16AVX2(g)
	default:
		tile1x16AVX2(g)
	}
}

// microGenericColumns runs the reference over the columns of any tier.
func microGenericColumns(c []float32, ldc int, a []float32, rowA, stepA int, b []float32, stepB, columns, k, m int, accumulate bool, segments, jump int, e *Epilogue) {
	for j := 0; j < columns; j += columnsGeneric {
		microGeneric(c[j:], ldc, a, rowA, stepA, b[min(j, len(b)):], stepB, k, m, accumulate, segments, jump)
	}
	e.store(c, ldc, m, columns)
}

//go:noescape
func tile14x32AVX512(call *call)

//go:noescape
func tile8x32AVX512(call *call)

//go:noescape
func tile4x32AVX512(call *call)

//go:noescape
func tile2x32AVX512(call *call)

//go:noescape
func tile1x32AVX512(call *call)

//go:noescape
func tile14x16AVX512(call *call)

//go:noescape
func tile8x16AVX512(call *call)

//go:noescape
func tile4x16AVX512(call *call)

//go:noescape
func tile2x16AVX512(call *call)

//go:noescape
func tile1x16AVX512(call *call)

//go:noescape
func tile6x16AVX2(call *call)

//go:noescape
func tile4x16AVX2(call *call)

//go:noescape
func tile2x16AVX2(call *call)

//go:noescape
func tile1x16AVX2(call *call)
