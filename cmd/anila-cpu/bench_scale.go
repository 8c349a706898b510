package main

import (
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/klauspost/cpuid/v2"
	"github.com/spf13/cobra"

	"anila/asm/isa"
	"anila/internal/measure"
	"anila/internal/number"
	"anila/internal/scale"
)

// scaleResult is what `bench scale --json` prints.
type scaleResult struct {
	measure.Scaling
	CPU       string        `json:"cpu"`
	Tier      string        `json:"tier"`
	Precision string        `json:"precision"`
	Machine   scale.Machine `json:"machine"` // measured between two cores with all chains, and the bandwidth given
	Checks    []scaleCheck  `json:"checks"`  // of the simulation, against two cores
	Predicted []scaleLine   `json:"predicted"`
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

	Rounds measure.Rounds `json:"rounds"`
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
one on two cores that take turns, and their schedule is simulated with the workers' own rule. What cores cost each other is
measured between two of them here: what a task loses that finds its operands in the other core's caches, with the tasks beside it
and alone, how long a written cache line takes from one to the other, and how much slower a worker is while another one works. Weights that all workers
read together are bounded by --bandwidth. The simulation is first held against two workers here, with all chains and with so
few that both share a block. What it says of more is a prediction: it assumes that a core of a larger machine is one of these,
that its clock does not fall with the number that work, and that any two cores are as far from each other as two of these.

On Linux, rounds in which other programs had the cores are done again, up to three times as many, and left out; where there are
too few quiet ones the quietest count, and it is said how much of the cores others had.`,
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
			r := scaleResult{Scaling: measure.Scaling{Net: o.net, N: o.n, Batch: o.batch, Steps: steps},
				CPU: cpuid.CPU.BrandName, Tier: isa.Current().String(), Precision: "float32"}
			if err := r.measure(o.repeats, workers, 1e9*bandwidth); err != nil {
				return err
			}
			if o.json {
				return number.Write(c.OutOrStdout(), r)
			}
			return r.print(c.OutOrStdout())
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

// measure measures what it takes and simulates.
func (r *scaleResult) measure(rounds int, workers []int, bandwidth float64) error {
	if runtime.GOMAXPROCS(0) > 1 {
		for _, batch := range []int{r.Batch, min(16, r.Batch)} {
			s := r.Scaling
			s.Batch = batch
			c, err := s.Check(rounds)
			if err != nil {
				return err
			}
			r.Checks = append(r.Checks, scaleCheck{batch, c})
		}
		r.Machine = r.Checks[0].Machine
	}
	r.Machine.Bandwidth = bandwidth
	for _, count := range workers {
		work, one, counted, err := r.Traced(count, rounds)
		if err != nil {
			return err
		}
		p := scale.Simulate(work, r.Machine)
		r.Predicted = append(r.Predicted, scaleLine{count, one, p.Seconds, p.Serial, p.Work, one / p.Seconds, one / p.Seconds / float64(count), counted})
	}
	return nil
}

func (r *scaleResult) print(out io.Writer) error {
	fmt.Fprintf(out, `%s, n = %d, batch %d, K = %d, %s, %s, %s
a line between cores    %.0f ns, measured; a helper is there after %.0f ns, and one line for each before it at the same word
beside another worker   %.3f times as long, measured, besides what is found in its caches
weights read together   %s, assumed

`, r.Net, r.N, r.Batch, r.Steps, r.Precision, r.Tier, r.CPU, 1e9*r.Machine.Line, 1e9*r.Machine.Start, max(1, r.Machine.Slowdown), r.bound())
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "two workers\ta line\tslowdown\tmeasured\tsimulated\tdifference\trounds\tleft out\tothers had")
	for _, c := range r.Checks {
		fmt.Fprintf(w, "batch %d\t%.0f ns\t%.3f\t%.1f ms\t%.1f ms\t%+.1f %%\t%s\n",
			c.Batch, 1e9*c.Machine.Line, c.Machine.Slowdown, 1e3*c.Measured, 1e3*c.Simulated, 100*c.Difference, rounds(c.Rounds))
	}
	fmt.Fprintln(w, "\t\t\t\t\t\t\t\t\nPREDICTION\tone worker\titeration\tserial\twork\tspeed-up, efficiency\trounds\tleft out\tothers had")
	for _, l := range r.Predicted {
		fmt.Fprintf(w, "%d workers\t%.0f ms\t%.1f ms\t%.2f ms\t%.0f ms\t%.1f, %.0f %%\t%s\n",
			l.Workers, 1e3*l.One, 1e3*l.Seconds, 1e3*l.Serial, 1e3*l.Work, l.SpeedUp, 100*l.Efficiency, rounds(l.Rounds))
	}
	if err := w.Flush(); err != nil || !r.disturbed() {
		return err
	}
	_, err := fmt.Fprintf(out, "\nOthers had more than %g %% of the cores in rounds that count: do not rely on these numbers.\n", 100*measure.Quiet)
	return err
}

// rounds is the end of a line of the table.
func rounds(r measure.Rounds) string {
	return fmt.Sprintf("%d\t%d\t%.1f %%", r.Counted, r.LeftOut, 100*r.Taken)
}

// disturbed tells whether there were too few quiet rounds of anything.
func (r *scaleResult) disturbed() bool {
	return slices.ContainsFunc(r.Checks, func(c scaleCheck) bool { return c.Rounds.Taken > measure.Quiet }) ||
		slices.ContainsFunc(r.Predicted, func(l scaleLine) bool { return l.Rounds.Taken > measure.Quiet })
}

func (r *scaleResult) bound() string {
	if r.Machine.Bandwidth == 0 || math.IsInf(r.Machine.Bandwidth, 1) {
		return "no bound"
	}
	return strings.TrimSpace(fmt.Sprintf("%.0f GB/s", r.Machine.Bandwidth/1e9))
}
