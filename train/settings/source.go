package settings

import (
	"context"
	"fmt"

	"anila/train/data"
)

// options are how the data are opened.
func (d Data) options(loading func(done, total int)) data.Options {
	return data.Options{Dir: d.Dir, Size: d.Size, Progress: loading,
		Array: d.Array, Layout: d.Layout, Missing: d.Missing, Label: d.Label, Drop: d.Drop, Columns: d.Columns}
}

// Source opens what is trained on: the data without the part that is held out, scaled, and without noise. What it finds out
// about them, the columns of a table and the numbers of data.scale, it notes in c, so that they are the same for ever. loading,
// where set, is told how many pictures of a folder are decoded.
func (c *Config) Source(ctx context.Context, loading func(done, total int)) (data.Source, error) {
	if c.Data.Name == Own {
		return nil, &KeyError{Key: "data.name", Value: Own, Want: "the program that brings its own data"}
	}
	source, err := data.OpenWith(ctx, c.Data.Name, c.Data.options(loading))
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	return c.Prepare(source)
}

// Prepare is Source of data that are open.
func (c *Config) Prepare(source data.Source) (data.Source, error) {
	if err := c.Data.fits(source); err != nil {
		return nil, err
	}
	set, ok := source.(data.Set)
	if !ok {
		if c.Data.HeldOut > 0 {
			return nil, &KeyError{Key: "data.held_out", Value: formatTOML(c.Data.HeldOut), Want: fmt.Sprintf("0: %s has no items", c.Data.Name)}
		}
		return source, nil
	}
	if a, ok := set.(*data.ArraySet); ok && a.Bad > 0 {
		return nil, fmt.Errorf("train: %s: %d values are NaN or infinite: nothing can be learnt from them (data.missing = \"drop\" leaves their rows out)", c.Data.Name, a.Bad)
	}
	if c.Data.HeldOut > 0 {
		set, _ = data.Split(set, c.Data.HeldOut, c.Train.Seed)
		if set.Len() == 0 {
			return nil, &KeyError{Key: "data.held_out", Value: formatTOML(c.Data.HeldOut), Want: "a share that leaves items to train on"}
		}
	}
	if a, ok := data.Underlying(set).(*data.ArraySet); ok && c.Data.Columns == nil {
		c.Data.Columns = a.Columns
	}
	if len(c.Data.Shift) == 0 {
		c.Data.Scaling, _ = data.Fit(set, c.Data.Scale)
	}
	_, _, channels := set.Shape()
	if err := c.Data.Validate(channels); err != nil {
		return nil, fmt.Errorf("train: data.shift, data.unit: %w", err)
	}
	return data.Scaled(set, c.Data.Scaling), data.Err(set)
}

// fits refuses keys that data of another form would leave unread.
func (d *Data) fits(source data.Source) error {
	array, ok := source.(*data.ArraySet)
	table := ok && array.Columns != nil
	for _, k := range []struct {
		key, want string
		value     any
		unread    bool
	}{
		{"data.label", "no table", d.Label, !table && d.Label != ""},
		{"data.drop", "no table", d.Drop, !table && len(d.Drop) > 0},
		{"data.columns", "no table", d.Columns, !table && len(d.Columns) > 0},
		{"data.array", "no archive of arrays", d.Array, (!ok || table) && d.Array != ""},
		{"data.layout", "no array", d.Layout, (!ok || table) && d.Layout != ""},
		{"data.missing", "neither an array nor a table", d.Missing, !ok && d.Missing == "drop"},
	} {
		if k.unread {
			return &KeyError{Key: k.key, Value: formatTOML(k.value), Want: fmt.Sprintf("none: %s is %s", d.Name, k.want)}
		}
	}
	return nil
}

// HeldOut opens the part of the data that is not trained on, scaled; nil where there is none.
func (c *Config) HeldOut(ctx context.Context) (data.Set, error) {
	if c.Data.HeldOut == 0 {
		return nil, nil
	}
	source, err := data.OpenWith(ctx, c.Data.Name, c.Data.options(nil))
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	set, ok := source.(data.Set)
	if !ok {
		return nil, nil
	}
	_, out := data.Split(set, c.Data.HeldOut, c.Train.Seed)
	return data.Scaled(out, c.Data.Scaling), nil
}

// Open opens other data at a place for what was trained with c: the same columns, scaled by the same numbers. size is that
// of pictures; 0 means the data's own.
func (c *Config) Open(ctx context.Context, place data.Place, size int) (data.Source, error) {
	o := c.Data.options(nil)
	o.Dir, o.Size = place.Dir, size
	if place.Name != c.Data.Name {
		o.Array, o.Drop = "", nil
	}
	source, err := data.OpenWith(ctx, place.Name, o)
	if err != nil {
		return nil, err
	}
	set, ok := source.(data.Set)
	if !ok {
		return source, nil
	}
	_, _, channels := set.Shape()
	if len(c.Data.Shift) > 1 && len(c.Data.Shift) != channels {
		return nil, fmt.Errorf("data: %s holds items of %d channels; the model was trained on %d", place.Name, channels, len(c.Data.Shift))
	}
	return data.Scaled(set, c.Data.Scaling), nil
}
