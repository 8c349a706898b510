package model

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"anila/nn/weightfile"
	"anila/train/checkpoint"
	"anila/train/settings"
)

// Found is a file of weights.
type Found struct {
	File       string // its path; of a model that the program carries its name
	Checkpoint string // folder of the run's checkpoint; "" for a file
	Carried    bool   // whether the program carries it

	carried fs.FS
	others  []string // files of Options.Mean before this one
	mean    []int64
}

// Load reads the file; key is that of weightfile.Load.
func (f Found) Load(key string) (w *weightfile.File, err error) {
	if !f.Carried {
		w, err = weightfile.Load(f.File, key)
	} else if text, e := fs.ReadFile(f.carried, f.File+ending); e != nil {
		err = e
	} else {
		w, err = weightfile.Read(bytes.NewReader(text), int64(len(text)), f.File, key)
	}
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	if len(f.mean) > 0 {
		return w, f.average(w, key)
	}
	return w, nil
}

// average makes the tensors of w the mean of theirs and those of the other files (stochastic weight averaging; Izmailov et al.,
// UAI 2018), in float64 in the order of the files.
func (f Found) average(w *weightfile.File, key string) error {
	sums := make([][]float64, len(w.Tensors))
	for i, t := range w.Tensors {
		sums[i] = make([]float64, len(t.Data))
	}
	add := func(file string, o *weightfile.File) error {
		if len(o.Tensors) != len(w.Tensors) {
			return fmt.Errorf("model: %s has %d tensors, %s has %d: there is no mean of them", file, len(o.Tensors), f.File, len(w.Tensors))
		}
		for i, t := range o.Tensors {
			if t.Name != w.Tensors[i].Name || !slices.Equal(t.Shape, w.Tensors[i].Shape) {
				return fmt.Errorf("model: %s has %s %v, %s has %s %v: there is no mean of them", file, t.Name, t.Shape, f.File, w.Tensors[i].Name, w.Tensors[i].Shape)
			}
			for k, v := range t.Data {
				sums[i][k] += float64(v)
			}
		}
		return nil
	}
	for _, file := range f.others {
		o, err := weightfile.Load(file, key)
		if err != nil {
			return fmt.Errorf("model: %w", err)
		}
		if err := add(file, o); err != nil {
			return err
		}
	}
	if err := add(f.File, w); err != nil {
		return err
	}
	for i, t := range w.Tensors {
		for k := range t.Data {
			t.Data[k] = float32(sums[i][k] / float64(len(f.mean)))
		}
	}
	if w.Metadata != nil {
		w.Metadata["mean"] = strings.Trim(strings.ReplaceAll(fmt.Sprint(f.mean), " ", ", "), "[]")
	}
	return nil
}

// ending is that of the models that a program carries.
const ending = ".safetensors"

// Carried lists the names of the models that a program carries.
func Carried(models fs.FS) (names []string) {
	if models == nil {
		return nil
	}
	files, err := fs.Glob(models, "*"+ending)
	if err != nil {
		panic(err) // of a pattern that cannot be
	}
	for _, f := range files {
		names = append(names, strings.TrimSuffix(f, ending))
	}
	return names
}

// ErrNoAverage says that a run keeps no moving average.
var ErrNoAverage = errors.New("keeps no moving average (ema.decay is 0)")

// Best is the file in a run's folder with the averaged weights whose samples came nearest to the data (checkpoint.best).
const Best = "best.safetensors"

// ErrNoBest says that a run has kept no best weights.
var ErrNoBest = errors.New("has no best weights: checkpoint.best keeps them where eval.every measures")

// ErrNoRun says that weights of a run were asked for, and what was named is no run.
var ErrNoRun = errors.New("is no run: it has no other weights")

