package diag

import (
	"encoding/gob"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strings"
	"text/tabwriter"

	"anila/internal/number"
	"anila/langevin"
	"anila/tensor"
)

// Float is a float64 whose JSON form keeps NaN and the infinities, as strings.
type Float = number.Float

// Row is what the chains say about one quantity.
type Row struct {
	Mean         Float `json:"mean"`
	SD           Float `json:"sd"`
	RHat         Float `json:"rhat"`
	ESSBulk      Float `json:"ess_bulk"`
	ESSTail      Float `json:"ess_tail"`
	MCSE         Float `json:"mcse"`
	Acceptance   Float `json:"acceptance"`     // of the kernel; NaN without an accept step
	ESSPerSecond Float `json:"ess_per_second"` // bulk

	// With Config.Weighted, Σ a·q / Σ a over all draws; SD and what follows it above
	// are those of the chains as they are.
	Weighted *Weighted `json:"weighted_by_a,omitempty"`
}

// Weighted is a mean of draws weighted by a, and its Monte Carlo error.
type Weighted struct {
	Mean Float `json:"mean"`
	MCSE Float `json:"mcse"`
}

// Chains count as mixed where R-hat and both effective sample sizes of every
// quantity keep these bounds (Vehtari et al. 2021).
const (
	maxRHat = 1.01
	minESS  = 400
)

// answered tells whether there is anything to judge: a quantity that never moves
// has no R-hat and no effective sample size.
func (r Row) answered() bool { return !math.IsNaN(float64(r.ESSBulk)) }

// mixed tells whether the chains agree about the quantity. R-hat is NaN for one
// chain, which cannot disagree.
func (r Row) mixed() bool { return !(r.RHat > maxRHat) && r.ESSBulk >= minESS && r.ESSTail >= minESS }

// Level is the mean and the standard deviation of f/T over data.
type Level struct {
	Mean Float `json:"mean"`
	SD   Float `json:"sd"`
}

// Path is a number along the chains, mean over the chains, in windows of
// Stride steps each, from the first step on.
type Path struct {
	Stride int     `json:"stride"`
	Mean   []Float `json:"mean"`
}

// Result is what a run of long chains found.
type Result struct {
	Kernel      string  `json:"kernel"`
	Drift       Float   `json:"drift"`
	Noise       Float   `json:"noise"`
	Step        Float   `json:"step"` // hmc, rwm
	B           Float   `json:"b"`    // of ∇f (amala: ∇f/T); +Inf: no bound
	Correct     bool    `json:"correct,omitempty"`
	Temperature Float   `json:"temperature"`
	Chains      int     `json:"chains"`
	Steps       int     `json:"steps"`
	Discard     int     `json:"discard"`
	Adapt       int     `json:"adapt"`
	Seconds     Float   `json:"seconds"`
	Acceptance  Float   `json:"acceptance"`
	ByChain     []Float `json:"acceptance_by_chain,omitempty"`
	ESJD        Float   `json:"esjd"`

	Names      []string       `json:"names"` // of the quantities, in order
	Quantities map[string]Row `json:"quantities"`

	F            Path               `json:"f_path"`
	GradientNorm Path               `json:"gradient_norm_path"` // of f/T
	AcceptPath   Path               `json:"acceptance_path"`
	Correlation  map[string][]Float `json:"autocorrelation"` // at multiples of LagStride steps, mean over the chains
	LagStride    int                `json:"autocorrelation_stride"`

	Data    *Level `json:"data_f,omitempty"`
	EndF    Level  `json:"end_f"`             // over the last tenth of the steps
	Offset  Float  `json:"f_offset"`          // (end − data)/SD of the data; NaN without data
	Verdict string `json:"verdict,omitempty"` // in words, where there are data

	Mixed   bool   `json:"mixed"`             // every quantity that moves: R-hat ≤ 1.01, bulk and tail ESS ≥ 400
	Warning string `json:"warning,omitempty"` // in words, where they have not

	Captures []Capture `json:"captures"`
}

const maxLags = 200

