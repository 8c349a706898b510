package asm

import "testing"

// TestFetch reaches the first and the last line of its slice, and none for no rows.
func TestFetch(t *testing.T) {
	x := make([]float32, 1000)
	Fetch(x, 100, 10, 100)
	Fetch(x[999:], 0, 1, 1)
	Fetch(nil, 100, 0, 100)
	Fetch(nil, 100, 10, 0)
	defer func() {
		if recover() == nil {
			t.Error("rows behind the end of the slice")
		}
	}()
	Fetch(x, 100, 10, 101)
}