// Find finds the weights that path means: of a run (its newest good checkpoint), of the folder of a checkpoint, a file, or a
// model that the program carries. A name that both have means the file or the run; a folder that holds no weights does not
// count.
func Find(path string, o Options) (Found, error) {
	st, err := os.Stat(path)
	missing, names := errors.Is(err, fs.ErrNotExist), Carried(o.Carried)
	carried := slices.Contains(names, path) && (missing || err == nil && st.IsDir() && !holdsWeights(path))
	switch {
	case missing && !carried && len(names) > 0 && path == filepath.Base(path):
		return Found{}, fmt.Errorf("model: %w; the program carries %s", err, strings.Join(names, ", "))
	case err != nil && !carried:
		return Found{}, fmt.Errorf("model: %w", err)
	case !carried && st.IsDir() && len(o.Mean) > 0:
		return findMean(path, o)
	case !carried && st.IsDir():
		return findInRun(path, o)
	case o.Weights != "" || len(o.Mean) > 0:
		return Found{}, fmt.Errorf("model %s %w", path, ErrNoRun)
	}
	return Found{File: path, Carried: carried, carried: o.Carried}, nil
}

// holdsWeights tells whether a folder is that of a run or of a checkpoint, as far as can be told.
func holdsWeights(dir string) bool {
	for _, name := range []string{"checkpoints", "weights.safetensors", Best} {
		if there, err := exists(filepath.Join(dir, name)); there || err != nil {
			return true
		}
	}
	return false
}

// findMean finds the weights of several checkpoints of a run, all of which must be good.
func findMean(path string, o Options) (found Found, err error) {
	root := filepath.Join(path, "checkpoints")
	for i, iteration := range o.Mean {
		if err := checkpoint.Verify(checkpoint.OS{}, root, iteration, "weights.safetensors"); err != nil {
			return Found{}, fmt.Errorf("model %s: %w", path, err)
		}
		one, err := findInRun(checkpoint.Dir(root, iteration), o)
		if err != nil {
			return Found{}, err
		}
		if i > 0 {
			one.others = append(found.others, found.File)
		}
		found = one
	}
	found.mean = o.Mean
	return found, nil
}

// findInRun finds the weights of a run or a checkpoint.
func findInRun(path string, o Options) (Found, error) {
	if o.Weights == "best" {
		file := filepath.Join(path, Best)
		if best, err := exists(file); err != nil {
			return Found{}, err
		} else if !best {
			return Found{}, fmt.Errorf("model %s %w", path, ErrNoBest)
		}
		return Found{File: file}, nil
	}
	folder := path
	weights, err := exists(filepath.Join(folder, "weights.safetensors"))
	if err != nil {
		return Found{}, err
	}
	if !weights {
		root := filepath.Join(path, "checkpoints")
		found, err := checkpoint.Newest(checkpoint.OS{}, root, "weights.safetensors")
		if errors.Is(err, checkpoint.ErrNone) && len(found.Damaged) == 0 {
			return Found{}, fmt.Errorf("model %s: no checkpoint in %s", path, root)
		}
		if err != nil {
			var errs []error
			for _, d := range found.Damaged {
				errs = append(errs, d)
			}
			return Found{}, errors.Join(append(errs, err)...)
		}
		for _, d := range found.Damaged {
			if o.Skipped != nil {
				o.Skipped(d)
			}
		}
		folder = found.Dir
	}
	file := filepath.Join(folder, "ema.safetensors")
	average, err := exists(file)
	switch {
	case err != nil && o.Weights != "raw":
		return Found{}, err
	case !average && o.Weights == "ema":
		return Found{}, fmt.Errorf("model %s %w", folder, ErrNoAverage)
	case !average || o.Weights == "raw":
		file = filepath.Join(folder, "weights.safetensors")
	}
	return Found{File: file, Checkpoint: folder}, nil
}

// exists tells whether a file is there; that it cannot be told is an error.
func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("model: %w", err)
	}
	return true, nil
}

// Portable rewrites the settings in a file's metadata so that they name no place of this machine. What is no configuration of
// this program stays as it is.
func Portable(metadata map[string]string) {
	if text, err := settings.Portable([]byte(metadata["config"])); err == nil && metadata["config"] != "" {
		metadata["config"] = string(text)
	}
}
