package main

import (
	"os"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"anila/internal/measure"
	"anila/internal/roofline"
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
	c.Flags().IntVar(&o.threads, "threads", runtime.GOMAXPROCS(0), "threads")
	o.shared(c)
	return c
}
