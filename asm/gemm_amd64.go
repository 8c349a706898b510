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

// gemmMicro cuts m into the row counts that have a kernel: with AVX-512 the
// last rows go in eights where that comes out even. Rows do not touch each
// other, so the cut does not change bits.
func gemmMicro(c []float32, ldc int, a []float32, rowA, stepA int, b []float32, stepB, k, m int, accumulate bool, segments, jump int) {
	if !hasAVX2FMA || k == 0 {
		gemmMicroGenericColumns(c, ldc, a, rowA, stepA, b, stepB, k, m, accumulate, segments, jump)
		return
	}
	acc := 0
	if accumulate {
		acc = 1
	}
	if !hasAVX512 {
		gemmMicroAVX2(c, ldc, a, rowA, stepA, b, stepB, k, m, acc, segments, jump)
		return
	}
	// The first four calls fetch the panel that lies behind this one, each a
	// line in four.
	ahead := 4 * 32 * k * segments
	for {
		var rows int
		switch {
		case m >= 14 && (m > 48 || m%8 != 0 || m%14 == 0):
			rows = 14
			gemm14x32AVX512(&c[0], ldc, &a[0], rowA, stepA, &b[0], stepB, k, acc, segments, 4*jump, ahead)
			ahead += 64
		case m >= 8:
			rows = 8
			gemm8x32AVX512(&c[0], ldc, &a[0], rowA, stepA, &b[0], stepB, k, acc, segments, 4*jump)
		case m >= 4:
			rows = 4
			gemm4x32AVX512(&c[0], ldc, &a[0], rowA, stepA, &b[0], stepB, k, acc, segments, 4*jump)
		case m >= 2:
			rows = 2
			gemm2x32AVX512(&c[0], ldc, &a[0], rowA, stepA, &b[0], stepB, k, acc, segments, 4*jump)
		default:
			rows = 1
			gemm1x32AVX512(&c[0], ldc, &a[0], rowA, stepA, &b[0], stepB, k, acc, segments, 4*jump)
		}
		if m -= rows; m == 0 {
			return
		}
		c, a = c[rows*ldc:], a[rows*rowA:]
	}
}

// callTerms bounds the terms of all tiles of a call to less than a millisecond.
const callTerms = 1 << 16

// gemmMicroAVX2 is gemmMicro with AVX2: rows in sixes, but the last eight or nine
// in fours, because two rows take the time of four.
func gemmMicroAVX2(c []float32, ldc int, a []float32, rowA, stepA int, b []float32, stepB, k, m, acc, segments, jump int) {
	sixes := m / 6
	if rest := m % 6; sixes > 0 && (rest == 2 || rest == 3) {
		sixes--
	}
	for {
		var rows int
		switch {
		case sixes > 0:
			tiles := min(sixes, max(1, callTerms/(k*segments)))
			sixes -= tiles
			rows = 6 * tiles
			gemm6x16AVX2(&c[0], ldc, &a[0], rowA, stepA, &b[0], stepB, k, acc, segments, 4*jump, tiles, 4*16*k*segments)
		case m >= 4:
			rows = 4
			gemm4x16AVX2(&c[0], ldc, &a[0], rowA, stepA, &b[0], stepB, k, acc, segments, 4*jump)
		case m >= 2:
			rows = 2
			gemm2x16AVX2(&c[0], ldc, &a[0], rowA, stepA, &b[0], stepB, k, acc, segments, 4*jump)
		default:
			rows = 1
			gemm1x16AVX2(&c[0], ldc, &a[0], rowA, stepA, &b[0], stepB, k, acc, segments, 4*jump)
		}
		if m -= rows; m == 0 {
			return
		}
		c, a = c[rows*ldc:], a[rows*rowA:]
	}
}

// gemmMicroGenericColumns runs the reference over the columns of any tier.
func gemmMicroGenericColumns(c []float32, ldc int, a []float32, rowA, stepA int, b []float32, stepB, k, m int, accumulate bool, segments, jump int) {
	_, nr := gemmTile()
	for j := 0; j < nr; j += gemmColumnsGeneric {
		gemmMicroGeneric(c[j:], ldc, a, rowA, stepA, b[min(j, len(b)):], stepB, k, m, accumulate, segments, jump)
	}
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

// The kernels below are GemmMicro for the row count in their names; strides are
// in floats, jump in bytes, accumulate is 0 or 1, k > 0.

//go:noescape
func gemm14x32AVX512(c *float32, ldc int, a *float32, rowA, stepA int, b *float32, stepB, k, accumulate, segments, jump, ahead int)

//go:noescape
func gemm8x32AVX512(c *float32, ldc int, a *float32, rowA, stepA int, b *float32, stepB, k, accumulate, segments, jump int)

//go:noescape
func gemm4x32AVX512(c *float32, ldc int, a *float32, rowA, stepA int, b *float32, stepB, k, accumulate, segments, jump int)

//go:noescape
func gemm2x32AVX512(c *float32, ldc int, a *float32, rowA, stepA int, b *float32, stepB, k, accumulate, segments, jump int)

//go:noescape
func gemm1x32AVX512(c *float32, ldc int, a *float32, rowA, stepA int, b *float32, stepB, k, accumulate, segments, jump int)

//go:noescape
func gemm6x16AVX2(c *float32, ldc int, a *float32, rowA, stepA int, b *float32, stepB, k, accumulate, segments, jump, tiles, ahead int)

//go:noescape
func gemm4x16AVX2(c *float32, ldc int, a *float32, rowA, stepA int, b *float32, stepB, k, accumulate, segments, jump int)

//go:noescape
func gemm2x16AVX2(c *float32, ldc int, a *float32, rowA, stepA int, b *float32, stepB, k, accumulate, segments, jump int)

//go:noescape
func gemm1x16AVX2(c *float32, ldc int, a *float32, rowA, stepA int, b *float32, stepB, k, accumulate, segments, jump int)

//go:noescape
func peakFMAAVX512(rounds int)

//go:noescape
func peakFMAAVX2(rounds int)
