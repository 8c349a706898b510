package asmtest

import "math/rand/v2"

// Random returns n standard normals.
func Random(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}
