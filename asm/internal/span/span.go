// Package span cuts long slices into assembly calls: the runtime cannot stop a
// goroutine inside of one.
package span

import "iter"

// Most is the largest number of elements that goes into one call: some tens of
// microseconds.
const Most = 1 << 16

// Of yields the bounds [i, j) of calls that n elements take, none for none.
func Of(n int) iter.Seq2[int, int] { return By(n, Most) }

// By is Of for calls of another size.
func By(n, most int) iter.Seq2[int, int] {
	return func(yield func(i, j int) bool) {
		for i := 0; i < n; i += most {
			if !yield(i, min(n, i+most)) {
				return
			}
		}
	}
}

// First returns the address of the first element, nil for none.
func First(x []float32) *float32 {
	if len(x) == 0 {
		return nil
	}
	return &x[0]
}

// After returns x without its first k elements, nil for nil.
func After(x []float32, k int) []float32 {
	if x == nil {
		return nil
	}
	return x[k:]
}