// Result computes everything from what was seen so far. data are values of
// f/T of data, or nil.
func (r *Runner) Result(data []float64) *Result {
	s := r.Sampler
	kept := max(r.progress.Done-r.config.Discard, 0)
	result := &Result{
		Kernel: s.Kernel, Drift: Float(s.Drift), Noise: Float(s.Noise), Step: Float(s.Step), B: Float(s.Bound()), Correct: s.Correct,
		Temperature: Float(s.Temperature), Chains: r.config.Chains, Steps: r.progress.Done, Discard: r.config.Discard,
		Adapt: r.config.Sampler.Adapt, Seconds: Float(r.Seconds), Captures: r.Captures,
		Quantities: map[string]Row{}, Correlation: map[string][]Float{}, LagStride: 1,
		F: path(r.Paths[pathF]), GradientNorm: path(r.Paths[pathGradient]), AcceptPath: path(r.Paths[pathAcceptance]),
	}
	acceptance, jumps := 0.0, 0.0
	for c := range r.Acceptance {
		acceptance += r.Acceptance[c] / float64(r.config.Chains*kept)
		jumps += r.Jumps[c] / float64(r.config.Chains*kept)
		if s.Metropolis() {
			result.ByChain = append(result.ByChain, Float(r.Acceptance[c]/float64(kept)))
		}
	}
	result.Acceptance, result.ESJD = Float(acceptance), Float(jumps)
	for q, traces := range r.Traces {
		name := r.quantities[q].Name
		v := Summarize(traces)
		result.Names = append(result.Names, name)
		row := Row{
			Float(v.Mean), Float(v.SD), Float(v.RHat), Float(v.ESSBulk), Float(v.ESSTail), Float(v.MCSE),
			result.Acceptance, Float(v.ESSBulk / r.Seconds), nil,
		}
		if r.config.Weighted {
			mean, mcse := ratio(r.Products[q], r.Products[len(r.quantities)])
			row.Weighted = &Weighted{Float(mean), Float(mcse)}
		}
		result.Quantities[name] = row
		result.Correlation[name] = meanAutocorrelation(traces)
		result.LagStride = traces[0].Stride
	}
	result.judge()
	result.compareWithData(r.Paths[pathF], data)
	return result
}

// judge says whether the numbers are to be trusted.
func (result *Result) judge() {
	result.Mixed = false
	for _, q := range result.Quantities {
		result.Mixed = result.Mixed || q.answered()
	}
	if !result.Mixed {
		result.Warning = "nothing can be said about the chains: too few draws, or nothing moved"
		return
	}
	for _, q := range result.Quantities {
		result.Mixed = result.Mixed && (q.mixed() || !q.answered())
	}
	if !result.Mixed {
		result.Warning = "the chains have not mixed: means and MCSE are not to be trusted"
	}
}

func path(traces []*Trace) Path {
	p := Path{Stride: traces[0].Stride, Mean: make([]Float, len(traces[0].Means))}
	for _, t := range traces {
		for i, v := range t.Means {
			p.Mean[i] += Float(v / float64(len(traces)))
		}
	}
	return p
}

func meanAutocorrelation(traces []*Trace) []Float {
	var mean []Float
	for _, t := range traces {
		r := Autocorrelation(t.Draws, maxLags)
		if mean == nil {
			mean = make([]Float, len(r))
		}
		for lag, v := range r {
			mean[lag] += Float(v / float64(len(traces)))
		}
	}
	return mean
}

// compareWithData says whether f of the chains' ends is like that of data.
func (result *Result) compareWithData(f []*Trace, data []float64) {
	var ends []float64
	for _, t := range f {
		ends = append(ends, t.Draws[len(t.Draws)*9/10:]...)
	}
	mean, variance := meanVariance(ends)
	result.EndF = Level{Float(mean), Float(math.Sqrt(variance))}
	result.Offset = Float(math.NaN())
	if len(data) < 2 {
		return
	}
	dataMean, dataVariance := meanVariance(data)
	sd := math.Sqrt(dataVariance)
	result.Data = &Level{Float(dataMean), Float(sd)}
	offset := (mean - dataMean) / sd
	result.Offset = Float(offset)
	switch {
	case !(math.Abs(offset) < math.Inf(1)):
		result.Verdict = "the chains diverged"
	case offset > 2:
		result.Verdict = "long-run states have far higher f than the data: the model is a short-run generator, its modes are not the data"
	case offset < -2:
		result.Verdict = "long-run states have far lower f than the data: the chains have not reached, or don't hold, the data's level"
	default:
		result.Verdict = "long-run states keep the data's level of f"
	}
}

