package data

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"anila/langevin/target"
)

// EnvDir names the environment variable that holds the data folder where none is given.
const EnvDir = "ANILA_DATA"

// Names lists what Open understands beside a path that ends in .npy.
func Names() []string {
	return []string{"cifar10", "cifar10-test", "mnist", "mnist-test", "mnist-padded", "mnist-padded-test", "flowers", "folder", "rings", "gmm"}
}

// Known tells whether Open understands a name.
func Known(name string) bool {
	return slices.Contains(Names(), name) || strings.HasSuffix(name, ".npy")
}

// Options of OpenWith.
type Options struct {
	Dir  string // the data folder, in which each set has its own; "" means $ANILA_DATA. For "folder": the pictures' folder, needed
	Size int    // height and width of images; 0 means the set's own (MNIST and folders: 32)
	// Progress, where set, is told how many of a folder's pictures are decoded; one call at a time.
	Progress func(done, total int)
}

// Open opens data by name (see Names), or a .npy file by its path, with images at size×size; size 0 means the set's own (32
// for MNIST and folders). dir "" means $ANILA_DATA. What is not there gives a *MissingError, what cannot be read a
// *FormatError. The toys rings and gmm need no folder. All but the toys are Sets.
func Open(name, dir string, size int) (Source, error) {
	return OpenWith(context.Background(), name, Options{Dir: dir, Size: size})
}

// OpenWith is Open with a context that ends the reading of a large folder, and progress.
func OpenWith(ctx context.Context, name string, o Options) (Source, error) {
	dir := o.Dir
	if dir == "" && name != "folder" { // a data folder is not a folder of pictures
		dir = os.Getenv(EnvDir)
	}
	if o.Size < 0 || o.Size > 4096 {
		return nil, fmt.Errorf("data: size %d; images are 1…4096 pixels wide (0: the set's own)", o.Size)
	}
	switch name {
	case "rings", "gmm":
		t, err := target.ByName(name)
		if err != nil {
			return nil, err
		}
		return toy{t}, nil
	}
	return openSet(ctx, name, dir, o)
}

func openSet(ctx context.Context, name, dir string, o Options) (Set, error) {
	var s *Images
	var err error
	size := o.Size
	pad := false
	switch name {
	case "cifar10":
		s, err = openCIFAR(name, dir, cifarTrain)
	case "cifar10-test":
		s, err = openCIFAR(name, dir, cifarTest)
	case "mnist", "mnist-padded":
		s, err = openMNIST(name, dir, "train")
	case "mnist-test", "mnist-padded-test":
		s, err = openMNIST(name, dir, "t10k")
	case "flowers":
		s, err = openFlowers(ctx, name, dir, size, o.Progress)
	case "folder":
		s, err = openFolder(ctx, name, dir, size, o.Progress)
	default:
		if strings.HasSuffix(name, ".npy") {
			return openArray(name, size)
		}
		return nil, fmt.Errorf("data: unknown data %q; known: %s, or a path that ends in .npy", name, strings.Join(Names(), ", "))
	}
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(name, "mnist") {
		size = cmp.Or(size, 32)
		pad = strings.HasPrefix(name, "mnist-padded")
	}
	fitted, err := fit(s, size, pad)
	if err != nil {
		return nil, err
	}
	return fitted, nil
}

// openArray opens a .npy file; its images are not resampled.
func openArray(path string, size int) (Set, error) {
	a, err := ReadImages(path)
	if err != nil {
		return nil, err
	}
	if size != 0 && (a.h != size || a.w != size) {
		what := fmt.Sprintf("%d×%d images", a.h, a.w)
		if a.h*a.w == 1 {
			what = fmt.Sprintf("points of %d numbers (images are [N, H, W, C]: x.reshape)", a.c)
		}
		err := fmt.Errorf("data: %s holds %s, size %d was asked for; arrays are not resampled", path, what, size)
		if a.Warning != "" {
			err = fmt.Errorf("%w (%s)", err, a.Warning)
		}
		return nil, err
	}
	return a, nil
}
