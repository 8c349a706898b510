package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"anila/train/data"
	"anila/train/settings"
)

// dataFlags say what data a command works with: the same words in every command.
type dataFlags struct {
	Data string `json:",omitempty"` // WHAT: a set's name, a folder of sets, a folder of pictures, or a file
	Dir  string `json:",omitempty"` // folder of sets, for names
}

// whatData explains the value of a flag that names data.
var whatData = "the name of data (" + strings.Join(data.Named(), ", ") +
	"), a folder of data sets, a folder of pictures, or a file: x.npy, x.npz, x.csv, IDX"

func (f *dataFlags) add(c *cobra.Command, what string) {
	c.Flags().StringVar(&f.Data, "data", "", what+": "+whatData)
	c.Flags().StringVar(&f.Dir, "dir", "", "folder that holds the data sets, for --data NAME (default: the model's, or ANILA_DATA)")
}

// keys are the configuration keys that the flags set, over settings that say has.
func (f *dataFlags) keys(has settings.Data) (map[string]any, error) {
	if f.Data == "" && f.Dir == "" {
		return nil, nil
	}
	place, err := f.place("--data", f.Data, has)
	if err != nil {
		return nil, err
	}
	return map[string]any{"data.name": place.Name, "data.dir": place.Dir}, f.ignored(place)
}

// resolve makes a configuration of layers and the flags.
func (f *dataFlags) resolve(l settings.Layers) (settings.Config, error) {
	config, err := settings.Resolve(l)
	if err != nil {
		return config, asUsage(err)
	}
	keys, err := f.keys(config.Data)
	if err != nil || keys == nil {
		return config, err
	}
	l.Flags = maps.Clone(l.Flags)
	maps.Copy(l.Flags, keys)
	config, err = settings.Resolve(l)
	return config, asUsage(err)
}

// place is where the data are that a flag names; without a value they are those of the settings.
func (f *dataFlags) place(flag, what string, has settings.Data) (place data.Place, err error) {
	if what == "" {
		place = data.Place{Name: has.Name, Dir: has.Dir}
	} else if place, err = data.Locate(what, has.Name); err != nil {
		return place, fmt.Errorf("%s: %w", flag, err)
	}
	if !place.InSets() || place.Dir != "" && what != "" {
		return place, nil
	}
	if own := (data.Place{Name: has.Name, Dir: has.Dir}); own.InSets() {
		place.Dir = has.Dir
	}
	place.Dir = cmp.Or(f.Dir, place.Dir)
	return place, nil
}

// ignored refuses a --dir that none of the data lie in.
func (f *dataFlags) ignored(places ...data.Place) error {
	if f.Dir == "" || slices.ContainsFunc(places, func(p data.Place) bool { return p.InSets() && p.Dir == f.Dir }) {
		return nil
	}
	return usagef("--dir %s: it is for sets by their names, and %s needs no such folder", f.Dir, places[0].Name)
}

// openData opens data for a model at a size (0: their own), scaled as those that it was trained on; what looks wrong about
// them goes to notes.
func openData(ctx context.Context, c *settings.Config, place data.Place, size int, notes io.Writer) (data.Source, error) {
	if !slices.Contains(data.Names(), place.Name) {
		size = 0 // arrays have the size they have
	}
	source, err := c.Open(ctx, place, size)
	if set, ok := source.(data.Set); ok {
		if a, ok := data.Underlying(set).(*data.ArraySet); ok && a.Warning != "" && len(c.Data.Shift) != 1 {
			fmt.Fprintln(notes, "warning:", a.Warning)
		}
	}
	return source, err
}
