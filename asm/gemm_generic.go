package asm

const (
	gemmRowsGeneric    = 4
	gemmColumnsGeneric = 16
)

// gemmMicroGeneric is the reference of GemmSegments.
func gemmMicroGeneric(c []float32, ldc int, a []float32, rowA, stepA int, b []float32, stepB, k, m int, accumulate bool, segments, jump int) {
	for i := range m {
		var s [gemmColumnsGeneric]float32
		row := c[i*ldc:][:gemmColumnsGeneric]
		if accumulate {
			copy(s[:], row)
		}
		for p := range k * segments {
			x := a[i*rowA+p*stepA+p/k*jump]
			y := b[p*stepB:][:gemmColumnsGeneric]
			for j := range s {
				s[j] += float32(x * y[j])
			}
		}
		copy(row, s[:])
	}
}
