package gemm

const (
	rowsGeneric    = 4
	columnsGeneric = 16
)

// microGeneric is the reference of Segments.
func microGeneric(c []float32, ldc int, a []float32, rowA, stepA int, b []float32, stepB, k, m int, accumulate bool, segments, jump int) {
	for i := range m {
		var s [columnsGeneric]float32
		row := c[i*ldc:][:columnsGeneric]
		if accumulate {
			copy(s[:], row)
		}
		for p := range k * segments {
			x := a[i*rowA+p*stepA+p/k*jump]
			y := b[p*stepB:][:columnsGeneric]
			for j := range s {
				s[j] += float32(x * y[j])
			}
		}
		copy(row, s[:])
	}
}
