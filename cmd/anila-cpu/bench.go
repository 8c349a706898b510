package main

import (
	"fmt"
	"io"
	"math"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"anila/asm/isa"
	"anila/internal/measure"
	"anila/internal/number"
	"anila/internal/roofline"
	"anila/internal/room"
	"anila/nn"
)

// benchOptions are the flags that the bench commands share.
type benchOptions struct {
	json    bool
	threads int
	repeats int
	only    *regexp.Regexp
	net     string
	n       int
	batch   int
}

func newBench() *cobra.Command {
	var o benchOptions
	var only string
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure this machine's limits and every kernel on every instruction set; --json",
		Long: `Measure this machine: the float32 multiply-add peak of each instruction set and the memory bandwidth, then every kernel
on every instruction set, with GFLOP/s or GB/s and the share of the limit; then the Langevin step. Sub-commands time one
thing alone. Times are medians after a warm-up. JSON is a list of objects with name impl threads shape seconds gflops share.`,
		Example: "  anila-cpu bench --only 'langevin|normals' --repeats 3\n  anila-cpu bench step --net vanilla --n 32 --batch 100 --threads 1 --json",
		Args:    noSuchCommand,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			if o.only, err = regexp.Compile(only); err != nil {
				return usagef("--only: %w", err)
			}
			return o.all(c.OutOrStdout())
		},
	}
	o.shared(c)
	c.Flags().StringVar(&only, "only", "", "regular expression: only the work whose name it matches")
	c.AddCommand(newBenchStep(), newBenchIteration(), newBenchToy(), newBenchUpdate(), newBenchLayers(), newBenchMemory(), newBenchNodes(), newBenchCalibrate(), newBenchScale())
	return c
}

// shared adds the flags that every bench command has.
func (o *benchOptions) shared(c *cobra.Command) {
	c.Flags().BoolVar(&o.json, "json", false, "print JSON")
	c.Flags().IntVar(&o.repeats, "repeats", 11, "timed runs after the warm-up, of which the median counts")
	before := c.PreRunE
	c.PreRunE = func(c *cobra.Command, args []string) error {
		for _, f := range []string{"threads", "repeats", "n", "batch", "dim", "steps"} {
			if flag := c.Flags().Lookup(f); flag != nil {
				if v, err := strconv.Atoi(flag.Value.String()); err == nil && v < 1 {
					return usagef("--%s %d: must be at least 1", f, v)
				}
			}
		}
		if before != nil {
			return before(c, args)
		}
		return nil
	}
}

// withThreads adds --threads, one a core by default.
func (o *benchOptions) withThreads(c *cobra.Command) {
	c.Flags().IntVar(&o.threads, "threads", room.Cores(), "threads")
}

func (o *benchOptions) network(c *cobra.Command) {
	c.Flags().StringVar(&o.net, "net", "vanilla", "network: "+strings.Join(nn.Nets(), ", "))
	c.Flags().IntVar(&o.n, "n", 32, "width of the network")
	c.Flags().IntVar(&o.batch, "batch", 100, "chains")
}

func (o *benchOptions) spec() (nn.Spec, error) {
	s := nn.Spec{Net: o.net, N: o.n}
	if _, err := nn.New(s); err != nil {
		return s, usagef("%w", err)
	}
	return s, nil
}

// limits measures the machine for the tier in force.
func limits(threads int) measure.Limits {
	return measure.Limits{GFLOPS: roofline.FMAPeak(threads, 200*time.Millisecond), GBS: roofline.Bandwidth(threads, roofline.LargeArray)}
}

// all measures limits, kernels and steps on every tier.
func (o *benchOptions) all(out io.Writer) error {
	chosen := isa.Current()
	defer isa.Select(chosen.String())
	var results []measure.Result
	report := func(r measure.Result) {
		results = append(results, r)
		if !o.json {
			printResult(out, r)
		}
	}
	if !o.json {
		m, err := readMachine(nn.Spec{Net: "vanilla", N: 32})
		if err != nil {
			return err
		}
		if err := m.print(out); err != nil {
			return err
		}
		printResultHeader(out)
	}
	bandwidth := map[int]float64{}
	for _, threads := range threadCounts() {
		bandwidth[threads] = roofline.Bandwidth(threads, roofline.LargeArray)
		report(measure.Result{Name: "bandwidth", Impl: chosen.String(), Threads: threads, Shape: "y+=ax/128MiB",
			GBS: bandwidth[threads], Share: 1})
	}
	peaks := map[int]float64{}
	for _, tier := range isa.Available() {
		if err := isa.Select(tier.String()); err != nil {
			return err
		}
		for _, threads := range threadCounts() {
			peaks[threads] = roofline.FMAPeak(threads, 200*time.Millisecond)
			report(measure.Result{Name: "fma-peak", Impl: tier.String(), Threads: threads, Shape: "registers",
				GFLOPS: peaks[threads], Share: 1})
		}
		limit := measure.Limits{GFLOPS: peaks[1], GBS: bandwidth[1]}
		cases := measure.Kernels()
		convs, err := measure.Convolutions(nn.Spec{Net: "vanilla", N: 32})
		if err != nil {
			return err
		}
		for _, layer := range convs {
			cases = append(cases, measure.Layers(layer, 16)...)
		}
		for _, c := range cases {
			if o.only.MatchString(c.Name) {
				report(c.Run(o.repeats, limit))
				runtime.GC()
			}
		}
		if !o.only.MatchString("step") {
			continue
		}
		for _, threads := range threadCounts() {
			for _, s := range []nn.Spec{{Net: "toy"}, {Net: "vanilla", N: 32}} {
				chains := 100
				if s.Net == "toy" {
					chains = 256
				}
				repeats := o.repeats
				if tier == isa.Generic {
					repeats = min(repeats, 3) // seconds each
				}
				r, err := step(s, chains, threads, repeats)
				if err != nil {
					return err
				}
				r.Share = r.GFLOPS / peaks[threads]
				report(r)
			}
		}
	}
	if o.json {
		return number.Write(out, results)
	}
	return nil
}

