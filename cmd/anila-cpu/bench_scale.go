package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"

	"github.com/klauspost/cpuid/v2"
	"github.com/spf13/cobra"

	"anila/asm/isa"
	"anila/internal/measure"
	"anila/internal/number"
	"anila/internal/scale"
	"anila/tensor"
)

// scaleResult is what `bench scale --json` prints.
type scaleResult struct {
	measure.Scaling
	CPU       string       `json:"cpu"`
	Tier      string       `json:"tier"`
	Precision string       `json:"precision"`
	Bandwidth float64      `json:"bandwidth"` // of weights, bytes a second that all cores together can read; 0 is no bound
	Checks    []scaleCheck `json:"checks"`    // of the simulation, against two cores
	Predicted []scaleLine  `json:"predicted"`
}

// scaleCheck is an iteration on two workers as measured and as simulated.
type scaleCheck struct {
	Batch int `json:"batch"`
	measure.Check
}

// scaleLine is what is predicted for a number of workers.
type scaleLine struct {
	Workers    int     `json:"workers"`
	One        float64 `json:"one"` // seconds on one worker, measured between the rounds of the tasks
	Seconds    float64 `json:"seconds"`
	Serial     float64 `json:"serial"` // of them, in which one goroutine works and all others wait
	Work       float64 `json:"work"`   // of all cores together
	SpeedUp    float64 `json:"speed_up"`
	Efficiency float64 `json:"efficiency"`

	Machine scale.Machine  `json:"machine"` // measured between two cores, in the same rounds
	Rounds  measure.Rounds `json:"rounds"`
}

func newBenchScale() *cobra.Command {
	var o benchOptions
	var steps int
	var workers []int
	var bandwidth float64
	c := &cobra.Command{
		Use:   "scale",
		Short: "Predict a training iteration on more cores from its tasks, timed one by one; --json",
		Long: `Predict a training iteration on more cores than there are. It is planned for so many workers, its tasks are timed one by
one on two cores that take turns, and their schedule is simulated with the workers' own rule. Where workers share chains ten
steps are timed, and the others, which are alike, are taken to be like them. What cores cost each other is
measured between two of them here: what a task loses that finds its operands in the other core's caches, with the tasks beside it
and alone, how long a written cache line takes from one to the other, and how much slower a worker is while another one works. Weights that all workers
read together are bounded by --bandwidth. The simulation is first held against two workers here, with all chains and with so
few that both share a block. What it says of more is a prediction: it assumes that a core of a larger machine is one of these,
that its clock does not fall with the number that work, and that any two cores are as far from each other as two of these.

A round is done again, and left out, in which the host moved the cores nearer to each other or farther, by what a line takes before and
after each part of it; so are those that found them elsewhere than most, and on Linux those in which others had the cores. There are up
to three times as many rounds as shall count. Where too few are quiet the quietest count, and it is said what others had of the cores.`,
		Example: "  anila-cpu bench scale --n 16 --batch 20 --steps 2 --workers 16,64 --json",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if _, err := o.spec(); err != nil {
				return err
			}
			for _, w := range workers {
				if w < 2 || w > mostWorkers {
					return usagef("--workers %d: from 2 to %d", w, mostWorkers)
				}
			}
			if !(bandwidth >= 0) {
				return usagef("--bandwidth %v: a number of GB/s ≥ 0", bandwidth)
			}
			if runtime.GOMAXPROCS(0) < 2 {
				return errors.New("bench scale: two cores are needed")
			}
			r := scaleResult{Scaling: measure.Scaling{Net: o.net, N: o.n, Batch: o.batch, Steps: steps},
				CPU: cpuid.CPU.BrandName, Tier: isa.Current().String(), Precision: "float32", Bandwidth: 1e9 * bandwidth}
			out := c.OutOrStdout()
			if o.json {
				out = io.Discard
			}
			if err := r.measure(out, o.repeats, workers); err != nil {
				return err
			}
			if o.json {
				return number.Write(c.OutOrStdout(), r)
			}
			return nil
		},
	}
	o.network(c)
	c.Flags().IntVar(&steps, "steps", 50, "Langevin steps of an iteration")
	c.Flags().IntSliceVar(&workers, "workers", []int{16, 64, 128}, "numbers of workers that are asked for")
	c.Flags().Float64Var(&bandwidth, "bandwidth", 500, "GB/s of weights that all cores together can read; 0: no bound")
	o.shared(c)
	c.Flags().Lookup("repeats").Usage = "rounds of each measurement that count, of which the medians are taken"
	c.Flags().Lookup("repeats").DefValue = "5"
	o.repeats = 5
	return c
}

