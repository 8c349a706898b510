package main

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"anila/internal/measure"
	"anila/internal/number"
	"anila/internal/roofline"
	"anila/internal/room"
	"anila/nn"
)

func newBenchIteration() *cobra.Command {
	var o benchOptions
	var steps int
	c := &cobra.Command{
		Use:     "iteration",
		Short:   "Time a whole training iteration: chains, parameter gradient, Adam",
		Example: "  anila-cpu bench iteration --n 16 --batch 20 --steps 5 --threads 1",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if _, err := o.spec(); err != nil {
				return err
			}
			work, err := measure.NewIteration(o.net, o.n, o.batch, steps, o.threads, "")
			if err != nil {
				return err
			}
			defer work.Close()
			r := work.Time(o.repeats)
			r.Share = r.GFLOPS / roofline.FMAPeak(o.threads, 200*time.Millisecond)
			return o.print(c.OutOrStdout(), r)
		},
	}
	o.network(c)
	c.Flags().IntVar(&steps, "steps", 50, "Langevin steps of an iteration")
	o.withThreads(c)
	o.shared(c)
	return c
}

func newBenchMemory() *cobra.Command {
	var o benchOptions
	var dir string
	c := &cobra.Command{
		Use:   "memory",
		Short: "Train for a few short iterations and print the peak memory of the process (Linux)",
		Long: `Train for three iterations of three steps, CIFAR-10 loaded where --data or ANILA_DATA has it, and print the peak of the
resident memory of the process.`,
		Example: "  anila-cpu bench memory --n 32 --batch 100",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if _, err := o.spec(); err != nil {
				return err
			}
			work, err := measure.NewIteration(o.net, o.n, o.batch, 3, o.threads, dir)
			if err != nil {
				return err
			}
			defer work.Close()
			r, err := work.Memory()
			if err != nil {
				return err
			}
			return o.print(c.OutOrStdout(), r)
		},
	}
	o.network(c)
	c.Flags().StringVar(&dir, "data", os.Getenv("ANILA_DATA"), "folder with cifar-10-batches-bin (default: ANILA_DATA, or images of noise)")
	c.Flags().IntVar(&o.threads, "threads", room.Cores(), "threads")
	o.shared(c)
	return c
}

func newBenchNodes() *cobra.Command {
	var o benchOptions
	var steps int
	var counts []int
	var gbit []float64
	c := &cobra.Command{
		Use:   "nodes",
		Short: "Time this machine's share of an iteration, and compute what several such nodes would give",
		Long: `Time whole training iterations with all, a half, a quarter … of the chains on this machine, and compute from that, and from what
ranks send each other (docs/clusters.md), how fast several such nodes would train: with the chains shared among them, and with as
many chains on each. The network is Ethernet of the rates given, TCP; one rank and one shard a node. This is a computation: no
message is sent.`,
		Example: "  anila-cpu bench nodes --n 8 --batch 8 --steps 5 --nodes 1,2,4 --gbit 1,10",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			spec, err := o.spec()
			if err != nil {
				return err
			}
			for _, p := range counts {
				if p < 1 || o.batch%p != 0 {
					return usagef("--nodes %d: must divide the chains, --batch %d", p, o.batch)
				}
			}
			for _, g := range gbit {
				if !(g > 0) {
					return usagef("--gbit %g: must be above 0", g)
				}
			}
			network, err := nn.New(spec)
			if err != nil {
				return err
			}
			n := measure.Nodes{Parameters: network.ParamCount(), Batch: o.batch, Alone: map[int]float64{}}
			for _, p := range append([]int{1}, counts...) {
				chains := o.batch / p
				if n.Alone[chains] > 0 {
					continue
				}
				work, err := measure.NewIteration(o.net, o.n, chains, steps, o.threads, "")
				if err != nil {
					return err
				}
				n.Alone[chains] = work.Time(o.repeats).Seconds
				work.Close()
			}
			return o.printNodes(c.OutOrStdout(), n, counts, gbit)
		},
	}
	o.network(c)
	c.Flags().Lookup("batch").DefValue = "128"
	o.batch = 128
	c.Flags().IntVar(&steps, "steps", 50, "Langevin steps of an iteration")
	c.Flags().IntSliceVar(&counts, "nodes", []int{1, 2, 4, 8, 16, 32, 64}, "numbers of nodes, which divide --batch")
	c.Flags().Float64SliceVar(&gbit, "gbit", []float64{1, 10, 100}, "rates of the network, 10⁹ bits a second")
	o.withThreads(c)
	o.shared(c)
	return c
}

// nodesRow is a line of `bench nodes`.
type nodesRow struct {
	Nodes      int       `json:"nodes"`
	Chains     int       `json:"chains"`  // of each, where they are shared
	Seconds    float64   `json:"seconds"` // of its iteration without messages, as timed
	SentMB     float64   `json:"sent_mb"`
	Gbit       []float64 `json:"gbit"`
	SpeedUp    []float64 `json:"speed_up"`   // for each rate
	Efficiency []float64 `json:"efficiency"` // with --batch chains on each node
}

func (o *benchOptions) printNodes(out io.Writer, n measure.Nodes, counts []int, gbit []float64) error {
	var rows []nodesRow
	for _, p := range counts {
		r := nodesRow{Nodes: p, Chains: n.Batch / p, Seconds: n.Alone[n.Batch/p], SentMB: n.Sent(p) / 1e6, Gbit: gbit}
		for _, g := range gbit {
			net := measure.Ethernet(g)
			r.SpeedUp, r.Efficiency = append(r.SpeedUp, n.SpeedUp(p, net)), append(r.Efficiency, n.Efficiency(p, net))
		}
		rows = append(rows, r)
	}
	if o.json {
		return number.Write(out, rows)
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprint(w, "nodes\tchains each\tseconds\tMB sent")
	for _, g := range gbit {
		fmt.Fprintf(w, "\tspeed-up, %g Gbit/s", g)
	}
	for _, g := range gbit {
		fmt.Fprintf(w, "\t%d chains each, %g Gbit/s", n.Batch, g)
	}
	fmt.Fprintln(w)
	for _, r := range rows {
		fmt.Fprintf(w, "%d\t%d\t%.4g\t%.3g", r.Nodes, r.Chains, r.Seconds, r.SentMB)
		for _, v := range r.SpeedUp {
			fmt.Fprintf(w, "\t%.3g", v)
		}
		for _, v := range r.Efficiency {
			fmt.Fprintf(w, "\t%.0f %%", 100*v)
		}
		fmt.Fprintln(w)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, "computed from the seconds of this machine; nothing was sent")
	return err
}
