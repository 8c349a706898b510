package reduce

import (
	"math"

	"anila/asm/internal/span"
)

// Max returns the largest of x, ignoring NaN, and −Inf for none.
func Max(x []float32) float32 {
	m := float32(math.Inf(-1))
	for i, j := range span.Of(len(x)) {
		m = max(m, maximum(x[i:j]))
	}
	return m
}
