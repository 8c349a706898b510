package run

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A run says which share of its steps the bound shortened, and warns where that was next to none.
func TestSaysWhatTheBoundLimited(t *testing.T) {
	for _, c := range []struct {
		set         string
		least, most float64
		warns       bool
	}{
		{"sampler.b=1e-9", 0.99, 1, false},
		{"sampler.b=1e9", 0, 0, true},
		{"sampler.b=inf", 0, 0, true},
		{"sampler.kernel=langevin", math.NaN(), math.NaN(), false},
		{"sampler.kernel=mala", math.NaN(), math.NaN(), false},
	} {
		r, err := Start(tiny(t, c.set), Options{Dir: filepath.Join(t.TempDir(), "run")})
		if err != nil {
			t.Fatal(err)
		}
		h := &hooks{}
		result, err := r.Train(context.Background(), h)
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		none := math.IsNaN(c.least)
		if got := result.Limited; math.IsNaN(got) != none || got < c.least || got > c.most {
			t.Errorf("%s: limited %v, want %v to %v", c.set, got, c.least, c.most)
		}
		warned := slices.ContainsFunc(h.events, func(e Event) bool {
			return e.Kind == "warning" && strings.Contains(e.Message, "sampler.b")
		})
		last := h.events[len(h.events)-1].Message
		if told := strings.Contains(last, fmt.Sprintf("b limited %.2f %%", 100*result.Limited)); warned != c.warns || told == none {
			t.Errorf("%s: warned %v; it ends with %q", c.set, warned, last)
		}
	}
}
