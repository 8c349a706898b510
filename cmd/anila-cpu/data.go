package main

import "github.com/spf13/cobra"

func newData() *cobra.Command {
	c := &cobra.Command{
		Use:     "data",
		Short:   "Download and inspect data sets",
		Example: "  anila-cpu data get mnist --data data",
		Args:    noSuchCommand,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newDataGet())
	return c
}
