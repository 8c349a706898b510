package data

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"anila/internal/filetest"
	"anila/nn/weightfile"
)

// What all tests of readers share.
var (
	fixture         = filetest.Fixture
	write           = filetest.Write
	wantFormatError = filetest.WantFormatError
)

func idx(dims []int, data []byte) []byte { return idxOf(8, dims, data) }

// idxOf is an IDX file of an element type.
func idxOf(kind byte, dims []int, data []byte) []byte {
	b := []byte{0, 0, kind, byte(len(dims))}
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, uint32(d))
	}
	return append(b, data...)
}

func compressed(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	z.Write(b)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// ramp is n bytes 0, 1, 2 …
func ramp(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func TestCIFARRecords(t *testing.T) {
	s, err := ReadCIFAR10(filepath.Join("testdata", "cifar10_8.bin"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := weightfile.LoadNPY(filepath.Join("testdata", "cifar10_8.npy"))
	if err != nil {
		t.Fatal(err)
	}
	if s.Len() != 8 || !slices.Equal(want.Shape, []int{8, 32, 32, 3}) {
		t.Fatalf("%d images, want shape %v", s.Len(), want.Shape)
	}
	for i, v := range want.Data {
		if float32(s.pixels[i]) != v {
			t.Fatalf("value %d is %d, want %v", i, s.pixels[i], v)
		}
	}
	// The labels of the first training images: frog, truck, truck, deer, automobile, automobile, bird, horse.
	if !slices.Equal(s.labels, []uint16{6, 9, 9, 4, 1, 1, 2, 7}) || s.ClassName(6) != "frog" {
		t.Errorf("labels %v", s.labels)
	}
}

func TestHostileCIFAR(t *testing.T) {
	good := fixture(t, "cifar10_8.bin")
	for _, c := range []struct {
		what   string
		b      []byte
		offset int64
	}{
		{"empty", nil, 0},
		{"truncated", good[:5*cifarRecord-1], 4 * cifarRecord},
		{"too long", append(slices.Clone(good), 1), 8 * cifarRecord},
		{"label 10", append(slices.Clone(good), append([]byte{10}, good[1:cifarRecord]...)...), 8 * cifarRecord},
	} {
		path := write(t, "data_batch_1.bin", c.b)
		_, err := ReadCIFAR10(path)
		wantFormatError(t, c.what, err, path, c.offset)
	}
	// A set of which one file is short or missing says which.
	dir := t.TempDir()
	for _, name := range cifarTrain {
		os.WriteFile(filepath.Join(dir, name), good, 0o666)
	}
	_, err := Open("cifar10", dir, 0)
	wantFormatError(t, "8 records", err, filepath.Join(dir, cifarTrain[0]), 8*cifarRecord)
	os.Remove(filepath.Join(dir, cifarTrain[0]))
	var m *MissingError
	if _, err := Open("cifar10", dir, 0); !errors.As(err, &m) || !strings.Contains(err.Error(), cifarTrain[0]) {
		t.Errorf("a missing file gave %v", err)
	}
}

func TestIDXPlainAndCompressed(t *testing.T) {
	b := idx([]int{3, 4, 5}, ramp(60))
	for name, content := range map[string][]byte{"images": b, "images.gz": compressed(t, b)} {
		x, err := ReadIDX(write(t, name, content))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(x.Dims, []int{3, 4, 5}) || !bytes.Equal(x.Data, ramp(60)) {
			t.Errorf("%s: %v", name, x)
		}
	}
}

func TestHostileIDX(t *testing.T) {
	good := idx([]int{3, 4, 5}, ramp(60))
	change := func(at int, v byte) []byte {
		b := slices.Clone(good)
		b[at] = v
		return b
	}
	cases := []struct {
		what   string
		b      []byte
		offset int64
	}{
		{"empty", nil, 0},
		{"short magic", good[:3], 3},
		{"wrong magic", change(0, 1), 0},
		{"no element type", change(2, 0x0a), 2},
		{"floats of a byte", change(2, 0x0d), 12},
		{"no dimensions", change(3, 0), 3},
		{"200 dimensions", change(3, 200), 3},
		{"short dimensions", good[:10], 8},
		{"zero dimension", change(11, 0), 8},
		{"four billion items", change(4, 0xff), 4},
		{"truncated", good[:40], 40},
	}
	for _, c := range cases {
		path := write(t, "x", c.b)
		_, err := ReadIDX(path)
		offset := c.offset
		if c.what == "truncated" || c.what == "short dimensions" {
			offset = -2 // named by what the header makes impossible
		}
		wantFormatError(t, c.what, err, path, offset)
	}
	_, err := ReadIDX(write(t, "x", append(slices.Clone(good), 7)))
	if err == nil {
		t.Error("a byte after the end passed")
	}

	z := compressed(t, good)
	path := write(t, "a.gz", append(slices.Clone(z[:len(z)-8]), 1, 2, 3, 4, 5, 6, 7, 8))
	_, err = ReadIDX(path)
	wantFormatError(t, "wrong checksum", err, path, int64(len(good)))
	path = write(t, "b.gz", z[:len(z)/2])
	_, err = ReadIDX(path)
	wantFormatError(t, "truncated gzip", err, path, -2)
	path = write(t, "c.gz", good)
	_, err = ReadIDX(path)
	wantFormatError(t, "not gzip", err, path, 0)
	path = write(t, "d.gz", compressed(t, append(slices.Clone(good), 9)))
	_, err = ReadIDX(path)
	wantFormatError(t, "longer than declared", err, path, int64(len(good)))
	path = write(t, "e.gz", compressed(t, idx([]int{1 << 30, 28, 28}, nil)))
	_, err = ReadIDX(path)
	wantFormatError(t, "declares 800 GB", err, path, 4)
}

// A file that expands a thousandfold is read only as far as its header declares.
func TestDecompressionBombIsNotInflated(t *testing.T) {
	bomb := compressed(t, append(idx([]int{10, 4, 5}, ramp(200)), make([]byte, 32<<20)...))
	path := write(t, "bomb.gz", bomb)
	before := allocated()
	_, err := ReadIDX(path)
	wantFormatError(t, "bomb", err, path, 216)
	if used := allocated() - before; used > 4<<20 {
		t.Errorf("a bomb of %d bytes made us allocate %d", len(bomb), used)
	}
	// A header that declares what deflate could hold costs memory only as data arrives.
	path = write(t, "empty.gz", compressed(t, append(idx([]int{1, 1, 100 << 20}, nil), make([]byte, 10)...)))
	before = allocated()
	if _, err := ReadIDX(path); err == nil {
		t.Error("a file without its data passed")
	}
	if used := allocated() - before; used > 4<<20 {
		t.Errorf("a header made us allocate %d bytes", used)
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

func TestMNISTSizes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mnist")
	os.Mkdir(dir, 0o777)
	image := make([]byte, 2*28*28)
	image[0], image[28*28-1], image[28*28+14*28+14] = 200, 100, 255
	os.WriteFile(filepath.Join(dir, "train-images-idx3-ubyte.gz"), compressed(t, idx([]int{2, 28, 28}, image)), 0o666)
	os.WriteFile(filepath.Join(dir, "train-labels-idx1-ubyte"), idx([]int{2}, []byte{3, 9}), 0o666)
	for name, size := range map[string]int{"mnist": 32, "mnist-padded": 32} {
		s, err := Open(name, filepath.Dir(dir), 0)
		if err != nil {
			t.Fatal(err)
		}
		set := s.(Set)
		if h, w, c := s.Shape(); h != size || w != size || c != 1 || set.Len() != 2 {
			t.Fatalf("%s: %d images of %d×%d×%d", name, set.Len(), h, w, c)
		}
		if l, _ := set.Label(1); l != 9 {
			t.Errorf("%s: label %d", name, l)
		}
		b := s.(*Images).Bytes(0)
		if name == "mnist-padded" && (b[0] != 0 || b[2*32+2] != 200 || b[29*32+29] != 100) {
			t.Errorf("padded image has %d %d %d", b[0], b[2*32+2], b[29*32+29])
		}
		if name == "mnist" && b[0] < 150 {
			t.Errorf("resized image has %d in the corner", b[0])
		}
	}
	s, err := Open("mnist", dir, 28)
	if err != nil || !bytes.Equal(s.(*Images).Bytes(1), image[28*28:]) {
		t.Errorf("at its own size MNIST is changed (%v)", err)
	}
	os.WriteFile(filepath.Join(dir, "train-labels-idx1-ubyte"), idx([]int{3}, []byte{3, 9, 1}), 0o666)
	if _, err := Open("mnist", dir, 28); err == nil {
		t.Error("3 labels for 2 images passed")
	}
	os.WriteFile(filepath.Join(dir, "train-labels-idx1-ubyte"), idxOf(9, []int{2}, []byte{3, 0xff}), 0o666)
	_, err = Open("mnist", dir, 28)
	wantFormatError(t, "label −1", err, filepath.Join(dir, "train-labels-idx1-ubyte"), 9)
}

// TestMNISTOfOthers reads what other sets in MNIST's files have: other labels, other element types, more members of gzip, no
// labels at all.
func TestMNISTOfOthers(t *testing.T) {
	const images, labels = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
	wide := func(values ...int32) (b []byte) {
		for _, v := range values {
			b = binary.BigEndian.AppendUint32(b, uint32(v))
		}
		return b
	}
	floats := func(values ...float32) (b []byte) {
		for _, v := range values {
			b = binary.BigEndian.AppendUint32(b, math.Float32bits(v))
		}
		return b
	}
	pixels := idx([]int{2, 1, 2}, []byte{1, 2, 3, 255})
	for _, c := range []struct {
		what   string
		files  map[string][]byte
		labels []int
		fails  string // the file that the error names
		offset int64
	}{
		{"letters of EMNIST", map[string][]byte{images: pixels, labels: idx([]int{2}, []byte{1, 26})}, []int{1, 26}, "", 0},
		{"bytes up to 255", map[string][]byte{images: pixels, labels: idx([]int{2}, []byte{0, 255})}, []int{0, 255}, "", 0},
		{"labels of int8", map[string][]byte{images: pixels, labels: idxOf(9, []int{2}, []byte{9, 61})}, []int{9, 61}, "", 0},
		{"labels of int16", map[string][]byte{images: pixels, labels: idxOf(0x0b, []int{2}, []byte{0, 7, 1, 0})}, []int{7, 256}, "", 0},
		{"labels of int32", map[string][]byte{images: pixels, labels: idxOf(0x0c, []int{2}, wide(3, 65535))}, []int{3, 65535}, "", 0},
		{"labels of float32", map[string][]byte{images: pixels, labels: idxOf(0x0d, []int{2}, floats(3, 4))}, []int{3, 4}, "", 0},
		{"labels of float64", map[string][]byte{images: pixels, labels: idxOf(0x0e, []int{2}, append([]byte{0x3f, 0xf0}, make([]byte, 14)...))}, []int{1, 0}, "", 0},
		{"images of int32", map[string][]byte{images: idxOf(0x0c, []int{2, 1, 2}, wide(1, 2, 3, 255)), labels: idx([]int{2}, []byte{1, 2})}, []int{1, 2}, "", 0},
		{"images of float32", map[string][]byte{images: idxOf(0x0d, []int{2, 1, 2}, floats(1, 2, 3, 255))}, nil, "", 0},
		{"no labels", map[string][]byte{images: pixels}, nil, "", 0},
		{"two members of gzip", map[string][]byte{images + ".gz": append(compressed(t, pixels[:17]), compressed(t, pixels[17:])...)}, nil, "", 0},
		{"a member with nothing", map[string][]byte{images + ".gz": append(compressed(t, nil), compressed(t, pixels)...)}, nil, "", 0},
		{"label too large", map[string][]byte{images: pixels, labels: idxOf(0x0c, []int{2}, wide(3, 65536))}, nil, labels, 12},
		{"negative label", map[string][]byte{images: pixels, labels: idxOf(0x0b, []int{2}, []byte{0, 7, 0xff, 0xff})}, nil, labels, 10},
		{"half a label", map[string][]byte{images: pixels, labels: idxOf(0x0d, []int{2}, floats(3, 0.5))}, nil, labels, 12},
		{"label NaN", map[string][]byte{images: pixels, labels: idxOf(0x0d, []int{2}, floats(float32(math.NaN()), 1))}, nil, labels, 8},
		{"pixel 256", map[string][]byte{images: idxOf(0x0c, []int{1, 1, 1}, wide(256))}, nil, images, 16},
		{"pixels in [0, 1]", map[string][]byte{images: idxOf(0x0d, []int{1, 1, 2}, floats(0, 0.5))}, nil, images, 20},
		{"second member torn", map[string][]byte{images + ".gz": append(compressed(t, pixels[:17]), compressed(t, pixels[17:])[:15]...)}, nil, images + ".gz", -2},
	} {
		dir := t.TempDir()
		for name, b := range c.files {
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		set, err := openMNIST("mnist", dir, "train", mnistAddress, mnistFolder)
		if c.fails != "" {
			wantFormatError(t, c.what, err, filepath.Join(dir, c.fails), c.offset)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		if !bytes.Equal(set.pixels, []byte{1, 2, 3, 255}) {
			t.Errorf("%s: pixels %v", c.what, set.pixels)
		}
		var got []int
		for i := range set.Len() {
			if l, ok := set.Label(i); ok {
				got = append(got, l)
			}
		}
		if !slices.Equal(got, c.labels) {
			t.Errorf("%s: labels %v, want %v", c.what, got, c.labels)
		}
		for name := range c.files { // inspect reads the same files
			if _, err := Inspect(t.Context(), filepath.Join(dir, name), 0); err != nil {
				t.Errorf("%s: inspect: %v", c.what, err)
			}
		}
	}
}

func TestMissingDataSaysWhatAndWhere(t *testing.T) {
	t.Setenv(EnvDir, "")
	empty := t.TempDir()
	for name, address := range map[string]string{"cifar10": "cs.toronto.edu", "cifar10-test": "cs.toronto.edu", "mnist": "yann.lecun.com", "mnist-test": "yann.lecun.com", "flowers": "robots.ox.ac.uk", "folder": ""} {
		for _, dir := range []string{empty, ""} {
			_, err := Open(name, dir, 0)
			var m *MissingError
			if !errors.As(err, &m) || len(m.Files) == 0 {
				t.Errorf("%s in %q: %v", name, dir, err)
				continue
			}
			for _, want := range []string{dir, address, m.Files[0]} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %q is not in %q", name, want, err)
				}
			}
		}
	}
	t.Setenv(EnvDir, empty)
	if _, err := Open("folder", "", 0); err == nil || !strings.Contains(err.Error(), "no folder given") {
		t.Errorf("a folder that was not named gave %v", err)
	}
	if _, err := Open("imagenet", empty, 0); err == nil || !strings.Contains(err.Error(), "cifar10-test") {
		t.Errorf("an unknown name gave %v", err)
	}
	if _, err := Open("cifar10", empty, 1<<20); err == nil {
		t.Error("images of a million pixels a side passed")
	}
}

// Folders, pipes and devices are no data files, and none of them is waited for.
func TestOnlyRegularFilesAreRead(t *testing.T) {
	paths := []string{t.TempDir(), os.DevNull}
	if pipe := filepath.Join(t.TempDir(), "pipe"); makePipe(pipe) == nil {
		paths = append(paths, pipe)
	}
	for _, path := range paths {
		for what, read := range map[string]func(string) error{
			"CIFAR-10": func(p string) error { _, err := ReadCIFAR10(p); return err },
			"IDX":      func(p string) error { _, err := ReadIDX(p); return err },
			".npy":     func(p string) error { _, err := weightfile.LoadNPY(p); return err },
			"picture":  func(p string) error { _, err := ReadPicture(p, 8); return err },
		} {
			wantFormatError(t, what+" from "+path, read(path), path, -1)
		}
	}
}

func TestFullCIFAR10(t *testing.T) {
	dir := fullData(t)
	for name, n := range map[string]int{"cifar10": 50000, "cifar10-test": 10000} {
		s, err := Open(name, dir, 0)
		if err != nil {
			t.Fatal(err)
		}
		set := s.(*Images)
		counts := make([]int, 10)
		for i := range set.Len() {
			l, _ := set.Label(i)
			counts[l]++
		}
		if set.Len() != n || slices.Min(counts) != n/10 || slices.Max(counts) != n/10 {
			t.Errorf("%s: %d images, classes %v", name, set.Len(), counts)
		}
		if name == "cifar10" {
			// The known statistics of the training set in [0, 1]: means 0.4914 0.4822 0.4465, sd 0.2470 0.2435 0.2616.
			got := MeasureSet(set, 0)
			for ch, want := range [][2]float64{{0.4914, 0.2470}, {0.4822, 0.2435}, {0.4465, 0.2616}} {
				if m, sd := (got.Mean[ch]+1)/2, got.SD[ch]/2; m-want[0] > 1e-4 || want[0]-m > 1e-4 || sd-want[1] > 1e-4 || want[1]-sd > 1e-4 {
					t.Errorf("channel %d: mean %.5f sd %.5f, want %v", ch, m, sd, want)
				}
			}
			if got.Neighbour < 0.9 || got.Neighbour > 1 {
				t.Errorf("neighbouring pixels correlate %v", got.Neighbour)
			}
		}
	}
}

func TestFullMNIST(t *testing.T) {
	dir := fullData(t)
	for name, n := range map[string]int{"mnist": 60000, "mnist-test": 10000} {
		s, err := Open(name, dir, 28)
		if err != nil {
			t.Fatal(err)
		}
		set := s.(*Images)
		got := MeasureSet(set, 0)
		if set.Len() != n {
			t.Errorf("%s has %d images", name, set.Len())
		}
		if m, sd := (got.Mean[0]+1)/2, got.SD[0]/2; name == "mnist" && (m < 0.1306 || m > 0.1308 || sd < 0.3080 || sd > 0.3082) {
			t.Errorf("mean %.5f sd %.5f, known are 0.1307 and 0.3081", m, sd)
		}
		if l, _ := set.Label(0); name == "mnist" && l != 5 || name == "mnist-test" && l != 7 {
			t.Errorf("%s begins with label %d", name, l)
		}
	}
}

func TestFullFlowers(t *testing.T) {
	dir := fullData(t)
	calls, last := 0, 0
	s, err := OpenWith(t.Context(), "flowers", Options{Dir: dir, Size: 32, Progress: func(done, total int) {
		if done <= last || total != 8189 {
			t.Errorf("progress %d of %d after %d", done, total, last)
		}
		calls, last = calls+1, done
	}})
	if err != nil {
		t.Fatal(err)
	}
	if n := s.(Set).Len(); n != 8189 || last != n || calls < 100 {
		t.Errorf("%d pictures, progress ended at %d after %d calls", n, last, calls)
	}
	if got := MeasureSet(s.(Set), 500); got.Neighbour < 0.8 {
		t.Errorf("neighbouring pixels correlate %v", got.Neighbour)
	}
}
