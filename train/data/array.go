package data

import (
	"fmt"
	"math"
	"sync"

	"anila/internal/files"
	"anila/nn/weightfile"
	"anila/tensor"
)

// ArraySet is a Set of float32 items as they are: the rows of a .npy file, read where they lie, so that an array may be larger
// than memory; those of an .npz archive or a table; or a program's own (NewArray).
type ArraySet struct {
	name    string
	h, w, c int
	source  rows
	planes  bool     // items lie as [c, h, w]
	kept    []int    // the rows that are items; nil: all
	n       int      // rows
	labels  []uint16 // nil, or one a row
	classes []string // names of the labels, where they are words
	Columns []string // names of a vector's numbers; nil where the data give none
	Warning string   // what looks wrong about the values or their layout; "" when nothing does
	Bad     int      // values that are NaN or infinite, of those that were looked at

	mu  sync.Mutex
	err error // of the first read that failed
}

// rows are where the items of an array lie.
type rows interface {
	// row fills dst with row i, as it lies.
	row(dst []float32, i int) error
}

// memory are rows that are held.
type memory []float32

func (m memory) row(dst []float32, i int) error {
	copy(dst, m[i*len(dst):])
	return nil
}

// inFile are the rows of an array file. Reading them, and not mapping the file, gives an error where it has been cut short or
// its disk fails, where a mapping would end the process; the pages are the system's cache either way, and no memory of the process.
type inFile struct {
	array *weightfile.NPYReader
	bytes bool // as [−1, 1]
}

func (f inFile) row(dst []float32, i int) error {
	err := f.array.ReadAt(dst, int64(i)*int64(len(dst)))
	if f.bytes {
		for j, v := range dst {
			dst[j] = byteValue[byte(v)]
		}
	}
	return err
}

// NewArray wraps values [n, h, w, c] as a Set; points and vectors are 1×1. The slice is kept, not copied.
func NewArray(name string, values []float32, h, w, c int) (*ArraySet, error) {
	if h <= 0 || w <= 0 || c <= 0 || len(values) == 0 || len(values)%(h*w*c) != 0 {
		return nil, fmt.Errorf("data: %d values are no whole number of %d×%d×%d items", len(values), h, w, c)
	}
	return &ArraySet{name: name, h: h, w: w, c: c, source: memory(values), n: len(values) / (h * w * c)}, nil
}

// ReadImages opens a .npy file of images [N, H, W, C] or [N, H, W], or of vectors [N, D], as a Set. Values of images should lie
// in [−1, 1]; unsigned bytes are converted (v/127.5 − 1), values in another range are kept and Warning says so. The rows
// are read where they lie: the file must stay while the set is used.
func ReadImages(path string) (*ArraySet, error) { return openArray(path, Options{}) }

// openArray opens a .npy file, or an array of an .npz archive.
func openArray(path string, o Options) (*ArraySet, error) {
	var s *ArraySet
	if isArchive(path) {
		array, dtype, err := weightfile.LoadNPZArray(path, o.Array)
		if err != nil {
			return nil, err
		}
		if dtype == "|u1" {
			for i, v := range array.Data {
				array.Data[i] = byteValue[byte(v)]
			}
		}
		if s, err = shaped(path, array.Shape, o.Layout); err != nil {
			return nil, err
		}
		s.source = memory(array.Data)
	} else {
		if o.Array != "" {
			return nil, fmt.Errorf("data: %s holds one array; %q chooses one of an .npz archive", path, o.Array)
		}
		r, err := weightfile.OpenNPY(path)
		if err != nil {
			return nil, err
		}
		if s, err = shaped(path, r.Shape, o.Layout); err != nil {
			r.Close()
			return nil, err
		}
		s.source = inFile{r, r.DType == "|u1"}
	}
	if err := s.look(o.Missing); err != nil {
		return nil, err
	}
	return s, nil
}

// shaped is an array of items of a shape [N, …], without its rows.
func shaped(path string, shape []int, layout string) (*ArraySet, error) {
	s := &ArraySet{name: path, h: 1, w: 1, c: 1, planes: layout == "nchw"}
	switch {
	case len(shape) == 2 && !s.planes:
		s.c = shape[1]
	case len(shape) == 3 && !s.planes:
		s.h, s.w = shape[1], shape[2]
	case len(shape) == 4 && s.planes:
		s.h, s.w, s.c = shape[2], shape[3], shape[1]
	case len(shape) == 4:
		s.h, s.w, s.c = shape[1], shape[2], shape[3]
	default:
		want := "images are [N, H, W, C] or [N, H, W], vectors [N, D]"
		if s.planes {
			want = "images of the layout nchw are [N, C, H, W]"
		}
		return nil, files.Errorf(path, -1, "shape %v; %s", shape, want)
	}
	if s.n = shape[0]; s.n*s.h*s.w*s.c == 0 {
		return nil, files.Errorf(path, -1, "shape %v holds nothing", shape)
	}
	if s.h*s.w*s.c > maxItem {
		return nil, files.Errorf(path, -1, "shape %v: items of %d numbers; at most %d are taken", shape, s.h*s.w*s.c, maxItem)
	}
	return s, nil
}

const (
	// maxItem is the most numbers of one item, which is held in memory.
	maxItem = 64 << 20
	// lookedAt is how many numbers of an array are looked at for their range; of larger ones rows spread evenly.
	lookedAt = 1 << 26
)

// spread returns how many rows are looked at; row k of them is k·n/count.
func (s *ArraySet) spread() int {
	return int(min(int64(s.n), max(1, lookedAt/int64(s.h*s.w*s.c))))
}

