//go:build !noasm && (amd64 || arm64)

package gemm

// first returns the address of the first element, nil for none.
func first(x []float32) *float32 {
	if len(x) == 0 {
		return nil
	}
	return &x[0]
}

// after returns x without its first k elements, nil for nil.
func after(x []float32, k int) []float32 {
	if x == nil {
		return nil
	}
	return x[k:]
}