// measure measures what it takes and simulates, and prints each line as it is known.
func (r *scaleResult) measure(out io.Writer, rounds int, workers []int) error {
	fmt.Fprintf(out, "%s, n = %d, batch %d, K = %d, %s, %s, %s; weights read together: %s, assumed\n", r.Net, r.N, r.Batch, r.Steps, r.Precision, r.Tier, r.CPU, r.bound())
	fmt.Fprintf(out, "\n%-14s %9s %9s %11s %11s %11s%s\n", "two workers", "a line", "slowdown", "measured", "simulated", "difference", roundsTitle)
	for _, batch := range []int{r.Batch, min(16, r.Batch)} {
		s := r.Scaling
		s.Batch = batch
		c, err := s.Check(rounds)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%-14s %6.0f ns %9.3f %8.1f ms %8.1f ms %+9.1f %%%s\n", fmt.Sprintf("batch %d", batch),
			1e9*c.Machine.Line, c.Machine.Slowdown, 1e3*c.Measured, 1e3*c.Simulated, 100*c.Difference, roundsLine(c.Rounds))
		r.Checks = append(r.Checks, scaleCheck{batch, c})
	}
	one, err := measure.NewTraining(r.Scaling, tensor.NewWorkers(1))
	if err != nil {
		return err
	}
	defer one.Close()
	fmt.Fprintf(out, "\n%-14s %9s %11s %11s %10s %10s %9s %11s%s\n", "PREDICTION", "a line", "one worker", "iteration", "serial", "work", "speed-up", "efficiency", roundsTitle)
	for _, count := range workers {
		t, err := r.Trace(count, rounds, one)
		if err != nil {
			return err
		}
		m := t.Machine
		m.Bandwidth = r.Bandwidth
		if !t.Teams {
			m.Slowdown = r.Checks[0].Machine.Slowdown
		}
		p := scale.Typical(t.Work, m)
		l := scaleLine{count, t.One, p.Seconds, p.Serial, p.Work, t.One / p.Seconds, t.One / p.Seconds / float64(count), m, t.Rounds}
		fmt.Fprintf(out, "%-14s %6.0f ns %8.0f ms %8.1f ms %7.2f ms %7.0f ms %9.1f %9.0f %%%s\n", fmt.Sprintf("%d workers", l.Workers),
			1e9*m.Line, 1e3*l.One, 1e3*l.Seconds, 1e3*l.Serial, 1e3*l.Work, l.SpeedUp, 100*l.Efficiency, roundsLine(l.Rounds))
		r.Predicted = append(r.Predicted, l)
	}
	all := r.rounds()
	if slices.ContainsFunc(all, func(r measure.Rounds) bool { return r.Taken > measure.Quiet }) {
		fmt.Fprintf(out, "\nOthers had more than %g %% of the cores in rounds that count: do not rely on these numbers.\n", 100*measure.Quiet)
	}
	if slices.ContainsFunc(all, func(r measure.Rounds) bool { return r.Spread > measure.Steady }) {
		fmt.Fprintln(out, "\nThe host moved the cores in all rounds of a line: do not rely on it.")
	}
	return nil
}

// roundsTitle is over what roundsLine ends a line with: rounds that count, those left out and why, the share of others in what counts.
var roundsTitle = fmt.Sprintf(" %7s %9s %5s %9s %10s", "rounds", "disturbed", "moved", "elsewhere", "others had")

func roundsLine(r measure.Rounds) string {
	return fmt.Sprintf(" %7d %9d %5d %9d %8.1f %%", r.Counted, r.Disturbed, r.Moved, r.Elsewhere, 100*r.Taken)
}

// rounds are those of all lines.
func (r *scaleResult) rounds() (all []measure.Rounds) {
	for _, c := range r.Checks {
		all = append(all, c.Rounds)
	}
	for _, l := range r.Predicted {
		all = append(all, l.Rounds)
	}
	return all
}

func (r *scaleResult) bound() string {
	if r.Bandwidth == 0 || math.IsInf(r.Bandwidth, 1) {
		return "no bound"
	}
	return strings.TrimSpace(fmt.Sprintf("%.0f GB/s", r.Bandwidth/1e9))
}
