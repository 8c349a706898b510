//go:build !noasm

package reduce

import "anila/asm/isa"

// sumNEON computes
//
//	for i := range 32 * blocks {
//		l[i%32] += float64(x[i])
//	}
//
//go:noescape
func sumNEON(l *lanes, x *float32, blocks int)

// dotNEON computes
//
//	for i := range 32 * blocks {
//		l[i%32] += float64(x[i]) * float64(y[i])
//	}
//
//go:noescape
func dotNEON(l *lanes, x, y *float32, blocks int)

// distanceNEON computes
//
//	for i := range 32 * blocks {
//		d := float64(x[i]) - float64(y[i])
//		l[i%32] += d * d
//	}
//
//go:noescape
func distanceNEON(l *lanes, x, y *float32, blocks int)

// countBeyondNEON returns in how many of 8·blocks places |x[i]| > b.
//
//go:noescape
func countBeyondNEON(x *float32, blocks int, b float32) int

// foldNEON adds the lanes by halves:
//
//	for h := 16; h > 0; h /= 2 {
//		for j := range h {
//			l[j] += l[j+h]
//		}
//	}
//	return l[0]
//
//go:noescape
func foldNEON(l *lanes) float64

func fold(l *lanes) float64 {
	if isa.Current() == isa.NEON {
		return foldNEON(l)
	}
	return foldGeneric(l, sumLanes/2)
}

func sum(l *lanes, x []float32) {
	if blocks := len(x) / sumLanes; isa.Current() == isa.NEON && blocks > 0 {
		sumNEON(l, &x[0], blocks)
		x = x[sumLanes*blocks:]
	}
	sumGeneric(l, x)
}

func dot(l *lanes, x, y []float32) {
	if blocks := len(x) / sumLanes; isa.Current() == isa.NEON && blocks > 0 {
		dotNEON(l, &x[0], &y[0], blocks)
		x, y = x[sumLanes*blocks:], y[sumLanes*blocks:]
	}
	dotGeneric(l, x, y)
}

func dotRows(dst []float64, x, y []float32) { dotRowsGeneric(dst, x, y) }

func distance(l *lanes, x, y []float32) {
	if blocks := len(x) / sumLanes; isa.Current() == isa.NEON && blocks > 0 {
		distanceNEON(l, &x[0], &y[0], blocks)
		x, y = x[sumLanes*blocks:], y[sumLanes*blocks:]
	}
	distanceGeneric(l, x, y)
}

func countBeyond(x []float32, b float32) int {
	count := 0
	if blocks := len(x) / 8; isa.Current() == isa.NEON && blocks > 0 {
		count = countBeyondNEON(&x[0], blocks, b)
		x = x[8*blocks:]
	}
	return count + countBeyondGeneric(x, b)
}
