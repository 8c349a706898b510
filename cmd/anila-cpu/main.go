// Command anila-cpu trains, samples and judges energy-based models on the CPU. One file holds one command; everything
// that computes lives in the library packages.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"anila/asm/isa"
	"anila/tensor"
	"anila/train/comm"
	"anila/train/run"
)

// Exit codes.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitTimeLimit   = 75  // a time limit was reached; --resume goes on
	exitInterrupted = 130 // interrupted; after a checkpoint where there is something to keep
)

// exitError is an error that knows its exit code.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// usagef makes an error of wrong use.
func usagef(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

func main() {
	os.Exit(comm.Main(func() int { return perform(os.Args[1:]) }))
}

// execute runs one command line and returns the exit code.
func execute(args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	command, err := root.ExecuteContextC(context.Background())
	if err == nil {
		return exitDone
	}
	var coded *exitError
	if errors.Is(err, context.Canceled) && !errors.As(err, &coded) {
		err = errInterrupted
	}
	fmt.Fprintln(stderr, "anila-cpu:", err)
	if !errors.As(err, &coded) {
		return exitFailed
	}
	if coded.code == exitUsage {
		fmt.Fprintf(stderr, "see: %s --help\n", command.CommandPath())
	}
	return coded.code
}

func newRoot() *cobra.Command {
	var tier, algorithm string
	root := &cobra.Command{
		Use:   "anila-cpu",
		Short: "Energy-based models on the CPU: train, sample, score, measure",
		Long: `anila-cpu trains energy-based models with Langevin dynamics, plain and anisotropic, on the CPU.

The model is p(x) ∝ exp(f(x)/T): f is high on data. Images are float32 in [−1, 1].
Exit codes: 0 done, 1 failed, 2 wrong use, 75 time limit reached (resumable), 130 interrupted.`,
		Example:           "  anila-cpu train",
		SilenceUsage:      true,
		SilenceErrors:     true,
		DisableAutoGenTag: true,
		Args:              noSuchCommand,
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if err := tensor.FixAlgorithm(algorithm); err != nil {
				return usagef("--conv: %w", err)
			}
			return run.SameProgram(ranks, selectISA(tier))
		},
	}
	root.PersistentFlags().StringVar(&tier, "isa", "",
		"instruction set: generic, avx2, avx512 or neon (default: ANILA_ISA, or the best one)")
	root.PersistentFlags().StringVar(&algorithm, "conv", "",
		"convolution algorithm wherever it fits: "+strings.Join(tensor.AlgorithmNames(), ", ")+" (default: the table that info shows)")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &exitError{exitUsage, err} })
	root.AddCommand(newTrain(), newSample(), newScore(), newEval(), newDiagnose(), newConvert(), newCompare(), newBench(), newInfo(), newData(), newVersion())
	return root
}

// selectISA applies --isa, or reports what ANILA_ISA asked for in vain.
func selectISA(tier string) error {
	if tier != "" {
		if err := isa.Select(tier); err != nil {
			return usagef("--isa: %w", err)
		}
		return nil
	}
	if err := isa.SelectionError(); err != nil {
		return usagef("%w", err)
	}
	return nil
}

// noSuchCommand refuses words that name no sub-command and says which ones come near.
func noSuchCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return usagef("there is no command %q in %s%s", args[0], c.CommandPath(), hint)
}

// noArguments refuses stray words after a command.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no argument, but got %q", c.CommandPath(), args[0])
	}
	return nil
}
