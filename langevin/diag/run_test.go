package diag

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"anila/asm/isa"
	"anila/langevin"
	"anila/langevin/target"
	"anila/tensor"
)

func runner(t *testing.T, name, kernel string, change func(*Config)) (*Runner, Config) {
	t.Helper()
	d, err := target.ByName(name)
	if err != nil {
		t.Fatal(err)
	}
	c, err := TargetConfig(d, kernel)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&c)
	}
	workers := tensor.NewWorkers(2)
	t.Cleanup(workers.Close)
	z := make([]float32, c.Chains*d.Dim())
	TargetStarts(z, d, 1)
	r, err := NewRunner(d, c, TargetQuantities(d), workers, z)
	if err != nil {
		t.Fatal(err)
	}
	return r, c
}

func statistical(t *testing.T) {
	t.Helper()
	if have := isa.Available(); isa.Current() != have[len(have)-1] {
		t.Skip("statistics run on the best tier")
	}
}

// What `anila-cpu diagnose --target rings --kernel anila-mala` promises, and
// at full length with ANILA_LONG=1.
func TestRingsWithDefaults(t *testing.T) {
	statistical(t)
	r, c := runner(t, "rings", "anila-mala", func(c *Config) {
		if os.Getenv("ANILA_LONG") == "" {
			c.Steps, c.Discard = 60_000, 6_000
		}
	})
	if c.Chains != 32 || (os.Getenv("ANILA_LONG") != "" && c.Steps != 200_000) {
		t.Errorf("defaults are %d chains of %d steps", c.Chains, c.Steps)
	}
	if err := r.Advance(context.Background(), c.Steps); err != nil {
		t.Fatal(err)
	}
	result := r.Result(nil)
	var table strings.Builder
	if err := result.WriteTable(&table); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + table.String())
	for _, name := range []string{"x1", "x2", "|x|", "f"} {
		q := result.Quantities[name]
		if !(q.RHat < 1.01) || !(q.ESSBulk > 400) {
			t.Errorf("%s: R-hat %v, bulk ESS %v", name, q.RHat, q.ESSBulk)
		}
	}
	for _, name := range []string{"ring1", "ring2", "ring3", "ring4"} {
		q := result.Quantities[name]
		if !(math.Abs(float64(q.Mean)-0.25) < 4*float64(q.MCSE)) || q.MCSE > 0.01 {
			t.Errorf("%s: occupancy %v ± %v", name, q.Mean, q.MCSE)
		}
	}
	if e := result.Quantities["f"]; math.Abs(float64(e.Mean)+3.5345) > 4*float64(e.MCSE) {
		t.Errorf("mean of f is %v ± %v, minus the entropy is −3.5345", e.Mean, e.MCSE)
	}
	if result.Acceptance < 0.2 || result.Acceptance > 0.95 {
		t.Errorf("acceptance %v", result.Acceptance)
	}
}

// Every target has settings with which every kernel moves and, with an accept
// step, accepts.
func TestTargetConfigs(t *testing.T) {
	for _, name := range target.Names() {
		for _, kernel := range langevin.Kernels() {
			r, _ := runner(t, name, kernel, func(c *Config) { c.Chains, c.Steps, c.Discard = 4, 300, 100 })
			if err := r.Advance(context.Background(), 300); err != nil {
				t.Fatal(err)
			}
			result := r.Result(nil)
			if len(result.ByChain) > 0 && (result.Acceptance < 0.1 || result.Acceptance > 0.99) {
				t.Errorf("%s on %s: acceptance %v", kernel, name, result.Acceptance)
			}
			if !(result.ESJD > 0) && kernel != "gd" {
				t.Errorf("%s on %s: mean squared jump %v", kernel, name, result.ESJD)
			}
		}
	}
	if _, err := TargetConfig(target.FourRings(), "nuts"); err == nil {
		t.Error("an unknown kernel is accepted")
	}
}

