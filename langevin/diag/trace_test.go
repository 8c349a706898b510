package diag

import (
	"math"
	"math/rand/v2"
	"testing"
)

func autoregressive(chains, draws int, phi float64, seed uint64) [][]float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([][]float64, chains)
	for c := range x {
		x[c] = make([]float64, draws)
		v := r.NormFloat64()
		for t := range x[c] {
			v = phi*v + math.Sqrt(1-phi*phi)*r.NormFloat64()
			x[c][t] = v
		}
	}
	return x
}

func traces(chains [][]float64, capacity int) []*Trace {
	all := make([]*Trace, len(chains))
	for c, chain := range chains {
		all[c] = NewTrace(capacity)
		for _, v := range chain {
			all[c].Add(v)
		}
	}
	return all
}

func TestTraceOfShortChainIsExact(t *testing.T) {
	chains := autoregressive(4, 500, 0.7, 1)
	s := Summarize(traces(chains, 500))
	mean, variance := meanVariance(flatten(chains))
	for name, pair := range map[string][2]float64{
		"mean": {s.Mean, mean}, "sd": {s.SD, math.Sqrt(variance)}, "rhat": {s.RHat, RHat(chains)},
		"bulk": {s.ESSBulk, ESSBulk(chains)}, "tail": {s.ESSTail, ESSTail(chains)}, "mcse": {s.MCSE, MCSEMean(chains)},
	} {
		if math.Abs(pair[0]-pair[1]) > 1e-12*(1+math.Abs(pair[1])) {
			t.Errorf("%s: streaming %v, batch %v", name, pair[0], pair[1])
		}
	}
}

func TestTraceKeepsEqualWindows(t *testing.T) {
	trace := NewTrace(8)
	for i := range 1000 {
		trace.Add(float64(i))
		if len(trace.Draws) > 8 || len(trace.Draws) != trace.Count/trace.Stride {
			t.Fatalf("after %d draws: %d kept, stride %d", i+1, len(trace.Draws), trace.Stride)
		}
		for w, v := range trace.Draws {
			last := float64((w+1)*trace.Stride - 1)
			middle := last - float64(trace.Stride-1)/2
			if v != last || trace.Means[w] != middle {
				t.Fatalf("after %d draws, window %d: draw %v, mean %v; want %v, %v", i+1, w, v, trace.Means[w], last, middle)
			}
		}
	}
}

// The Monte Carlo error of a long chain, from a trace far shorter than it,
// against the batch value and against the closed form for AR(1).
func TestTraceMonteCarloError(t *testing.T) {
	const phi, draws, count = 0.98, 100_000, 4
	chains := autoregressive(count, draws, phi, 2)
	s := Summarize(traces(chains, 1024))
	truth := math.Sqrt((1 + phi) / (1 - phi) / (draws * count))
	if batch := MCSEMean(chains); math.Abs(s.MCSE/batch-1) > 0.1 {
		t.Errorf("MCSE: streaming %.5f, batch %.5f", s.MCSE, batch)
	}
	if math.Abs(s.MCSE/truth-1) > 0.2 {
		t.Errorf("MCSE %.5f, truth %.5f", s.MCSE, truth)
	}
	if long, batch := Summarize(traces(chains, 8192)), ESSBulk(chains); math.Abs(long.ESSBulk/batch-1) > 0.25 {
		t.Errorf("bulk ESS: streaming %.0f, batch %.0f", long.ESSBulk, batch)
	}
	if s.RHat > 1.01 {
		t.Errorf("R-hat %v", s.RHat)
	}
}

func TestTraceAllocatesNothing(t *testing.T) {
	trace := NewTrace(64)
	if n := testing.AllocsPerRun(1000, func() { trace.Add(1) }); n != 0 {
		t.Errorf("%v allocations a draw", n)
	}
}

func BenchmarkSummarize(b *testing.B) {
	all := traces(autoregressive(32, 4096, 0.7, 1), 4096)
	for b.Loop() {
		Summarize(all)
	}
}
