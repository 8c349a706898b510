package run

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"anila/train"
)

// A run says which share of its steps the bound shortened, and warns where that was next to none.
func TestSaysWhatTheBoundLimited(t *testing.T) {
	for _, c := range []struct {
		set         string // keys, apart by spaces
		least, most float64
		warns       bool
	}{
		{"sampler.b=1e-9", 0.99, 1, false},
		{"sampler.b=1e9", 0, 0, true},
		{"sampler.b=inf", 0, 0, true},
		{"sampler.kernel=gd sampler.b=inf", math.NaN(), math.NaN(), false},
		{"sampler.kernel=gd sampler.b=1e9", 0, 0, true},
		{"sampler.kernel=langevin", math.NaN(), math.NaN(), false},
		{"sampler.kernel=mala", math.NaN(), math.NaN(), false},
	} {
		r, err := Start(tiny(t, strings.Fields(c.set)...), Options{Dir: filepath.Join(t.TempDir(), "run")})
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

// The share of shortened steps is that of the whole run: a session goes on with what those before it counted, a roll-back
// takes back what it makes void, and NaN is not taken for a bound that never binds.
func TestLimitedGoesOn(t *testing.T) {
	keys := []string{"sampler.b=0.001", "checkpoint.every=2", "log.every=3"}
	session := func(r *Run, err error) Result {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		result, err := r.Train(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	begin := func(dir string, more ...string) Result {
		t.Helper()
		return session(Start(tiny(t, append(slices.Clone(keys), more...)...), Options{Dir: dir}))
	}
	whole := begin(filepath.Join(t.TempDir(), "run"), "train.iterations=7")
	if !(whole.Limited > 0 && whole.Limited < 1) {
		t.Fatalf("limited %v", whole.Limited)
	}
	dir := filepath.Join(t.TempDir(), "run")
	begin(dir, "train.iterations=4")
	for _, what := range []string{"goes on", "is finished"} {
		if result := session(Resume(dir, []string{"train.iterations=7"}, nil, Options{})); result.Limited != whole.Limited {
			t.Errorf("a run that %s: limited %v, in one session %v", what, result.Limited, whole.Limited)
		}
	}
	for _, at := range []uint64{1, 5} { // before the first checkpoint, and behind it
		r, err := Start(tiny(t, append(slices.Clone(keys), "train.iterations=7")...), Options{Dir: filepath.Join(t.TempDir(), "run")})
		if err != nil {
			t.Fatal(err)
		}
		h := &hooks{progress: func(p Progress) {
			if p.Iteration == at && r.rollbacks == 0 {
				if err := r.diverged("for the test"); err != nil {
					t.Error(err)
				}
			}
		}}
		if result, err := r.Train(context.Background(), h); err != nil || result.Rollbacks != 1 || r.limited.N != 7 {
			t.Errorf("%d roll-backs, %d iterations counted, want 7 (%v)", result.Rollbacks, r.limited.N, err)
		}
		r.Close()
	}
	var nothing share
	if nothing.add(train.Metrics{GradientNorm: math.NaN()}); !math.IsNaN(float64(nothing.Sum)) {
		t.Error("chains that are NaN were counted as not limited")
	}
}
