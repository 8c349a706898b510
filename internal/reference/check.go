package reference

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"anila/train/data"
)

const (
	// Iterations is how many Check looks at.
	Iterations = 3
	// roundings is the number of rounded runs of which the cost is the largest.
	roundings = 16
	// tolerance times what rounding costs is how far training may be from the reference.
	tolerance = 3
	// sharp is the share of its norm that this may be for parameters and states; differences of means may cancel further.
	sharp = 1e-4
)

// Measured is what iterations computed: by name, a list of numbers.
type Measured map[string][]float64

func nameOf(iteration int, name string) string {
	return fmt.Sprintf("%s of iteration %d", name, iteration)
}

// Note adds numbers of iteration 1, 2 …: a parameter or "ema" and a parameter, by name, "chains" or "bank".
func (m Measured) Note(iteration int, name string, x []float32) {
	m[nameOf(iteration, name)] = widen(x)
}

// NoteMetrics adds an iteration's metrics. NaN stands for what a kernel does not have, which is never negative.
func (m Measured) NoteMetrics(iteration int, x Metrics) {
	for name, v := range map[string]float64{
		"Gap": x.Gap, "FData": x.FData, "FChains": x.FChains, "Loss": x.Loss, "GradientNorm": x.GradientNorm,
		"Displacement": x.Displacement, "Limited": x.Limited, "Acceptance": x.Acceptance,
		"ParameterGradientNorm": x.ParameterGradientNorm, "Rate": x.Rate, "LargestState": x.LargestState,
	} {
		if math.IsNaN(v) {
			v = -1
		}
		m[nameOf(iteration, name)] = []float64{v}
	}
}

// Check compares what training computed in the case's iterations with the reference, without the names that training does
// not tell. They agree up to what it costs to keep in float32 what training keeps in float32: θ, states, the values and
// gradients of each layer. That is computed: the reference itself runs with each of these numbers moved by half a unit in
// its last place, up or down by chance.
func (c Case) Check(t *testing.T, got Measured, without ...string) {
	t.Helper()
	source := c.Source(t)
	want, forks := c.run(source, nil)
	cost := map[string]float64{}
	for i := range roundings {
		rounded, sides := c.run(source, NewRounding(uint64(i)))
		if sides != forks {
			t.Error("rounding changes a side of leaky ReLU, a winner of max-pooling or an acceptance: give the case another seed")
		}
		for name, v := range rounded {
			cost[name] = max(cost[name], apart(v, want[name]))
		}
	}
	for _, name := range without {
		for i := range Iterations {
			delete(want, nameOf(i+1, name))
			delete(got, nameOf(i+1, name))
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d quantities of training, %d of the reference", len(got), len(want))
	}
	worst, where := 0.0, ""
	for name, w := range want {
		off, size := apart(got[name], w), apart(w, make([]float64, len(w)))
		if !(off <= tolerance*cost[name]) {
			t.Errorf("%s is off by %.3g; rounding costs %.3g; norm %.3g", name, off, cost[name], size)
		}
		if len(w) > 1 && !(tolerance*cost[name] <= sharp*size) {
			t.Errorf("%s, of norm %.3g, cannot be judged: rounding costs %.3g", name, size, cost[name])
		}
		if share := off / cost[name]; share > worst {
			worst, where = share, name
		}
	}
	t.Logf("at most %.2f times the cost of rounding: %s", worst, where)
}

// run does the iterations in the reference.
func (c Case) run(source data.Source, round *Rounding) (m Measured, forks uint64) {
	t, m := New(c.Settings(), source, round), Measured{}
	for i := range Iterations {
		m.NoteMetrics(i+1, t.Iterate())
		for _, p := range t.net.params {
			m[nameOf(i+1, p.name)] = slices.Clone(p.data)
		}
		for name, mean := range t.ema {
			m[nameOf(i+1, "ema "+name)] = slices.Clone(mean)
		}
		m[nameOf(i+1, "chains")], m[nameOf(i+1, "bank")] = slices.Concat(t.chains...), slices.Concat(t.bank...)
	}
	return m, t.net.forks
}

// apart is the Euclidean distance.
func apart(a, b []float64) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	sum := 0.0
	for i, v := range a {
		sum += (v - b[i]) * (v - b[i])
	}
	return math.Sqrt(sum)
}
