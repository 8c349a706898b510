package train_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"anila/internal/reference"
	"anila/tensor"
	"anila/train"
	"anila/train/data"
	"anila/train/settings"
)

// measured is all that three iterations compute: by name, a list of numbers.
type measured map[string][]float64

// roundings is the number of rounded runs of which the cost is the largest.
const roundings = 8

// tolerance times what rounding costs is how far the trainer may be from the reference.
const tolerance = 3

// sharp is the share of its norm that this may be for parameters and states; differences of means may cancel further.
const sharp = 1e-4

// TestIterationsAreThoseOfTheReference: parameters, their average, chains, bank and metrics after each of three iterations
// are those of Algorithm 1 in float64, up to what it costs to keep in float32 what training keeps in float32: θ, states,
// the values and gradients of each layer. That is computed: the reference itself runs with each of these numbers moved by
// half a unit in its last place, up or down by chance. And every setting of a case acts: without it the reference computes
// something else.
func TestIterationsAreThoseOfTheReference(t *testing.T) {
	worst := 0.0
	for _, c := range iterationCases {
		t.Run(c.name, func(t *testing.T) {
			settings, source := c.all(), c.source(t)
			got := iterate(t, append(settings, "data.name="+c.set()), source)
			want, cost := recompute(t, settings, source)
			for name, w := range want {
				off, size := apart(got[name], w), apart(w, make([]float64, len(w)))
				if !(off <= tolerance*cost[name]) {
					t.Errorf("%s is off by %.3g; rounding costs %.3g; norm %.3g", name, off, cost[name], size)
				}
				if len(w) > 1 && !(tolerance*cost[name] <= sharp*size) {
					t.Errorf("%s of norm %.3g cannot be judged: rounding costs %.3g", name, size, cost[name])
				}
				if off > 0 {
					worst = max(worst, off/cost[name])
				}
			}
			if len(got) != len(want) {
				t.Errorf("%d quantities of the trainer, %d of the reference", len(got), len(want))
			}
			if testing.Short() && c.images() {
				return
			}
			changed := strings.Fields(c.settings)
			for i, s := range changed {
				other := c
				other.settings = strings.Join(slices.Delete(slices.Clone(changed), i, i+1), " ")
				without, _ := run(other.all(), source, nil)
				acts := slices.ContainsFunc(slices.Collect(maps.Keys(want)), func(name string) bool {
					return apart(without[name], want[name]) > 100*tolerance*cost[name]
				})
				if acts == slices.Contains(strings.Fields(c.inert), s) {
					t.Errorf("%s acts: %v", s, acts)
				}
			}
		})
	}
	t.Logf("largest difference: %.2f times the cost of rounding", worst)
}

// recompute does the iterations in the reference, and computes the cost of rounding.
func recompute(t *testing.T, settings []string, source data.Source) (want measured, cost map[string]float64) {
	t.Helper()
	want, forks := run(settings, source, nil)
	cost = map[string]float64{}
	for i := range roundings {
		rounded, sides := run(settings, source, reference.NewRounding(uint64(i)))
		if sides != forks {
			t.Error("rounding changes a side of leaky ReLU, a winner of max-pooling or an acceptance: give the case another seed")
		}
		for name, v := range rounded {
			cost[name] = max(cost[name], apart(v, want[name]))
		}
	}
	return want, cost
}

// apart is the Euclidean distance.
func apart(a, b []float64) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	sum := 0.0
	for i, v := range a {
		if v == b[i] {
			continue
		}
		sum += (v - b[i]) * (v - b[i])
	}
	return math.Sqrt(sum)
}

const iterations = 3

// run does the iterations in the reference.
func run(settings []string, source data.Source, round *reference.Rounding) (measured, uint64) {
	r, out := reference.New(settings, source, round), measured{}
	for i := range iterations {
		m := r.Iterate()
		at := fmt.Sprintf("%d ", i+1)
		for _, p := range r.Params() {
			out[at+p.Name] = slices.Clone(p.Data)
		}
		for name, mean := range r.EMA() {
			out[at+"ema "+name] = slices.Clone(mean)
		}
		out[at+"chains"] = slices.Concat(r.Chains()...)
		out[at+"bank"] = slices.Concat(r.Bank()...)
		out.metrics(at, []float64{m.Gap, m.FData, m.FChains, m.Loss, m.GradientNorm, m.Displacement, m.Limited, m.Acceptance,
			m.ParameterGradientNorm, m.Rate, m.Largest})
	}
	return out, r.Forks()
}

func (m measured) metrics(at string, values []float64) {
	for i, name := range []string{"Gap", "FData", "FChains", "Loss", "GradientNorm", "Displacement", "Limited", "Acceptance",
		"Parameters", "Rate", "Largest"} {
		if m[at+name] = values[i : i+1]; math.IsNaN(values[i]) {
			values[i] = math.Inf(-1) // there is none, which compares equal
		}
	}
}

// iterate does the iterations in the trainer.
func iterate(t *testing.T, keys []string, source data.Source) measured {
	t.Helper()
	cfg, err := settings.Resolve(settings.Layers{Preset: settings.DefaultPreset, Settings: keys})
	if err != nil {
		t.Fatal(err)
	}
	network, err := cfg.NewNetwork(source.Shape())
	if err != nil {
		t.Fatal(err)
	}
	workers := tensor.NewWorkers(2)
	defer workers.Close()
	tr, err := train.New(network, data.WithNoise(source, cfg.Data.Noise), cfg.Train, workers)
	if err != nil {
		t.Fatal(err)
	}
	out := measured{}
	for i := range iterations {
		m := tr.Iterate()
		at := fmt.Sprintf("%d ", i+1)
		for _, p := range network.Tensors() {
			out[at+p.Name] = float64s(p.Data)
		}
		if ema := tr.Average(); ema != nil {
			for _, p := range ema.Tensors() {
				out[at+"ema "+p.Name] = float64s(p.Data)
			}
		}
		out[at+"chains"], out[at+"bank"] = float64s(tr.Chains()), nil
		if bank := tr.Snapshot().Bank; bank != nil {
			out[at+"bank"] = float64s(bank.States())
		}
		out.metrics(at, []float64{m.Gap, m.FData, m.FChains, m.Loss, m.GradientNorm, m.Displacement, m.Limited, m.Acceptance,
			m.ParameterGradientNorm, m.Rate, m.LargestState})
	}
	return out
}

func float64s(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}
