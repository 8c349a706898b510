//go:build !noasm

package asm

const (
	gemmRowsAVX2      = 6
	gemmColumnsAVX2   = 16
	gemmRowsAVX512    = 14
	gemmColumnsAVX512 = 32
)

func gemmTile() (mr, nr int) {
	switch {
	case hasAVX512:
		return gemmRowsAVX512, gemmColumnsAVX512
	case hasAVX2FMA:
		return gemmRowsAVX2, gemmColumnsAVX2
	}
	return gemmRowsGeneric, gemmColumnsGeneric
}

// gemmCall is what a kernel reads: tiles of as many rows as its name says, one
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
type gemmCall struct {
	c, a, b, bias, act  *float32
	ldc, rowA, stepA    int
	stepB, k            int
	accumulate          int // 0 or 1
	segments, jump      int
	ahead               int // from b to what is to be fetched
	tileA               int // rows·rowA
	leak                float32
	tiles, doneA, doneC int
}

// callTerms bounds the terms of all tiles of a call to less than a millisecond.
const callTerms = 1 << 16

// gemmMicro does the rows in tiles of the row counts that have a kernel. Rows do
// not touch each other, so the cut does not change bits.
func gemmMicro(c []float32, ldc int, a []float32, rowA, stepA int, b []float32, stepB, k, m int, accumulate bool, segments, jump int, e *Epilogue) {
	if !hasAVX2FMA || k == 0 {
		gemmMicroGenericColumns(c, ldc, a, rowA, stepA, b, stepB, k, m, accumulate, segments, jump, e)
		return
	}
	_, nr := gemmTile()
	var g gemmCall // field by field: as a literal it would be made and copied
	g.b, g.ldc, g.rowA, g.stepA, g.stepB = &b[0], 4*ldc, 4*rowA, 4*stepA, 4*stepB
	g.k, g.segments, g.jump, g.ahead = k, segments, 4*jump, 4*nr*k*segments
	if accumulate {
		g.accumulate = 1
	}
	bias, act, leak := e.parts()
	g.bias, g.leak = first(bias), leak
	for {
		rows, tiles := gemmRows(m)
		if tiles*k*segments > callTerms {
			tiles = max(1, callTerms/(k*segments))
		}
		g.c, g.a, g.tiles, g.tileA, g.doneA, g.doneC = &c[0], &a[0], tiles, rows*g.rowA, 0, 0
		g.act = first(act)
		gemmKernel(rows, &g)
		rows *= tiles
		if m -= rows; m == 0 {
			return
		}
		c, a = c[rows*ldc:], a[rows*rowA:]
		act = after(act, rows*ldc)
	}
}

// gemmRows says with which kernel to begin m rows, and for how many tiles to stay
// with it. With AVX-512 the last rows go in eights where that comes out even, with
// AVX2 the last eight or nine in fours, because two rows take the time of four.
func gemmRows(m int) (rows, tiles int) {
	if !hasAVX512 {
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

func gemmKernel(rows int, g *gemmCall) {
	if hasAVX512 {
		switch rows {
		case 14:
			gemm14x32AVX512(g)
		case 8:
			gemm8x32AVX512(g)
		case 4:
			gemm4x32AVX512(g)
		case 2:
			gemm2x32AVX512(g)
		default:
			gemm1x32AVX512(g)
		}
		return
	}
	switch rows {
	case 6:
		gemm6x16AVX2(g)
	case 4:
		gemm4x16AVX2(g)
	case 2:
		gemm2x16AVX2(g)
	default:
		gemm1x16AVX2(g)
	}
}

// gemmMicroGenericColumns runs the reference over the columns of any tier.
func gemmMicroGenericColumns(c []float32, ldc int, a []float32, rowA, stepA int, b []float32, stepB, k, m int, accumulate bool, segments, jump int, e *Epilogue) {
	_, nr := gemmTile()
	for j := 0; j < nr; j += gemmColumnsGeneric {
		gemmMicroGeneric(c[j:], ldc, a, rowA, stepA, b[min(j, len(b)):], stepB, k, m, accumulate, segments, jump)
	}
	e.store(c, ldc, m, nr)
}

// peakFMA runs rounds of 24 (AVX2: 12) independent multiply-adds of full
// registers and returns the floating-point operations done.
func peakFMA(rounds int) int {
	switch {
	case hasAVX512:
		peakFMAAVX512(rounds)
		return rounds * 24 * 16 * 2
	case hasAVX2FMA:
		peakFMAAVX2(rounds)
		return rounds * 12 * 8 * 2
	}
	x := [8]float32{1, 1, 1, 1, 1, 1, 1, 1}
	for range rounds {
		for i := range x {
			x[i] += float32(x[i] * 0x1p-40)
		}
	}
	peakSink = x[0]
	return rounds * 16
}

var peakSink float32

//go:noescape
func gemm14x32AVX512(call *gemmCall)

//go:noescape
func gemm8x32AVX512(call *gemmCall)

//go:noescape
func gemm4x32AVX512(call *gemmCall)

//go:noescape
func gemm2x32AVX512(call *gemmCall)

//go:noescape
func gemm1x32AVX512(call *gemmCall)

//go:noescape
func gemm6x16AVX2(call *gemmCall)

//go:noescape
func gemm4x16AVX2(call *gemmCall)

//go:noescape
func gemm2x16AVX2(call *gemmCall)

//go:noescape
func gemm1x16AVX2(call *gemmCall)

//go:noescape
func peakFMAAVX512(rounds int)

//go:noescape
func peakFMAAVX2(rounds int)
