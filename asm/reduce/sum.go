package reduce

import "anila/asm/internal/span"

// sumLanes is the number of partial sums that every sum is made of: lane j adds
// up elements j, j+sumLanes, j+2·sumLanes, … in that order, and the lanes are
// then added by halves (lane j to lane j+sumLanes/2, and so on down to one).
const sumLanes = 32

type lanes [sumLanes]float64

// fold adds the lanes by halves, given how many elements went in: halves that
// nothing went into are zero and left out.
func (l *lanes) fold(n int) float64 {
	if n > sumLanes/2 {
		return fold(l)
	}
	h := sumLanes / 4
	for h >= n && h > 0 {
		h /= 2
	}
	return foldGeneric(l, h)
}

// Sum returns Σ x[i] in float64, in one order for each length.
func Sum(x []float32) float64 {
	var l lanes
	for i, j := range span.Of(len(x)) {
		sum(&l, x[i:j])
	}
	return l.fold(len(x))
}

// SumSquares returns Σ x[i]² in float64, in one order for each length. The
// squares are exact.
func SumSquares(x []float32) float64 {
	return Dot(x, x)
}

// Dot returns Σ x[i]·y[i] in float64, in one order for each length. The
// products are exact.
func Dot(x, y []float32) float64 {
	if len(x) != len(y) {
		panic(panicLength)
	}
	var l lanes
	for i, j := range span.Of(len(x)) {
		dot(&l, x[i:j], y[i:j])
	}
	return l.fold(len(x))
}

// DotRows sets each of dst [n] to the Dot of a row of x and one of y [n, len(x)/n],
// with the same bits.
func DotRows(dst []float64, x, y []float32) {
	if len(x) != len(y) {
		panic(panicLength)
	}
	if len(dst) == 0 || len(x)%len(dst) != 0 {
		panic(panicRows)
	}
	dim := len(x) / len(dst)
	if dim == 0 || dim > span.Most {
		for i := range dst {
			dst[i] = Dot(x[i*dim:(i+1)*dim], y[i*dim:(i+1)*dim])
		}
		return
	}
	for i, j := range span.By(len(dst), span.Most/dim) {
		dotRows(dst[i:j], x[i*dim:j*dim], y[i*dim:j*dim])
	}
}

// SquaredDistance returns Σ (x[i] − y[i])² in float64, in one order for each
// length.
func SquaredDistance(x, y []float32) float64 {
	if len(x) != len(y) {
		panic(panicLength)
	}
	var l lanes
	for i, j := range span.Of(len(x)) {
		distance(&l, x[i:j], y[i:j])
	}
	return l.fold(len(x))
}

// CountBeyond returns in how many places |x[i]| > b: for a gradient that is
// bounded by coordinate, how many coordinates have a < 1.
func CountBeyond(x []float32, b float32) int {
	count := 0
	for i, j := range span.Of(len(x)) {
		count += countBeyond(x[i:j], b)
	}
	return count
}