// The streamed summaries of a short run are those of its draws.
func TestRunnerSeesEveryStep(t *testing.T) {
	const steps, discard = 200, 40
	r, c := runner(t, "gmm", "mala", func(c *Config) { c.Chains, c.Steps, c.Discard, c.Capture = 3, steps, discard, []int{0, 40, 200} })
	if err := r.Advance(context.Background(), steps); err != nil {
		t.Fatal(err)
	}
	result := r.Result([]float64{-1, 0, 1})

	d, _ := target.ByName("gmm")
	workers := tensor.NewWorkers(1)
	defer workers.Close()
	p, err := langevin.NewPool(d, c.Sampler, workers, 3)
	if err != nil {
		t.Fatal(err)
	}
	z := make([]float32, 6)
	TargetStarts(z, d, 1)
	if err := p.Start(z, c.Seed, firstStep); err != nil {
		t.Fatal(err)
	}
	x1 := make([][]float64, 3)
	acceptance, jump, last := 0.0, 0.0, append([]float32{}, z...)
	p.Advance(steps, func(first int, step uint64, s *langevin.State, info langevin.Info) {
		for i := range s.Len() {
			at := 2 * (first + i)
			if step >= firstStep+discard {
				x1[first+i] = append(x1[first+i], float64(s.Row(i)[0]))
				acceptance += float64(info.Acceptance[i]) / (3 * (steps - discard))
				for j := range 2 {
					e := float64(s.Row(i)[j]) - float64(last[at+j])
					jump += e * e / (3 * (steps - discard))
				}
			}
			copy(last[at:], s.Row(i))
		}
	})
	q := result.Quantities["x1"]
	for name, pair := range map[string][2]float64{
		"R-hat": {float64(q.RHat), RHat(x1)}, "bulk ESS": {float64(q.ESSBulk), ESSBulk(x1)}, "tail ESS": {float64(q.ESSTail), ESSTail(x1)},
		"MCSE": {float64(q.MCSE), MCSEMean(x1)}, "acceptance": {float64(result.Acceptance), acceptance}, "jump": {float64(result.ESJD), jump},
		"autocorrelation": {float64(result.Correlation["x1"][3]), (Autocorrelation(x1[0], 3)[3] + Autocorrelation(x1[1], 3)[3] + Autocorrelation(x1[2], 3)[3]) / 3},
	} {
		if math.Abs(pair[0]-pair[1]) > 1e-9*(1+math.Abs(pair[1])) {
			t.Errorf("%s: %v, from the draws %v", name, pair[0], pair[1])
		}
	}
	if len(result.Captures) != 3 || result.Captures[0].States[0] == z[0] || result.Captures[2].States[5] != z[5] {
		t.Errorf("captures %v, ends %v", result.Captures, z)
	}
	if result.Data == nil || result.Verdict == "" {
		t.Error("no comparison with data")
	}
}

// A run that is stopped, saved and resumed gives the bits of one that is not;
// and one that is not its own is refused.
func TestSaveAndResume(t *testing.T) {
	short := func(c *Config) { c.Chains, c.Steps, c.Discard, c.Capacity = 5, 700, 50, 64 }
	savedAndResumed(t, "anila", func(c *Config) {
		short(c)
		c.Sampler.Correct, c.Sampler.Steps, c.Sampler.NoiseFall = true, 600, 0.5
	})
	savedAndResumed(t, "hmc", func(c *Config) {
		short(c)
		c.Sampler.Adapt = 30
	})
}

func savedAndResumed(t *testing.T, kernel string, short func(*Config)) {
	t.Helper()
	whole, c := runner(t, "banana", kernel, short)
	if err := whole.Advance(context.Background(), 700); err != nil {
		t.Fatal(err)
	}
	first, _ := runner(t, "banana", kernel, short)
	if err := first.Advance(context.Background(), 333); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := first.Save(&file); err != nil {
		t.Fatal(err)
	}
	d, _ := target.ByName("banana")
	workers := tensor.NewWorkers(1)
	defer workers.Close()
	second, err := Resume(bytes.NewReader(file.Bytes()), d, c, TargetQuantities(d), workers)
	if err != nil {
		t.Fatal(err)
	}
	if second.Done() != 333 {
		t.Errorf("resumed at step %d", second.Done())
	}
	if err := second.Advance(context.Background(), 1000); err != nil {
		t.Fatal(err)
	}
	a, b := whole.Result(nil), second.Result(nil)
	a.Seconds, b.Seconds = 0, 0
	for _, r := range []*Result{a, b} {
		for name, q := range r.Quantities {
			q.ESSPerSecond = 0
			r.Quantities[name] = q
		}
	}
	one, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	two, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one, two) {
		t.Errorf("resumed:\n%s\nwhole:\n%s", two, one)
	}

	c.Seed++
	if _, err := Resume(bytes.NewReader(file.Bytes()), d, c, TargetQuantities(d), workers); err == nil {
		t.Error("a run of another seed is resumed")
	}
	if _, err := Resume(bytes.NewReader(file.Bytes()[:200]), d, c, TargetQuantities(d), workers); err == nil {
		t.Error("half a file is resumed")
	}
}

func TestAdvanceStopsWithContext(t *testing.T) {
	r, _ := runner(t, "gmm", "mala", func(c *Config) { c.Chains = 2 })
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.Advance(ctx, 1000); !errors.Is(err, context.Canceled) || r.Done() != 0 {
		t.Errorf("error %v after %d steps", err, r.Done())
	}
}

// NaN has no JSON; a diverged run still writes its result.
func TestDivergedRun(t *testing.T) {
	r, _ := runner(t, "banana", "langevin", func(c *Config) { c.Chains, c.Steps, c.Discard, c.Sampler.Step = 2, 200, 10, 100 })
	if err := r.Advance(context.Background(), 200); err != nil {
		t.Fatal(err)
	}
	result := r.Result([]float64{0, 1})
	if _, err := json.Marshal(result); err != nil {
		t.Error(err)
	}
	if result.Verdict != "the chains diverged" {
		t.Errorf("verdict %q", result.Verdict)
	}
}