// look finds out in which way values do not look like data, and leaves rows out that are not finite where missing is "drop".
func (s *ArraySet) look(missing string) error {
	lo, hi := float32(math.Inf(1)), float32(math.Inf(-1))
	row := make([]float32, s.h*s.w*s.c)
	count := s.spread()
	if missing == "drop" {
		count = s.n
	}
	bad, first := 0, 0
	var kept []int
	for k := range count {
		i := int(int64(k) * int64(s.n) / int64(count))
		if err := s.source.row(row, i); err != nil {
			return err
		}
		before := s.Bad
		for _, v := range row {
			if v-v != 0 {
				s.Bad++
			}
		}
		if s.Bad > before {
			if bad++; bad == 1 {
				first = i
			}
			continue
		}
		for _, v := range row {
			lo, hi = min(lo, v), max(hi, v)
		}
		if missing == "drop" {
			kept = append(kept, i)
		}
	}
	switch {
	case bad > 0 && missing == "refuse":
		return files.Errorf(s.name, -1, "%d of %d rows hold NaN or infinite values, row %d first (data.missing = \"drop\" leaves them out)", bad, count, first)
	case bad > 0 && missing == "drop":
		if s.kept = kept; len(kept) == 0 {
			return files.Errorf(s.name, -1, "every row holds NaN or infinite values")
		}
		s.Bad, s.Warning = 0, fmt.Sprintf("%s: %d of %d rows hold NaN or infinite values and are left out", s.name, bad, s.n)
	case bad > 0:
		s.Warning = fmt.Sprintf("%s: %d values are NaN or infinite", s.name, s.Bad)
	default:
		s.Warning = rangeWarning(s.name, lo, hi, s.h*s.w == 1)
	}
	if !s.planes && (s.h == 1 || s.h == 3) && s.w > 4 && s.c > 4 {
		layout := fmt.Sprintf("%s: shape %v looks like [N, C, H, W]; images are [N, H, W, C]: np.transpose(x, (0, 2, 3, 1)), or data.layout = \"nchw\"",
			s.name, []int{s.n, s.h, s.w, s.c})
		if s.Warning != "" {
			layout += "; " + s.Warning
		}
		s.Warning = layout
	}
	return nil
}

// rangeWarning says in which way values from lo to hi do not look like [−1, 1]. Chains and noise may stick out of it a little, and
// vectors have no range.
func rangeWarning(path string, lo, hi float32, vectors bool) string {
	switch {
	case vectors:
		return ""
	case lo >= 0 && hi > 2:
		return fmt.Sprintf("%s: values in [%.3g, %.3g] look like bytes; images are [−1, 1]: use x/127.5 − 1", path, lo, hi)
	case lo >= 0 && hi <= 1 && hi > lo:
		return fmt.Sprintf("%s: values in [%.3g, %.3g] look like [0, 1]; images are [−1, 1]: use 2·x − 1", path, lo, hi)
	case lo < -2 || hi > 2:
		return fmt.Sprintf("%s: values in [%.3g, %.3g]; images are [−1, 1]", path, lo, hi)
	}
	return ""
}

// Name returns the path the array was read from.
func (s *ArraySet) Name() string { return s.name }

// Len returns the number of items.
func (s *ArraySet) Len() int {
	if s.kept != nil {
		return len(s.kept)
	}
	return s.n
}

// Shape returns height, width and channels of one item.
func (s *ArraySet) Shape() (h, w, c int) { return s.h, s.w, s.c }

// Row returns where item i lies in the file, counted from 0: rows that were left out are counted too.
func (s *ArraySet) Row(i int) int {
	if s.kept != nil {
		return s.kept[i]
	}
	return i
}

// Items fills dst [len(indices), h, w, c]. A row that cannot be read becomes NaN, and Err says why.
func (s *ArraySet) Items(dst []float32, indices []int) {
	item := s.h * s.w * s.c
	if len(dst) != len(indices)*item {
		panic("data: Items: destination does not hold the items asked for")
	}
	var scratch []float32
	if s.planes {
		scratch = make([]float32, item)
	}
	for k, i := range indices {
		out := dst[k*item : (k+1)*item]
		in := out
		if s.planes {
			in = scratch
		}
		if err := s.source.row(in, s.Row(i)); err != nil {
			s.mu.Lock()
			if s.err == nil {
				s.err = err
			}
			s.mu.Unlock()
			for j := range out {
				out[j] = float32(math.NaN())
			}
			continue
		}
		if s.planes {
			for p := range s.h * s.w {
				for c := range s.c {
					out[p*s.c+c] = scratch[c*s.h*s.w+p]
				}
			}
		}
	}
}

// Err returns what kept a row from being read, nil where nothing did.
func (s *ArraySet) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Batch draws items without replacement, keyed.
func (s *ArraySet) Batch(dst []float32, key tensor.Key) { drawItems(s, dst, key) }

// Label returns the label of item i; only tables have labels, in the column that Options.Label names.
func (s *ArraySet) Label(i int) (int, bool) {
	if s.labels == nil {
		return 0, false
	}
	return int(s.labels[s.Row(i)]), true
}

// ClassName returns the word that a label stands for, "" where the labels are numbers.
func (s *ArraySet) ClassName(label int) string {
	if label < 0 || label >= len(s.classes) {
		return ""
	}
	return s.classes[label]
}

// Drawn is a set of n draws of a source.
func Drawn(name string, source Source, n int, key tensor.Key) *ArraySet {
	h, w, c := source.Shape()
	x := make([]float32, n*h*w*c)
	source.Batch(x, key)
	s, err := NewArray(name, x, h, w, c)
	if err != nil {
		panic(err)
	}
	return s
}
