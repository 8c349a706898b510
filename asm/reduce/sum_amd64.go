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

// dotRowsAVX512 computes, by fused multiply-add because the products are exact,
//
//	for r := range rows {
//		var l lanes
//		for i := range dim {
//			l[i%32] += float64(x[r*dim+i]) * float64(y[r*dim+i])
//		}
//		dst[r] = l.fold(dim)
//	}
//
//go:noescape
func dotRowsAVX512(dst *float64, x, y *float32, rows, dim int)

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

// foldAVX2 adds the lanes by halves:
//
//	for h := 16; h > 0; h /= 2 {
//		for j := range h {
//			l[j] += l[j+h]
//		}
//	}
//	return l[0]
//
//go:noescape
func foldAVX2(l *lanes) float64

//go:noescape
func foldAVX512(l *lanes) float64

func fold(l *lanes) float64 {
	switch isa.Current() {
	case isa.AVX512:
		return foldAVX512(l)
	case isa.AVX2:
		return foldAVX2(l)
	}
	return foldGeneric(l, sumLanes/2)
}

func sum(l *lanes, x []float32) {
	body := len(x) &^ (sumLanes - 1)
	switch tier := isa.Current(); {
	case tier == isa.AVX512 && body > 0:
		sumAVX512(l, &x[0], body/sumLanes)
	case tier == isa.AVX2 && body > 0:
		sumAVX2(l, &x[0], body/sumLanes)
	default:
		body = 0
	}
	sumGeneric(l, x[body:])
}

func dot(l *lanes, x, y []float32) {
	body := len(x) &^ (sumLanes - 1)
	switch tier := isa.Current(); {
	case tier == isa.AVX512 && body > 0:
		dotAVX512(l, &x[0], &y[0], body/sumLanes)
	case tier == isa.AVX2 && body > 0:
		dotAVX2(l, &x[0], &y[0], body/sumLanes)
	default:
		body = 0
	}
	dotGeneric(l, x[body:], y[body:])
}

func dotRows(dst []float64, x, y []float32) {
	if isa.Current() == isa.AVX512 {
		dotRowsAVX512(&dst[0], &x[0], &y[0], len(dst), len(x)/len(dst))
		return
	}
	dotRowsGeneric(dst, x, y)
}

func distance(l *lanes, x, y []float32) {
	body := len(x) &^ (sumLanes - 1)
	switch tier := isa.Current(); {
	case tier == isa.AVX512 && body > 0:
		distanceAVX512(l, &x[0], &y[0], body/sumLanes)
	case tier == isa.AVX2 && body > 0:
		distanceAVX2(l, &x[0], &y[0], body/sumLanes)
	default:
		body = 0
	}
	distanceGeneric(l, x[body:], y[body:])
}

func countBeyond(x []float32, b float32) (count int) {
	body := len(x) &^ 31
	switch tier := isa.Current(); {
	case tier == isa.AVX512 && body > 0:
		count = countBeyondAVX512(&x[0], body/32, b)
	case tier == isa.AVX2 && body > 0:
		count = countBeyondAVX2(&x[0], body/32, b)
	default:
		body = 0
	}
	return count + countBeyondGeneric(x[body:], b)
}
