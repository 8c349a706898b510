package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"anila/internal/number"
	"anila/train/data"
)

func newData() *cobra.Command {
	c := &cobra.Command{
		Use:     "data",
		Short:   "Download and inspect data sets",
		Example: "  anila-cpu data get mnist --data data",
		Args:    noSuchCommand,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newDataGet(), newDataInspect())
	return c
}

func newDataInspect() *cobra.Command {
	var asJSON bool
	var size int
	c := &cobra.Command{
		Use:   "inspect PATH",
		Short: "Describe a data file or folder: kind, shape, labels, statistics in [−1, 1]",
		Long: `Describe a data file or folder: what it is, its shape and labels, mean and standard deviation of each channel in
[−1, 1]. PATH is a file (CIFAR-10 records, IDX plain or .gz, .npy, a picture), a folder of pictures, or a data folder.`,
		Example: "  anila-cpu data inspect points.npy\n  anila-cpu data inspect pictures --size 64 --json",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("data inspect takes one path")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if size < 0 {
				return usagef("--size %d: the height and width of pictures is positive", size)
			}
			d, err := data.Inspect(c.Context(), args[0], size)
			if err != nil {
				return err
			}
			if asJSON {
				return number.Write(c.OutOrStdout(), d)
			}
			_, err = fmt.Fprint(c.OutOrStdout(), d)
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().IntVar(&size, "size", 0, "height and width that pictures of a folder are brought to (default 32)")
	return c
}
