package gemm

// Prefetch asks for rows of n floats, row floats apart, that start at the first of x
// to be brought into the second-level cache. It changes nothing but when they are
// there.
func Prefetch(x []float32, row, rows, n int) {
	if rows < 1 || n < 1 {
		return
	}
	if len(x) < (rows-1)*row+n {
		panic("gemm: Prefetch: outside its slice")
	}
	prefetch(x, row, rows, n)
}
