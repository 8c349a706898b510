//go:build !noasm

package gemm

func prefetch(x []float32, row, rows, n int) { prefetchLines(&x[0], row, rows, n) }

//go:noescape
func prefetchLines(x *float32, row, rows, n int)