// threadCounts is one thread and all cores.
func threadCounts() []int {
	if n := room.Cores(); n > 1 {
		return []int{1, n}
	}
	return []int{1}
}

// step times the Langevin step and checks where the chains stand afterwards.
func step(s nn.Spec, chains, threads, repeats int) (measure.Result, error) {
	work, err := measure.NewStep(s, chains, threads)
	if err != nil {
		return measure.Result{}, err
	}
	defer work.Close()
	r := work.Time(repeats)
	return r, work.Check()
}

func newBenchStep() *cobra.Command {
	var o benchOptions
	c := &cobra.Command{
		Use:     "step",
		Short:   "Time one Langevin step of all chains, the one that training runs",
		Long:    "Time one Langevin step of all chains, the one that training runs. The states are checked against the reference kernels.",
		Example: "  anila-cpu bench step --net vanilla --n 32 --batch 100 --threads 1 --json",
		Args:    noArguments,
		RunE:    func(c *cobra.Command, _ []string) error { return o.step(c.OutOrStdout()) },
	}
	o.network(c)
	o.withThreads(c)
	o.shared(c)
	return c
}

func (o *benchOptions) step(out io.Writer) error {
	s, err := o.spec()
	if err != nil {
		return err
	}
	r, err := step(s, o.batch, o.threads, o.repeats)
	if err != nil {
		return err
	}
	r.Share = r.GFLOPS / roofline.FMAPeak(o.threads, 200*time.Millisecond)
	return o.print(out, r)
}

func newBenchToy() *cobra.Command {
	o := benchOptions{net: "toy", n: 32}
	c := &cobra.Command{
		Use:     "toy",
		Short:   "Time one Langevin step of the toy network",
		Example: "  anila-cpu bench toy --batch 256 --threads 1",
		Args:    noArguments,
		RunE:    func(c *cobra.Command, _ []string) error { return o.step(c.OutOrStdout()) },
	}
	c.Flags().IntVar(&o.batch, "batch", 256, "chains")
	o.withThreads(c)
	o.shared(c)
	return c
}

func newBenchUpdate() *cobra.Command {
	var o benchOptions
	var dim int
	c := &cobra.Command{
		Use:     "update",
		Short:   "Time the fused adaptive update alone, noise included",
		Example: "  anila-cpu bench update --dim 307200 --threads 1",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			update := measure.NewUpdate(dim, o.threads)
			defer update.Close()
			return o.print(c.OutOrStdout(), update.Time(o.repeats, limits(o.threads)))
		},
	}
	c.Flags().IntVar(&dim, "dim", 307200, "coordinates of all chains together")
	o.withThreads(c)
	o.shared(c)
	return c
}

func newBenchLayers() *cobra.Command {
	var o benchOptions
	c := &cobra.Command{
		Use:     "layers",
		Short:   "Time every convolution of a network in all directions, on one thread",
		Example: "  anila-cpu bench layers --net vanilla --n 32 --batch 16",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.threads != 1 {
				return usagef("--threads %d: layers are timed on one thread; workers split chains, not layers", o.threads)
			}
			s, err := o.spec()
			if err != nil {
				return err
			}
			convs, err := measure.Convolutions(s)
			if err != nil {
				return err
			}
			var results []measure.Result
			limit := measure.Limits{GFLOPS: roofline.FMAPeak(1, 200*time.Millisecond)}
			for _, layer := range convs {
				for _, w := range measure.Layers(layer, o.batch) {
					results = append(results, w.Run(o.repeats, limit))
				}
			}
			return o.print(c.OutOrStdout(), results...)
		},
	}
	o.network(c)
	c.Flags().IntVar(&o.threads, "threads", 1, "threads: 1")
	o.shared(c)
	return c
}

// print writes results as JSON or as a table.
func (o *benchOptions) print(out io.Writer, results ...measure.Result) error {
	if o.json {
		return number.Write(out, results)
	}
	printResultHeader(out)
	for _, r := range results {
		printResult(out, r)
	}
	return nil
}

func printResultHeader(out io.Writer) {
	fmt.Fprintf(out, "%-22s %-8s %7s  %-28s %12s %9s %8s %7s\n", "name", "impl", "threads", "shape", "ms", "GFLOP/s", "GB/s", "share")
}

func printResult(out io.Writer, r measure.Result) {
	number := func(format string, v float64) string {
		if v == 0 || math.IsNaN(v) {
			return ""
		}
		return fmt.Sprintf(format, v)
	}
	if r.Bytes > 0 {
		fmt.Fprintf(out, "%-22s %-8s %7d  %-28s %9.1f MB\n", r.Name, r.Impl, r.Threads, r.Shape, float64(r.Bytes)/1e6)
		return
	}
	fmt.Fprintf(out, "%-22s %-8s %7d  %-28s %12s %9s %8s %7s\n", r.Name, r.Impl, r.Threads, r.Shape,
		number("%.4f", r.Seconds*1e3), number("%.1f", r.GFLOPS), number("%.1f", r.GBS), number("%.1f%%", 100*r.Share))
}
