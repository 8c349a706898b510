package data

import (
	"cmp"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"anila/internal/files"
	"anila/langevin/target"
	"anila/nn/weightfile"
)

// EnvDir names the environment variable that holds the data folder where none is given.
const EnvDir = "ANILA_DATA"

// Names lists what Open understands beside the path of a file.
func Names() []string {
	return []string{"cifar10", "cifar10-test", "cifar100", "cifar100-test", "mnist", "mnist-test", "mnist-padded", "mnist-padded-test",
		"fashion-mnist", "fashion-mnist-test", "flowers", "folder", "rings", "gmm"}
}

// Known tells whether a name is one of Names, or may be the path of a file: what file it is, Open finds out.
func Known(name string) bool {
	return slices.Contains(Names(), name) || strings.ContainsAny(name, "./\\") || strings.HasSuffix(name, "-ubyte")
}

// Options of OpenWith.
type Options struct {
	Dir  string // the data folder, in which each set has its own; "" means $ANILA_DATA. For "folder": the pictures' folder, needed
	Size int    // height and width of images; 0 means the set's own (MNIST and folders: 32)

	// Of arrays and tables:
	Array   string   // name of the array in an .npz archive; "" is its only one
	Layout  string   // of images in arrays: "nhwc" or "", or "nchw"
	Missing string   // rows with missing values (NaN, infinite): "refuse", "drop", or "" (arrays: kept, with a Warning; tables: refused)
	Label   string   // column of a table that holds the items' labels
	Drop    []string // columns of a table that are left out
	Columns []string // columns of a table that are taken, in this order; nil: all but Label and Drop

	// Progress, where set, is told how many of a folder's pictures are decoded; one call at a time.
	Progress func(done, total int)
}

// Open opens data by name (see Names), or a file by its path, with images at size×size; size 0 means the set's own (32
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
	base := strings.TrimSuffix(name, "-test")
	part, records := "train", cifarTrain
	if base != name {
		part, records = "t10k", cifarTest
	}
	switch base {
	case "cifar10":
		s, err = openCIFAR(name, dir, records)
	case "cifar100":
		s, err = openCIFAR100(name, dir, base != name)
	case "mnist", "mnist-padded":
		s, err = openMNIST(name, dir, part, mnistAddress, mnistFolder, "MNIST/raw")
	case "fashion-mnist":
		s, err = openMNIST(name, dir, part, fashionAddress, fashionFolder, "FashionMNIST/raw")
	case "flowers":
		s, err = openFlowers(ctx, name, dir, size, o.Progress)
	case "folder":
		s, err = openFolder(ctx, name, dir, size, o.Progress)
	default:
		if !Known(name) {
			return nil, fmt.Errorf("data: unknown data %q; known: %s, or the path of a file", name, strings.Join(Names(), ", "))
		}
		return openFile(name, o)
	}
	if err != nil {
		return nil, err
	}
	if strings.Contains(base, "mnist") {
		size = cmp.Or(size, 32)
	}
	fitted, err := fit(s, size, base == "mnist-padded")
	if err != nil {
		return nil, err
	}
	return fitted, nil
}

// openFile opens an array, an archive of arrays, a table, IDX or CIFAR records, told apart by what is in the file.
func openFile(path string, o Options) (Set, error) {
	head, size, err := readHead(path)
	if err != nil {
		return nil, err
	}
	var images *Images
	switch {
	case strings.HasPrefix(string(head), "\x93NUMPY") || isZip(head):
		a, err := openArray(path, o)
		if err != nil {
			return nil, err
		}
		if o.Size != 0 && (a.h != o.Size || a.w != o.Size) {
			what := fmt.Sprintf("%d×%d images", a.h, a.w)
			if a.h*a.w == 1 {
				what = fmt.Sprintf("points of %d numbers (images are [N, H, W, C]: x.reshape)", a.c)
			}
			err := fmt.Errorf("data: %s holds %s, size %d was asked for; arrays are not resampled", path, what, o.Size)
			if a.Warning != "" {
				err = fmt.Errorf("%w (%s)", err, a.Warning)
			}
			return nil, err
		}
		return a, nil
	case isIDX(head):
		images, err = openIDX(path)
	case isRecords(path, size):
		images, err = openRecords(path, size)
	case weightfile.Recognize(head):
		return nil, files.Errorf(path, 0, "holds weights of a network, not data")
	default:
		return openTable(path, o)
	}
	if err != nil {
		return nil, err
	}
	fitted, err := fit(images, o.Size, false)
	if err != nil {
		return nil, err
	}
	return fitted, nil
}

// readHead returns the first bytes of a file, those of a gzip file unpacked, and the file's size.
func readHead(path string) ([]byte, int64, error) {
	f, size, err := files.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	head := make([]byte, min(size, weightfile.HeadLength))
	if _, err := f.ReadAt(head, 0); err != nil {
		return nil, 0, files.Errorf(path, 0, "%v", err)
	}
	if len(head) == 0 {
		return nil, 0, files.Errorf(path, -1, "is empty")
	}
	if strings.HasPrefix(string(head), "\x1f\x8b") {
		z, err := gzip.NewReader(f)
		if err != nil {
			return nil, 0, files.Errorf(path, 0, "not a gzip file: %v", err)
		}
		n, _ := io.ReadFull(z, head)
		head = head[:n]
	}
	return head, size, nil
}

func isZip(head []byte) bool { return strings.HasPrefix(string(head), "PK\x03\x04") }

// isArchive tells whether a file is a zip file.
func isArchive(path string) bool {
	head, _, err := readHead(path)
	return err == nil && isZip(head)
}
