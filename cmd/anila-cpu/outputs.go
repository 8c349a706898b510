package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"anila/train/run"
)

// output is a file that a command is asked to write.
type output struct{ flag, path string }

func (o output) String() string { return strings.TrimSpace(o.flag + " " + o.path) }

// addForce adds the flag that lets checkOutputs pass what exists.
func addForce(c *cobra.Command, force *bool) {
	c.Flags().BoolVar(force, "force", false, "overwrite files that exist")
}

// checkOutputs refuses outputs, "" for none, before the work: what is an input or lies in one, what lies in a run, two of one
// name, what cannot be made, and without force what exists.
func checkOutputs(force bool, inputs []string, outputs ...output) error {
	seen := map[string]output{}
	for _, o := range outputs {
		if o.path == "" {
			continue
		}
		real := run.RealPath(o.path)
		if other, twice := seen[real]; twice {
			return usagef("%s and %s are the same file", other, o)
		}
		seen[real] = o
		for _, input := range inputs {
			if input == "" {
				continue
			}
			in := run.RealPath(input)
			st, err := os.Stat(in)
			switch {
			case err != nil:
			case in == real || sameFile(in, real):
				return usagef("%s is an input: it would be overwritten", o)
			case st.IsDir() && becomesData(o.path) && strings.HasPrefix(real, strings.TrimSuffix(in, string(filepath.Separator))+string(filepath.Separator)):
				return usagef("%s lies in %s, which is an input", o, input)
			}
		}
		if folder := run.Inside(o.path); folder != "" {
			return usagef("%s lies in the run %s: what a run holds is its own", o, folder)
		}
		st, err := os.Stat(filepath.Dir(real))
		if err == nil && !st.IsDir() {
			err = errors.New("is no folder")
		}
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: there is no folder %s", o, filepath.Dir(o.path))
		}
		if err == nil {
			err = canWrite(filepath.Dir(real))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", o, err)
		}
		switch st, err := os.Stat(real); {
		case err != nil:
		case st.IsDir() && filepath.Ext(real) != "":
			return fmt.Errorf("%s is a folder", o)
		case !st.IsDir() && !st.Mode().IsRegular():
			return fmt.Errorf("%s is no regular file", o)
		case !st.IsDir() && !force:
			return fmt.Errorf("%s exists: --force overwrites it", o)
		}
	}
	return nil
}

// becomesData tells whether an output in a folder of pictures would be one of them when it is read again.
func becomesData(path string) bool {
	extension := strings.ToLower(filepath.Ext(path))
	return extension == ".png" || extension == ""
}

// canWrite tells whether files can be made in a folder, before hours of work are lost to it.
func canWrite(dir string) error {
	f, err := os.CreateTemp(dir, ".anila-cpu-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}
