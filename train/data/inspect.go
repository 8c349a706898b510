package data

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"anila/internal/files"
	"anila/nn/weightfile"
)

// Description is what Inspect finds out about a path.
type Description struct {
	Path    string   `json:"path"`
	Kind    string   `json:"kind"` // "CIFAR-10 records", "IDX", ".npy array", "picture", "folder of pictures", "data folder", or a weight file's Form
	Shape   []int    `json:"shape,omitempty"`
	DType   string   `json:"dtype,omitempty"`
	Labels  []int    `json:"labels,omitempty"` // items of each label
	Classes []string `json:"classes,omitempty"`
	// Statistics of the pixels in [−1, 1] (of the raw values where an array is no images); of folders at most 1,000
	// pictures spread evenly.
	Statistics *Statistics `json:"statistics,omitempty"`
	Sets       []string    `json:"sets,omitempty"` // of a data folder: the names that Open finds in it
	Notes      []string    `json:"notes,omitempty"`
}

// inspectPictures is how many pictures of a folder are decoded for its statistics.
const inspectPictures = 1000

// Inspect looks at a file or folder and describes the data in it. size is that of pictures; 0 means 32.
func Inspect(ctx context.Context, path string, size int) (*Description, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	size = cmp.Or(size, folderSize)
	if st.IsDir() {
		return inspectFolder(ctx, path, size)
	}
	f, n, err := files.Open(path)
	if err != nil {
		return nil, err
	}
	head := make([]byte, min(n, weightfile.HeadLength))
	_, err = f.ReadAt(head, 0)
	f.Close()
	if err != nil {
		return nil, files.Errorf(path, 0, "%v", err)
	}
	base := strings.ToLower(filepath.Base(path))
	switch {
	case formatOf(head) != nil:
		return inspectPicture(path, size)
	case strings.HasPrefix(string(head), "\x93NUMPY"):
		return inspectArray(path)
	case weightfile.Recognize(head):
		return inspectWeights(path)
	case len(head) > 2 && head[0] == 0 && head[1] == 0 && idxTypes[head[2]] != "" || strings.HasSuffix(base, ".gz"):
		return inspectIDX(path)
	case isRecords(path, n):
		s, err := openRecords(path, n)
		if err != nil {
			return nil, err
		}
		kind := "CIFAR-10 records"
		if n%cifarRecord != 0 {
			kind = "CIFAR-100 records"
		}
		return describeSet(&Description{Path: path, Kind: kind}, s), nil
	}
	s, err := openTable(path, Options{})
	if err != nil {
		return nil, fmt.Errorf("%w (no CIFAR records, IDX, .npy, picture either, and no weights)", err)
	}
	d := describeSet(&Description{Path: path, Kind: "table"}, s)
	d.Notes = append(d.Notes, "columns "+listed(s.Columns))
	return d, nil
}

func inspectFolder(ctx context.Context, path string, size int) (*Description, error) {
	d := &Description{Path: path, Kind: "data folder"}
	var err error
	if d.Sets, err = setsIn(path); err != nil {
		return nil, err
	}
	found, err := walk(path)
	if err != nil {
		return nil, err
	}
	if found.top == 0 && len(d.Sets) > 0 {
		return d, nil
	}
	names := found.pictures
	if len(names) == 0 {
		return nil, files.Errorf(path, -1, "%s", strings.Join(append([]string{"no CIFAR-10, MNIST or Flowers files and no pictures in it"}, found.notes...), "; "))
	}
	d.Kind, d.Notes = "folder of pictures", found.notes
	labels, classes := folderLabels(names)
	d.Classes = classes
	for _, l := range labels {
		d.countLabel(int(l))
	}
	d.Shape = []int{len(names), size, size, 3}
	chosen := names
	if len(names) > inspectPictures {
		chosen = make([]string, inspectPictures)
		for i := range chosen {
			chosen[i] = names[i*len(names)/inspectPictures]
		}
		d.Notes = append(d.Notes, fmt.Sprintf("statistics of %d pictures spread over the folder", inspectPictures))
	}
	s := &Images{h: size, w: size, c: 3, pixels: make([]byte, len(chosen)*size*size*3)}
	if err := decodeAll(ctx, s, path, chosen, nil); err != nil {
		return nil, err
	}
	d.Statistics = MeasureSet(s, 0).Finite()
	return d, nil
}

func inspectPicture(path string, size int) (*Description, error) {
	f, n, err := files.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	cfg, orientation, format, err := pictureConfig(path, f, n)
	if err != nil {
		return nil, err
	}
	pixels, err := ReadPicture(path, size)
	if err != nil {
		return nil, err
	}
	s, err := NewImages(path, pixels, size, size, 3, nil)
	if err != nil {
		return nil, err
	}
	d := describeSet(&Description{Path: path, Kind: "picture", DType: format.name}, s)
	d.Notes = append(d.Notes, fmt.Sprintf("%d×%d pixels, read as its centred square at %d×%d", cfg.Width, cfg.Height, size, size))
	if orientation != 1 {
		d.Notes = append(d.Notes, fmt.Sprintf("EXIF orientation %d, honoured", orientation))
	}
	return d, nil
}

