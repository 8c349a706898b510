package reduce

import "math"

// Max returns the largest of x, ignoring NaN, and −Inf for none.
func Max(x []float32) float32 {
	m := float32(math.Inf(-1))
	for len(x) > callSpan {
		m = max(m, maximumOf(x[:callSpan]))
		x = x[callSpan:]
	}
	return max(m, maximumOf(x))
}

func maximumGeneric(x []float32) float32 {
	m := float32(math.Inf(-1))
	for _, v := range x {
		if v > m {
			m = v
		}
	}
	return m
}
