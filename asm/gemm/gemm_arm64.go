//go:build !noasm

package gemm

import (
	"anila/asm/internal/span"
	"anila/asm/isa"
)

const (
	rowsNEON    = 6
	columnsNEON = 16
)

func tile() (mr, nr int) {
	if isa.Current() == isa.NEON {
		return rowsNEON, columnsNEON
	}
	return rowsGeneric, columnsGeneric
}

func panel(int) int { return columnsNEON }

// micro cuts m into the row counts that have a kernel. Rows do not touch each
// other, so the cut does not change bits.
func micro(c []float32, ldc int, a []float32, rowA, stepA int, b []float32, stepB, columns, k, m int, accumulate bool, segments, jump int, e *Epilogue) {
	if isa.Current() != isa.NEON || k == 0 {
		microGeneric(c, ldc, a, rowA, stepA, b, stepB, k, m, accumulate, segments, jump)
		e.store(c, ldc, m, columns)
		return
	}
	acc := 0
	if accumulate {
		acc = 1
	}
	bias, act, leak := e.parts()
	for {
		var rows int
		switch {
		case m >= 6:
			rows = 6
			tile6x16NEON(&c[0], ldc, &a[0], rowA, stepA, &b[0], stepB, k, acc, segments, 4*jump, span.First(bias), span.First(act), leak)
		case m >= 2:
			rows = 2
			tile2x16NEON(&c[0], ldc, &a[0], rowA, stepA, &b[0], stepB, k, acc, segments, 4*jump, span.First(bias), span.First(act), leak)
		default:
			rows = 1
			tile1x16NEON(&c[0], ldc, &a[0], rowA, stepA, &b[0], stepB, k, acc, segments, 4*jump, span.First(bias), span.First(act), leak)
		}
		if m -= rows; m == 0 {
			return
		}
		c, a = c[rows*ldc:], a[rows*rowA:]
		act = span.After(act, rows*ldc)
	}
}

// tile6x16NEON computes six rows of sixteen columns of Segments with k > 0,
// jump in bytes, and where bias is not nil stores what StoreBiasLeakyReLU makes of
// the sums, else where act is not nil what StoreMasked does.
//
//go:noescape
func tile6x16NEON(c *float32, ldc int, a *float32, rowA, stepA int, b *float32, stepB, k, accumulate, segments, jump int, bias, act *float32, leak float32)

//go:noescape
func tile2x16NEON(c *float32, ldc int, a *float32, rowA, stepA int, b *float32, stepB, k, accumulate, segments, jump int, bias, act *float32, leak float32)

//go:noescape
func tile1x16NEON(c *float32, ldc int, a *float32, rowA, stepA int, b *float32, stepB, k, accumulate, segments, jump int, bias, act *float32, leak float32)
