package data

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"anila/langevin/target"
)

// Place is where data are, as OpenWith takes it.
type Place struct {
	Name string // of a set, "folder", or the path of a file
	Dir  string // the folder that they are in; "" where there is none, or where none was told
}

// Locate finds what a user means by one word: the name of a set, a folder of sets, a folder of pictures, or a file,
// told apart by what is there. In a folder that holds several sets it is set, the one that is asked for otherwise; "" is
// none.
func Locate(what, set string) (Place, error) {
	if slices.Contains(Named(), what) {
		return Place{Name: what}, nil
	}
	st, err := os.Stat(what)
	switch {
	case errors.Is(err, fs.ErrNotExist) && (Place{Name: set}).InSets() && filepath.Ext(what) == "":
		return Place{set, what}, nil // the error of opening it names the files
	case errors.Is(err, fs.ErrNotExist):
		return Place{}, fmt.Errorf("data: %s is neither a file, nor a folder, nor the name of data (%s)", what, strings.Join(Named(), ", "))
	case err != nil:
		return Place{}, fmt.Errorf("data: %w", err)
	case !st.IsDir():
		if !Known(what) {
			what = "." + string(filepath.Separator) + what // a word alone would be a set's name
		}
		return Place{Name: what}, nil
	}
	sets, err := setsIn(what)
	if err != nil {
		return Place{}, err
	}
	if set == "folder" || slices.Contains(sets, strings.Replace(set, "-padded", "", 1)) {
		return Place{set, what}, nil
	}
	found, err := walk(what)
	if err != nil {
		return Place{}, err
	}
	if found.top == 0 && len(sets) > 0 {
		if (Place{Name: set}).InSets() {
			return Place{set, what}, nil
		}
		return Place{}, fmt.Errorf("data: %s is a folder of sets (%s): which of them is not said", what, strings.Join(sets, ", "))
	}
	names := found.pictures
	if len(names) == 0 && (Place{Name: set}).InSets() {
		return Place{set, what}, nil
	}
	if len(names) == 0 {
		return Place{}, fmt.Errorf("data: %s", strings.Join(append([]string{what + " holds neither a set nor pictures"}, found.notes...), "; "))
	}
	return Place{"folder", what}, nil
}

// Named lists the data that their name alone says: a folder of pictures has a path.
func Named() []string {
	return slices.DeleteFunc(Names(), func(name string) bool { return name == "folder" })
}

// InSets tells whether the place is that of a set in a folder of sets.
func (p Place) InSets() bool {
	return slices.Contains(Named(), p.Name) && !slices.Contains(target.Names(), p.Name)
}

// setsIn lists the sets that a folder holds, itself or in a folder of their own.
func setsIn(dir string) (sets []string, err error) {
	for _, probe := range []struct{ name, folder, file string }{
		{"cifar10", cifarFolder, cifarTrain[0]},
		{"cifar10-test", cifarFolder, cifarTest[0]},
		{"mnist", mnistFolder, "train-images*idx3-ubyte*"},
		{"mnist-test", mnistFolder, "t10k-images*idx3-ubyte*"},
		{"cifar100", cifar100Folder, "train.bin"},
		{"cifar100-test", cifar100Folder, "test.bin"},
		{"fashion-mnist", fashionFolder, "train-images*idx3-ubyte*"},
		{"fashion-mnist-test", fashionFolder, "t10k-images*idx3-ubyte*"},
		{"flowers", flowersFolder, "image_00001.jpg"},
	} {
		patterns := []string{probe.file, probe.folder + "/" + probe.file}
		if strings.HasPrefix(probe.name, "fashion") || strings.HasPrefix(probe.name, "cifar100") {
			patterns = patterns[1:] // the files alone are taken for MNIST's, or could be anything
		}
		for _, pattern := range patterns {
			found, err := fs.Glob(os.DirFS(dir), filepath.ToSlash(pattern))
			if err != nil {
				return nil, fmt.Errorf("data: %w", err)
			}
			if len(found) > 0 {
				sets = append(sets, probe.name)
				break
			}
		}
	}
	return sets, nil
}