// Chains that start where the density is zero are refused, not followed.
func TestBadStartsAreRefused(t *testing.T) {
	half := langevin.Func(2, func(grad, x []float64) float64 {
		grad[0], grad[1] = -x[0], -x[1]
		if x[0] < 0 {
			return math.Inf(-1)
		}
		return -(x[0]*x[0] + x[1]*x[1]) / 2
	})
	workers := tensor.NewWorkers(1)
	defer workers.Close()
	c := Config{Sampler: langevin.Config{Kernel: "mala", Step: 0.1}, Chains: 3, Steps: 10}
	var bad *langevin.StartError
	if _, err := NewRunner(half, c, Quantities(2), workers, []float32{1, 0, -1, 0, 1, 1}); !errors.As(err, &bad) || bad.Count != 1 || bad.Chain != 1 {
		t.Errorf("error %v", err)
	}
}

// What the table says about chains that stand still in two places, that never
// move, that mix badly, and that mix.
func TestTableJudgesChains(t *testing.T) {
	table := func(result *Result) string {
		var b strings.Builder
		if err := result.WriteTable(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	const warning = "the chains have not mixed: means and MCSE are not to be trusted"

	// Steps far too long: every proposal is refused.
	stuck, _ := runner(t, "gmm", "mala", func(c *Config) { c.Chains, c.Steps, c.Discard, c.Sampler.Step = 4, 300, 0, 1e6 })
	if err := stuck.Advance(context.Background(), 300); err != nil {
		t.Fatal(err)
	}
	result := stuck.Result([]float64{-1, 0, 1})
	text := table(result)
	if q := result.Quantities["x1"]; !(q.RHat > 1e12) || result.Mixed {
		t.Errorf("chains that stand still in four places: %+v, mixed is %v", q, result.Mixed)
	}
	if at := strings.Index(text, warning); at < 0 || strings.Index(text, result.Verdict) < at || !strings.Contains(text, "*") {
		t.Errorf("no warning before the verdict, or no mark:\n%s", text)
	}

	// The same place for all: a quantity that never moves has no answer.
	d, _ := target.ByName("gmm")
	workers := tensor.NewWorkers(1)
	defer workers.Close()
	c := Config{Sampler: langevin.Config{Kernel: "mala", Step: 1e6}, Chains: 2, Steps: 50}
	still, err := NewRunner(d, c, Quantities(2), workers, []float32{1, 0, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	if err := still.Advance(context.Background(), 50); err != nil {
		t.Fatal(err)
	}
	result = still.Result(nil)
	for name, q := range result.Quantities {
		for what, v := range map[string]Float{"R-hat": q.RHat, "bulk ESS": q.ESSBulk, "tail ESS": q.ESSTail, "MCSE": q.MCSE, "ESS/s": q.ESSPerSecond} {
			if v == v {
				t.Errorf("%s of %s, which never moves, is %v", what, name, v)
			}
		}
	}
	if text := table(result); result.Mixed || !strings.Contains(text, "–") || !strings.Contains(text, "nothing moved") {
		t.Errorf("mixed is %v\n%s", result.Mixed, text)
	}
	if b, err := json.Marshal(result); err != nil || !strings.Contains(string(b), `"rhat":"NaN"`) {
		t.Errorf("%v\n%s", err, b)
	}

	// Enough of independent draws.
	good, _ := runner(t, "logistic", "mala", func(c *Config) { c.Chains, c.Steps, c.Discard = 4, 3000, 100 })
	if err := good.Advance(context.Background(), 3000); err != nil {
		t.Fatal(err)
	}
	if result := good.Result(nil); !result.Mixed || result.Warning != "" || strings.Contains(table(result), "*") {
		t.Errorf("chains that mix:\n%s", table(result))
	}
}

func TestMixed(t *testing.T) {
	nan := Float(math.NaN())
	for _, c := range []struct {
		rhat, bulk, tail Float
		mixed, answered  bool
	}{
		{1.005, 500, 400, true, true},
		{1.02, 500, 500, false, true},
		{Float(math.Inf(1)), 500, 500, false, true},
		{1, 399, 500, false, true},
		{1, 500, 399, false, true},
		{nan, 500, 500, true, true}, // one chain
		{nan, nan, nan, false, false},
	} {
		r := Row{RHat: c.rhat, ESSBulk: c.bulk, ESSTail: c.tail}
		if r.mixed() != c.mixed || r.answered() != c.answered {
			t.Errorf("%+v: mixed is %v, answered %v", r, r.mixed(), r.answered())
		}
	}
}
