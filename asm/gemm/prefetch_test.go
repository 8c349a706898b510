package gemm

import "testing"

// TestFetch reaches the first and the last line of its slice, and none for no rows.
func TestFetch(t *testing.T) {
	x := make([]float32, 1000)
	Prefetch(x, 100, 10, 100)
	Prefetch(x[999:], 0, 1, 1)
	Prefetch(nil, 100, 0, 100)
	Prefetch(nil, 100, 10, 0)
	defer func() {
		if recover() == nil {
			t.Error("rows behind the end of the slice")
		}
	}()
	Prefetch(x, 100, 10, 101)
}
