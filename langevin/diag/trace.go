package diag

import "math"

// Trace holds one quantity of one chain, of any length, in bounded memory.
// It keeps every 2ᵏ-th draw and the means of the windows of 2ᵏ draws between
// them, k just large enough that there are at most Capacity of each, and the
// exact mean and variance of everything. Ranks and quantiles come from the
// draws that were kept (their effective sample size is at most their number);
// the Monte Carlo error of the mean comes from the window means, which lose
// nothing of it.
//
// The fields are exported so that a trace can be stored and taken up again.
type Trace struct {
	Capacity int       // even
	Stride   int       // draws per window
	Count    int       // draws added
	Draws    []float64 // the last draw of each full window
	Means    []float64 // the mean of each full window
	Window   float64   // sum of the draws of the window being filled
	Mean     float64   // of all draws
	Squares  float64   // sum of squared deviations from Mean
}

// NewTrace returns an empty trace that keeps up to capacity draws (even, at
// least 8).
func NewTrace(capacity int) *Trace {
	if capacity < 8 || capacity%2 != 0 {
		panic("diag: a trace's capacity is even and at least 8")
	}
	return &Trace{
		Capacity: capacity, Stride: 1,
		Draws: make([]float64, 0, capacity), Means: make([]float64, 0, capacity),
	}
}

// Add appends a draw. It does not allocate.
func (t *Trace) Add(v float64) {
	t.Count++
	deviation := v - t.Mean
	t.Mean += deviation / float64(t.Count)
	t.Squares += deviation * (v - t.Mean)
	t.Window += v
	if t.Count%t.Stride != 0 {
		return
	}
	if len(t.Draws) == t.Capacity {
		t.halve()
		if t.Count%t.Stride != 0 {
			return
		}
	}
	t.Draws = append(t.Draws, v)
	t.Means = append(t.Means, t.Window/float64(t.Stride))
	t.Window = 0
}

// halve joins the windows in pairs. The draw being added closes the first
// half of a pair, so its window stays open.
func (t *Trace) halve() {
	half := t.Capacity / 2
	for i := range half {
		t.Draws[i] = t.Draws[2*i+1]
		t.Means[i] = (t.Means[2*i] + t.Means[2*i+1]) / 2
	}
	t.Draws, t.Means = t.Draws[:half], t.Means[:half]
	t.Stride *= 2
}

// consistent tells whether t may have come from count calls of Add.
func (t *Trace) consistent(count int) bool {
	return t.Count == count && t.Stride > 0 && t.Stride&(t.Stride-1) == 0 &&
		len(t.Draws) == count/t.Stride && len(t.Means) == len(t.Draws) && len(t.Draws) <= t.Capacity
}

// Variance is the variance of all draws (divisor n−1).
func (t *Trace) Variance() float64 { return t.Squares / float64(t.Count-1) }

// Summary is what a set of chains says about one quantity.
type Summary struct {
	Mean    float64 `json:"mean"`
	SD      float64 `json:"sd"`
	RHat    float64 `json:"rhat"`
	ESSBulk float64 `json:"ess_bulk"`
	ESSTail float64 `json:"ess_tail"`
	MCSE    float64 `json:"mcse"` // of Mean
}

// Summarize computes the summary of one quantity from its equally long traces,
// one for each chain.
func Summarize(chains []*Trace) Summary {
	draws := make([][]float64, len(chains))
	means := make([][]float64, len(chains))
	grand := 0.0
	for c, t := range chains {
		draws[c], means[c] = t.Draws, t.Means
		grand += t.Mean / float64(len(chains))
	}
	squares, count := 0.0, 0
	for _, t := range chains {
		squares += t.Squares + float64(t.Count)*(t.Mean-grand)*(t.Mean-grand)
		count += t.Count
	}
	return Summary{
		Mean:    grand,
		SD:      math.Sqrt(squares / float64(count-1)),
		RHat:    RHat(draws),
		ESSBulk: ESSBulk(draws),
		ESSTail: ESSTail(draws),
		MCSE:    MCSEMean(means),
	}
}

// ratio returns the mean of the draws above over that of the draws below, from
// traces of equal length, and its Monte Carlo standard error to first order: that of
// (above − ratio·below)/E below, which has mean 0.
func ratio(above, below []*Trace) (mean, mcse float64) {
	over, under := 0.0, 0.0
	for c, t := range above {
		over += t.Mean
		under += below[c].Mean
	}
	mean = over / under
	under /= float64(len(below))
	residuals := make([][]float64, len(above))
	for c, t := range above {
		for i, v := range t.Means {
			residuals[c] = append(residuals[c], (v-mean*below[c].Means[i])/under)
		}
	}
	return mean, MCSEMean(residuals)
}