func inspectArray(path string) (*Description, error) {
	r, err := weightfile.OpenNPY(path)
	if err != nil {
		return nil, err
	}
	shape, dtype := r.Shape, r.DType
	r.Close()
	d := &Description{Path: path, Kind: ".npy array", Shape: shape, DType: dtype}
	s, err := ReadImages(path)
	var wrong *FormatError
	switch {
	case errors.As(err, &wrong) && wrong.Offset < 0: // readable, but no images
		a, err := weightfile.LoadNPY(path)
		if err != nil {
			return nil, err
		}
		if len(a.Data) > 0 {
			d.Statistics = Measure(a.Data, 1, 1, 1).Finite()
		}
		d.Notes = append(d.Notes, "neither images [N, H, W, C] nor points [N, C]")
		return d, nil
	case err != nil:
		return nil, err
	}
	if s.Warning != "" {
		d.Notes = append(d.Notes, s.Warning)
	}
	d = describeSet(d, s)
	d.Shape = shape
	return d, nil
}

// inspectWeights lists the tensors of a file of weights, and what Load leaves out.
func inspectWeights(path string) (*Description, error) {
	w, err := weightfile.Load(path, "")
	if err != nil {
		return nil, err
	}
	d := &Description{Path: path, Kind: w.Form, Shape: []int{len(w.Tensors)}}
	for _, t := range w.Tensors {
		d.Notes = append(d.Notes, fmt.Sprintf("tensor %s, shape %v", t.Name, t.Shape))
	}
	for _, l := range w.LeftOut {
		d.Notes = append(d.Notes, fmt.Sprintf("left out: %s", l))
	}
	return d, nil
}

func inspectIDX(path string) (*Description, error) {
	x, err := ReadIDX(path)
	if err != nil {
		return nil, err
	}
	d := &Description{Path: path, Kind: "IDX", Shape: x.Dims, DType: x.DType}
	switch labels, notLabels := x.integers(path, math.MaxUint16); {
	case len(x.Dims) == 1 && notLabels == nil:
		d.Labels = []int{}
		for _, v := range labels {
			d.countLabel(int(v))
		}
		return d, nil
	case len(x.Dims) == 3:
		if pixels, err := x.pixels(path); err == nil {
			s, err := NewImages(path, pixels, x.Dims[1], x.Dims[2], 1, nil)
			if err != nil {
				return nil, err
			}
			d = describeSet(d, s)
			d.Shape = x.Dims
			return d, nil
		}
	}
	values := make([]float32, len(x.Data)/x.size())
	for i := range values {
		values[i] = float32(x.At(i))
	}
	d.Statistics = Measure(values, 1, 1, 1).Finite()
	d.Notes = append(d.Notes, "neither labels (integers from 0) nor images of bytes")
	return d, nil
}

func (d *Description) countLabel(l int) {
	for l >= len(d.Labels) {
		d.Labels = append(d.Labels, 0)
	}
	d.Labels[l]++
}

// describeSet adds shape, labels and statistics of a set.
func describeSet(d *Description, s Set) *Description {
	h, w, c := s.Shape()
	d.Shape = []int{s.Len(), h, w, c}
	for i := range s.Len() {
		l, ok := s.Label(i)
		if !ok {
			break
		}
		d.countLabel(l)
	}
	if images, ok := s.(*Images); ok {
		d.Classes = images.classes
	}
	d.Statistics = MeasureSet(s, 0).Finite()
	return d
}

// String is the description for a terminal.
func (d *Description) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", d.Path, d.Kind)
	if len(d.Shape) > 0 {
		dims := make([]string, len(d.Shape))
		for i, v := range d.Shape {
			dims[i] = fmt.Sprint(v)
		}
		fmt.Fprintf(&b, " %s", strings.Join(dims, "×"))
	}
	if d.DType != "" {
		fmt.Fprintf(&b, ", %s", d.DType)
	}
	b.WriteByte('\n')
	if len(d.Sets) > 0 {
		fmt.Fprintf(&b, "  sets     %s\n", strings.Join(d.Sets, ", "))
	}
	for l, n := range d.Labels {
		if l == 20 {
			fmt.Fprintf(&b, "  …        %d labels in all\n", len(d.Labels))
			break
		}
		class := ""
		if l < len(d.Classes) {
			class = " " + d.Classes[l]
		}
		fmt.Fprintf(&b, "  label %-2d %d items%s\n", l, n, class)
	}
	if s := d.Statistics; s != nil {
		for ch := range s.Mean {
			fmt.Fprintf(&b, "  channel %d  mean %.4f, sd %.4f, range [%.3g, %.3g]\n", ch, s.Mean[ch], s.SD[ch], s.Min[ch], s.Max[ch])
		}
		if len(d.Shape) >= 3 {
			fmt.Fprintf(&b, "  neighbouring pixels correlate %.3f, one item is %.3g from the next\n", s.Neighbour, s.Apart)
		}
	}
	for _, note := range d.Notes {
		fmt.Fprintf(&b, "  note     %s\n", note)
	}
	return b.String()
}
