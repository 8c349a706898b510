package data

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anila/nn/weightfile"
)

// TestLocate: one word means the same wherever data are named, whatever the settings have in mind.
func TestLocate(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{
		"sets/cifar-10-batches-bin/data_batch_1.bin", "sets/mnist/train-images-idx3-ubyte.gz", "sets/mnist/t10k-images.idx3-ubyte",
		"one/train-images-idx3-ubyte", "flowers/image_00001.jpg", "pictures/a.png", "classes/cat/a.JPG", "classes/dog/b.png",
		"both/a.png", "both/mnist/train-images-idx3-ubyte", "bare/README", "x.txt", "cifar10/a.png",
	} {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := weightfile.SaveNPY(filepath.Join(dir, "x.npy"), []int{1, 2}, []float32{1, 2}); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	for _, c := range []struct {
		what, set string
		want      Place
		fails     string
	}{
		{"cifar10", "", Place{"cifar10", ""}, ""}, // the folder of that name is ./cifar10
		{"./cifar10", "", Place{"folder", "./cifar10"}, ""},
		{"mnist-padded-test", "rings", Place{"mnist-padded-test", ""}, ""},
		{"rings", "cifar10", Place{"rings", ""}, ""},
		{"x.npy", "cifar10", Place{"x.npy", ""}, ""},
		{"sets", "cifar10", Place{"cifar10", "sets"}, ""},
		{"sets", "mnist", Place{"mnist", "sets"}, ""},
		{"sets", "mnist-padded-test", Place{"mnist-padded-test", "sets"}, ""},
		{"sets", "flowers", Place{"flowers", "sets"}, ""}, // opening it says what is missing
		{"sets", "rings", Place{}, "folder of sets (cifar10, mnist, mnist-test)"},
		{"sets", "", Place{}, "which of them is not said"},
		{"sets", "x.npy", Place{}, "which of them is not said"},
		{"one", "mnist", Place{"mnist", "one"}, ""},
		{"flowers", "", Place{"flowers", ""}, ""},
		{"./flowers", "flowers", Place{"flowers", "./flowers"}, ""},
		{"./flowers", "cifar10", Place{"folder", "./flowers"}, ""},
		{"pictures", "rings", Place{"folder", "pictures"}, ""},
		{"pictures", "folder", Place{"folder", "pictures"}, ""},
		{"pictures", "cifar10", Place{"folder", "pictures"}, ""},
		{"classes", "", Place{"folder", "classes"}, ""},
		{"both", "mnist", Place{"mnist", "both"}, ""},
		{"both", "", Place{"folder", "both"}, ""},
		{"bare", "cifar10", Place{"cifar10", "bare"}, ""},
		{"bare", "", Place{}, "neither a set nor pictures"},
		{"bare", "gmm", Place{}, "neither a set nor pictures"},
		{"x.txt", "", Place{"x.txt", ""}, ""}, // opening it says what is wrong with it
		{"nowhere", "cifar10", Place{"cifar10", "nowhere"}, ""},
		{"nowhere", "rings", Place{}, "neither a file, nor a folder, nor the name of data"},
		{"nowhere.npy", "cifar10", Place{}, "nowhere.npy is neither"},
		{"folder", "", Place{}, "folder is neither"},
		{"banana", "", Place{}, "banana is neither"}, // a target, but no data
	} {
		got, err := Locate(c.what, c.set)
		if got != c.want || (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) {
			t.Errorf("%s where %q is trained on: %+v, %v; want %+v, %q", c.what, c.set, got, err, c.want, c.fails)
		}
	}
}
