//go:build !noasm

package reduce

import "anila/asm/isa"

// sumAVX2 computes
//
//	for i := range 32 * blocks {
//		l[i%32] += float64(x[i])
//	}
//
//go:noescape
func sumAVX2(l *lanes, x *float32, blocks int)

//go:noescape
func sumAVX512(l *lanes, x *float32, blocks int)

// dotAVX2 computes, by fused multiply-add because the products are exact,
//
//	for i := range 32 * blocks {
//		l[i%32] += float64(x[i]) * float64(y[i])
//	}
//
//go:noescape
func dotAVX2(l *lanes, x, y *float32, blocks int)

//go:noescape
func dotAVX512(l *lanes, x, y *float32, blocks int)

// distanceAVX2 computes
//
//	for i := range 32 * blocks {
//		d := float64(x[i]) - float64(y[i])
//		l[i%32] += d * d
//	}
//
//go:noescape
func distanceAVX2(l *lanes, x, y *float32, blocks int)

//go:noescape
func distanceAVX512(l *lanes, x, y *float32, blocks int)

// countBeyondAVX2 returns in how many of 32·blocks places |x[i]| > b.
//
//go:noescape
func countBeyondAVX2(x *float32, blocks int, b float32) int

//go:noescape
func countBeyondAVX512(x *float32, blocks int, b float32) int

func sum(l *lanes, x []float32) {
	if blocks := len(x) / sumLanes; isa.Current() >= isa.AVX2 && blocks > 0 {
		if isa.Current() == isa.AVX512 {
			sumAVX512(l, &x[0], blocks)
		} else {
			sumAVX2(l, &x[0], blocks)
		}
		x = x[sumLanes*blocks:]
	}
	sumGeneric(l, x)
}

func dot(l *lanes, x, y []float32) {
	if blocks := len(x) / sumLanes; isa.Current() >= isa.AVX2 && blocks > 0 {
		if isa.Current() == isa.AVX512 {
			dotAVX512(l, &x[0], &y[0], blocks)
		} else {
			dotAVX2(l, &x[0], &y[0], blocks)
		}
		x, y = x[sumLanes*blocks:], y[sumLanes*blocks:]
	}
	dotGeneric(l, x, y)
}

func distance(l *lanes, x, y []float32) {
	if blocks := len(x) / sumLanes; isa.Current() >= isa.AVX2 && blocks > 0 {
		if isa.Current() == isa.AVX512 {
			distanceAVX512(l, &x[0], &y[0], blocks)
		} else {
			distanceAVX2(l, &x[0], &y[0], blocks)
		}
		x, y = x[sumLanes*blocks:], y[sumLanes*blocks:]
	}
	distanceGeneric(l, x, y)
}

func countBeyond(x []float32, b float32) int {
	count := 0
	if blocks := len(x) / 32; isa.Current() >= isa.AVX2 && blocks > 0 {
		if isa.Current() == isa.AVX512 {
			count = countBeyondAVX512(&x[0], blocks, b)
		} else {
			count = countBeyondAVX2(&x[0], blocks, b)
		}
		x = x[32*blocks:]
	}
	return count + countBeyondGeneric(x, b)
}
