package span

import "testing"

// TestSpansCoverEverything walks lengths around the cut.
func TestSpansCoverEverything(t *testing.T) {
	for _, n := range []int{0, 1, Most - 1, Most, Most + 1, 3*Most - 1, 3 * Most} {
		at := 0
		for i, j := range Of(n) {
			if i != at || j <= i || j-i > Most {
				t.Fatalf("length %d: call [%d, %d) after %d", n, i, j, at)
			}
			at = j
		}
		if at != n {
			t.Errorf("length %d: calls end at %d", n, at)
		}
	}
}
