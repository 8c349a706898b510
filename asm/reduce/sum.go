package reduce

// sumLanes is the number of partial sums that every sum is made of: lane j adds
// up elements j, j+sumLanes, j+2·sumLanes, … in that order, and the lanes are
// then added by halves (lane j to lane j+sumLanes/2, and so on down to one).
const sumLanes = 32

type lanes [sumLanes]float64

// fold adds the lanes by halves, given how many elements went in: halves that
// nothing went into are zero and left out.
func (l *lanes) fold(n int) float64 {
	h := sumLanes / 2
	for h >= n && h > 0 {
		h /= 2
	}
	for ; h > 0; h /= 2 {
		for j := range h {
			l[j] += l[j+h]
		}
	}
	return l[0]
}

// Sum returns Σ x[i] in float64, in one order for each length.
func Sum(x []float32) float64 {
	var l lanes
	n := len(x)
	for len(x) > callSpan {
		sum(&l, x[:callSpan])
		x = x[callSpan:]
	}
	sum(&l, x)
	return l.fold(n)
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
	n := len(x)
	for len(x) > callSpan {
		dot(&l, x[:callSpan], y[:callSpan])
		x, y = x[callSpan:], y[callSpan:]
	}
	dot(&l, x, y)
	return l.fold(n)
}

// SquaredDistance returns Σ (x[i] − y[i])² in float64, in one order for each
// length.
func SquaredDistance(x, y []float32) float64 {
	if len(x) != len(y) {
		panic(panicLength)
	}
	var l lanes
	n := len(x)
	for len(x) > callSpan {
		distance(&l, x[:callSpan], y[:callSpan])
		x, y = x[callSpan:], y[callSpan:]
	}
	distance(&l, x, y)
	return l.fold(n)
}

// CountBeyond returns in how many places |x[i]| > b: for the gradient of a Coord
// step, how many coordinates have a < 1.
func CountBeyond(x []float32, b float32) int {
	count := 0
	for len(x) > callSpan {
		count += countBeyond(x[:callSpan], b)
		x = x[callSpan:]
	}
	return count + countBeyond(x, b)
}

func sumGeneric(l *lanes, x []float32) {
	for i, v := range x {
		l[i%sumLanes] += float64(v)
	}
}

func dotGeneric(l *lanes, x, y []float32) {
	for i, v := range x {
		l[i%sumLanes] += float64(float64(v) * float64(y[i]))
	}
}

func distanceGeneric(l *lanes, x, y []float32) {
	for i, v := range x {
		d := float64(v) - float64(y[i])
		l[i%sumLanes] += float64(d * d)
	}
}

func countBeyondGeneric(x []float32, b float32) int {
	count := 0
	for _, v := range x {
		if v > b || v < -b {
			count++
		}
	}
	return count
}