// WriteTable writes the result for people.
func (result *Result) WriteTable(w io.Writer) error {
	fmt.Fprintf(w, "kernel %s: %d chains, %d steps (%d discarded, %d of warm-up before), %.1f s\n",
		result.Kernel, result.Chains, result.Steps, result.Discard, result.Adapt, result.Seconds)
	accepted := fmt.Sprintf("acceptance %.3f", result.Acceptance)
	if result.Acceptance != result.Acceptance {
		accepted = "no accept step"
	}
	fmt.Fprintf(w, "%s, mean squared jump %.4g\n", accepted, result.ESJD)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	header := "\tmean\tsd\tmcse\trhat\tess_bulk\tess_tail\tess/s\t"
	for i, name := range result.Names {
		q := result.Quantities[name]
		if i == 0 {
			if q.Weighted != nil {
				header += "mean by a\tmcse\t"
			}
			fmt.Fprintln(table, header)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t", name,
			cell("%.4g", q.Mean, false), cell("%.4g", q.SD, false), cell("%.2g", q.MCSE, false),
			cell("%.4f", q.RHat, q.RHat > maxRHat), cell("%.0f", q.ESSBulk, q.ESSBulk < minESS),
			cell("%.0f", q.ESSTail, q.ESSTail < minESS), cell("%.0f", q.ESSPerSecond, false))
		if w := q.Weighted; w != nil {
			fmt.Fprintf(table, "%s\t%s\t", cell("%.4g", w.Mean, false), cell("%.2g", w.MCSE, false))
		}
		fmt.Fprintln(table)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if result.Warning != "" {
		fmt.Fprintf(w, "%s (* R-hat above %v, ESS below %d; – no answer)\n", result.Warning, maxRHat, minESS)
	}
	var end strings.Builder
	fmt.Fprintf(&end, "f/T over the last tenth: %.4g ± %.3g", result.EndF.Mean, result.EndF.SD)
	if result.Data != nil {
		fmt.Fprintf(&end, "; data: %.4g ± %.3g (%.2f sd apart): %s", result.Data.Mean, result.Data.SD, result.Offset, result.Verdict)
	}
	_, err := fmt.Fprintln(w, end.String())
	return err
}

// cell formats a number, a dash where there is none, and marks it.
func cell(format string, v Float, mark bool) string {
	text := "–"
	switch {
	case math.IsInf(float64(v), 0):
		if text = "∞"; v < 0 {
			text = "−∞"
		}
	case !math.IsNaN(float64(v)):
		text = fmt.Sprintf(format, v)
	}
	if mark {
		text += "*"
	}
	return text
}

// Scores returns f(x)/T of states x [n, dim].
func Scores(d langevin.LogDensity, temperature float64, x []float32) []float64 {
	const block = 64
	dim := d.Dim()
	ev := d.NewEvaluator(block)
	f, grad := make([]float32, block), make([]float32, block*dim)
	var scores []float64
	for len(x) > 0 {
		n := min(block, len(x)/dim)
		ev.LogDensityAndGradient(f[:n], grad[:n*dim], x[:n*dim])
		for _, v := range f[:n] {
			scores = append(scores, float64(v)/temperature)
		}
		x = x[n*dim:]
	}
	return scores
}

// stored is a run as Save writes it.
type stored struct {
	Config   Config
	Names    []string
	Progress progress
}

func (r *Runner) names() []string {
	var names []string
	for _, q := range r.quantities {
		names = append(names, q.Name)
	}
	return names
}

// Save writes the run, so that Resume can take it up with the same bits.
func (r *Runner) Save(w io.Writer) error {
	r.Memory = r.pool.Memory()
	return gob.NewEncoder(w).Encode(stored{r.config, r.names(), r.progress})
}

// Resume takes up a run that Save wrote. Only Config.Steps may differ from
// the settings that it was started with.
func Resume(file io.Reader, d langevin.LogDensity, c Config, quantities []Quantity, workers *tensor.Workers) (*Runner, error) {
	r, err := newRunner(d, c, quantities)
	if err != nil {
		return nil, err
	}
	var s stored
	if err := gob.NewDecoder(file).Decode(&s); err != nil {
		return nil, fmt.Errorf("diag: a stored run: %w", err)
	}
	s.Config.Steps = r.config.Steps
	if !reflect.DeepEqual(s.Config, r.config) || !reflect.DeepEqual(s.Names, r.names()) || s.Progress.Done > r.config.Steps ||
		!s.Progress.fits(r) {
		return nil, errOther
	}
	r.progress = s.Progress
	if err := r.start(s.Progress.Sampler, workers); err != nil {
		return nil, err
	}
	// What a run has come to is no start: it goes on, whatever f is there.
	_ = r.pool.Start(r.States, c.Seed, firstStep+uint64(c.Sampler.Adapt+r.Done()))
	r.pool.Remember(r.Memory)
	return r, nil
}

// fits tells whether everything is as a run of r's settings would have left it.
func (p *progress) fits(r *Runner) bool {
	chains := r.config.Chains
	whole := func(traces []*Trace, count int) bool {
		ok := len(traces) == chains
		for _, t := range traces {
			ok = ok && t != nil && t.Capacity == r.config.Capacity && t.Stride == traces[0].Stride && t.consistent(count)
		}
		return ok
	}
	tuned, err := r.config.Sampler.Resolve()
	if err != nil {
		return false
	}
	if r.config.Sampler.Adapt > 0 {
		tuned.Drift, tuned.Noise, tuned.Step = p.Sampler.Drift, p.Sampler.Noise, p.Sampler.Step
	}
	remembered := 0
	if tuned.Correct {
		remembered = chains * r.dim
	}
	ok := p.Sampler == tuned && len(p.Memory.Root) == remembered && len(p.Memory.Noise) == remembered && p.Memory.Taken >= 0 && p.Done >= 0 && len(p.States) == chains*r.dim && len(p.Jumps) == chains &&
		len(p.Acceptance) == chains && len(p.Traces) == len(r.quantities) && len(p.Products) == r.products()
	for _, traces := range slices.Concat(p.Traces, p.Products) {
		ok = ok && whole(traces, max(p.Done-r.config.Discard, 0))
	}
	for _, traces := range p.Paths {
		ok = ok && whole(traces, p.Done)
	}
	for _, c := range p.Captures {
		ok = ok && len(c.States) == chains*r.dim
	}
	return ok
}
