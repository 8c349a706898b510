package reference

import (
	"slices"
	"strings"
	"testing"
)

// TestEverySettingActs: without any one of its settings, a case computes something else; without those that must not act, the
// same.
func TestEverySettingActs(t *testing.T) {
	for _, c := range Cases {
		t.Run(c.Name, func(t *testing.T) {
			if testing.Short() && c.Images() {
				t.Skip("images take seconds")
			}
			source := c.Source(t)
			want, _ := c.run(source, nil)
			settings := strings.Fields(c.settings)
			for i, s := range settings {
				other := c
				other.settings = strings.Join(slices.Delete(slices.Clone(settings), i, i+1), " ")
				got, _ := other.run(source, nil)
				change := 0.0
				for name, w := range want {
					if size := apart(w, make([]float64, len(w))); size > 0 {
						change = max(change, apart(got[name], w)/size)
					}
				}
				if inert := slices.Contains(strings.Fields(c.inert), s); inert && change > 0 || !inert && !(change > 10*sharp) {
					t.Errorf("%s changes at most a share of %.3g", s, change)
				}
			}
		})
	}
}
