package data

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func tableOf(t *testing.T, text string, o Options) (*ArraySet, error) {
	t.Helper()
	return decodeTable("t.csv", strings.NewReader(text), int64(len(text)), o)
}

func all(s Set) []float32 {
	h, w, c := s.Shape()
	x, indices := make([]float32, s.Len()*h*w*c), make([]int, s.Len())
	for i := range indices {
		indices[i] = i
	}
	s.Items(x, indices)
	return x
}

func TestTables(t *testing.T) {
	for _, c := range []struct {
		name, text string
		o          Options
		columns    string
		values     []float32
		labels     string
	}{
		{"names", "a,b\n1,2\n3.5,-4e1\n", Options{}, "a b", []float32{1, 2, 3.5, -40}, ""},
		{"no names", "1,2\n3,4", Options{}, "0 1", []float32{1, 2, 3, 4}, ""},
		{"tabs, a mark of byte order, quotes, line ends of DOS", "\xef\xbb\xbf\"a, x\"\tb\r\n1\t\"2\"\r\n", Options{}, "a, x b", []float32{1, 2}, ""},
		{"semicolons", "a;b\n1;2\n", Options{}, "a b", []float32{1, 2}, ""},
		{"a label of words", "a,kind\n1,x\n2,y\n3,x\n", Options{Label: "kind"}, "a", []float32{1, 2, 3}, "0 1 0"},
		{"a label of numbers", "kind,a\n7,1\n7,2\n", Options{Label: "kind"}, "a", []float32{1, 2}, "7 7"},
		{"a label by its number", "1,2,0\n3,4,1\n", Options{Label: "2"}, "0 1", []float32{1, 2, 3, 4}, "0 1"},
		{"columns left out", "id,a,b\nq,1,2\n", Options{Drop: []string{"id"}}, "a b", []float32{1, 2}, ""},
		{"the model's columns", "b,extra,a\n2,x,1\n", Options{Columns: []string{"a", "b"}, Label: "kind", Drop: []string{"id"}}, "a b", []float32{1, 2}, ""},
		{"rows left out", "a,b,kind\n1,,x\nNA,2,y\n3,4,z\n?,nan,z\n5,6,y\n", Options{Missing: "drop", Label: "kind"}, "a b", []float32{3, 4, 5, 6}, "1 0"},
	} {
		s, err := tableOf(t, c.text, c.o)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var labels []string
		for i := range s.Len() {
			if l, ok := s.Label(i); ok {
				labels = append(labels, string(rune('0'+l)))
			}
		}
		if got := all(s); !slices.Equal(got, c.values) || strings.Join(s.Columns, " ") != c.columns || strings.Join(labels, " ") != c.labels {
			t.Errorf("%s: columns %v, values %v, labels %v", c.name, s.Columns, got, labels)
		}
	}
	s, err := tableOf(t, "a,b\n1,\n2,3\n", Options{Missing: "drop"})
	if err != nil || s.Row(0) != 1 || !strings.Contains(s.Warning, "1 of 2 rows") {
		t.Errorf("row %v, warning %q, %v", s, s.Warning, err)
	}
	for _, c := range []struct {
		text string
		o    Options
		want string
	}{
		{"a,b\n1,\n", Options{}, `line 2, column "b": a value is missing (data.missing = "drop"`},
		{"a,b\n1,inf\n", Options{}, "a value is missing"},
		{"a,kind\n1,setosa\n", Options{}, `column "kind": "setosa" is no number (data.label = "kind"`},
		{"a,b\n1,2,3\n", Options{}, "wrong number of fields"},
		{"a,b\n1,\"2\n", Options{}, "quote"},
		{"a,b\n", Options{}, "no rows"},
		{"", Options{}, "no rows"},
		{"a\n,\n", Options{Missing: "drop"}, ""},
		{"a,b\n1,2\n", Options{Label: "c"}, `has no column "c"; it has a, b`},
		{"a,b\n1,2\n", Options{Drop: []string{"a", "b"}}, "no column is left"},
		{"a,b\n1,2\n", Options{Columns: []string{"a", "z"}}, `has no column "z"`},
		{"1,2\n", Options{Columns: []string{"a"}}, "2 columns of numbers where the model was trained on 1"},
		{"\x00\x01\x02", Options{}, "is no text"},
		{strings.Repeat(",", maxColumns) + "\n", Options{}, "columns; at most"},
	} {
		if s, err := tableOf(t, c.text, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.40q: %v, %v; want %q", c.text, s, err, c.want)
		}
	}
	path := filepath.Join(t.TempDir(), "out.tsv")
	if err := WriteTable(path, []string{"a", "b, c"}, []float32{1, 2.5, -3, 1e-9}, 2); err != nil {
		t.Fatal(err)
	}
	back, err := Open(path, "", 0)
	if err != nil || !slices.Equal(all(back.(Set)), []float32{1, 2.5, -3, 1e-9}) || !slices.Equal(back.(*ArraySet).Columns, []string{"a", "b, c"}) {
		t.Errorf("written and read: %v, %v", back, err)
	}
}

func FuzzTable(f *testing.F) {
	for _, text := range []string{"a,b\n1,2\n", "1;2\n3;4", "a\tb\n1\t\n", "\xef\xbb\xbfa,b\n1,x", "\"a\nb\",c\n1,2"} {
		f.Add([]byte(text), "b", true)
	}
	f.Fuzz(func(t *testing.T, text []byte, label string, drop bool) {
		o := Options{Label: label}
		if drop {
			o.Missing = "drop"
		}
		s, err := decodeTable("t.csv", bytes.NewReader(text), int64(len(text)), o)
		if err != nil {
			return
		}
		for _, v := range all(s) {
			if v-v != 0 {
				t.Fatalf("a value of %v", v)
			}
		}
		for i := range s.Len() {
			s.Label(i)
		}
	})
}

// TestScaling: each way does what it says, and comes back.
func TestScaling(t *testing.T) {
	x := []float32{1, 1e6, 5, 3, 1e6 + 2, 5, 8, 1e6 + 1, 5}
	s, err := NewArray("x", x, 1, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, how := range Scalings() {
		f, constant := Fit(s, how)
		if err := f.Validate(3); err != nil {
			t.Fatal(err)
		}
		z := all(Scaled(s, f))
		if how == "none" {
			if !slices.Equal(z, x) {
				t.Errorf("none: %v", z)
			}
			continue
		}
		if !slices.Equal(constant, []int{2}) || z[2] != 0 {
			t.Errorf("%s: constant columns %v, %v", how, constant, z)
		}
		for c := range 2 {
			column := []float64{float64(z[c]), float64(z[3+c]), float64(z[6+c])}
			mean := (column[0] + column[1] + column[2]) / 3
			square := (column[0]*column[0] + column[1]*column[1] + column[2]*column[2]) / 3
			if how == "standard" && (math.Abs(mean) > 1e-3 || math.Abs(square-1) > 1e-3) {
				t.Errorf("standard: column %d has mean %v, square %v", c, mean, square)
			}
			if how == "range" && (slices.Min(column) != -1 || slices.Max(column) != 1) {
				t.Errorf("range: column %d is %v", c, column)
			}
		}
		f.Undo(z, 3)
		for i := range x {
			if math.Abs(float64(z[i]-x[i])) > 1e-6*float64(x[i]) {
				t.Errorf("%s: %v came back as %v", how, x[i], z[i])
			}
		}
		g := []float32{1, 1, 1}
		if f.Gradient(g, 3); g[0] != float32(1/f.Unit[0]) || f.LogVolume(1, 1, 3) != math.Log(f.Unit[0])+math.Log(f.Unit[1])+math.Log(f.Unit[2]) {
			t.Errorf("%s: gradient %v, log volume %v", how, g, f.LogVolume(1, 1, 3))
		}
	}
	images, err := NewArray("images", x[:8], 2, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	if f, _ := Fit(images, "range"); len(f.Shift) != 1 {
		t.Errorf("images have %d ranges", len(f.Shift))
	}
	for _, f := range []Scaling{{[]float64{1}, nil}, {[]float64{1}, []float64{0}}, {[]float64{1, 2}, []float64{1, 1}}, {[]float64{math.NaN()}, []float64{1}}} {
		if f.Validate(3) == nil {
			t.Errorf("%v is taken", f)
		}
	}
}

// TestSplit: the parts are whole, apart, of the seed's choice, and keep labels and order.
func TestSplit(t *testing.T) {
	s, err := tableOf(t, "a,kind\n0,0\n1,1\n2,2\n3,3\n4,4\n5,5\n6,6\n7,7\n8,8\n9,9\n", Options{Label: "kind"})
	if err != nil {
		t.Fatal(err)
	}
	training, out := Split(s, 0.3, 1)
	if training.Len() != 7 || out.Len() != 3 || !slices.IsSorted(all(training)) || !slices.IsSorted(all(out)) {
		t.Fatalf("%v and %v", all(training), all(out))
	}
	both := append(all(training), all(out)...)
	if slices.Sort(both); !slices.Equal(both, all(s)) {
		t.Errorf("together %v", both)
	}
	for i, v := range all(out) {
		if l, ok := out.Label(i); !ok || l != int(v) {
			t.Errorf("label %d of %v", l, v)
		}
	}
	f, _ := Fit(training, "standard")
	if whole, got := s.Memory(), Memory(Scaled(training, f)); whole == 0 || got != whole+7*8 {
		t.Errorf("a part of 7 items takes %d bytes, all take %d", got, whole)
	}
	_, again := Split(s, 0.3, 1)
	_, other := Split(s, 0.3, 2)
	if !slices.Equal(all(again), all(out)) || slices.Equal(all(other), all(out)) {
		t.Errorf("seed 1: %v, again %v, seed 2: %v", all(out), all(again), all(other))
	}
}

// TestFiles: IDX with labels beside it and records of CIFAR, opened by their paths.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	idx := write("my-images-idx3-ubyte", append([]byte{0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2}, 0, 255, 10, 20))
	write("my-labels-idx1-ubyte", append([]byte{0, 0, 8, 1, 0, 0, 0, 2}, 3, 4))
	hundred := write("x.bin", slices.Concat([]byte{19, 99}, bytes.Repeat([]byte{1}, cifarPlane), bytes.Repeat([]byte{2}, cifarPlane), bytes.Repeat([]byte{3}, cifarPlane)))
	for _, c := range []struct {
		path    string
		h, w, c int
		label   int
		pixels  []byte
	}{{idx, 1, 2, 1, 3, []byte{0, 255}}, {hundred, 32, 32, 3, 99, []byte{1, 2, 3, 1}}} {
		source, err := OpenWith(context.Background(), c.path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := source.(*Images)
		h, w, ch := s.Shape()
		if l, _ := s.Label(0); h != c.h || w != c.w || ch != c.c || l != c.label || !bytes.HasPrefix(s.Bytes(0), c.pixels) {
			t.Errorf("%s: %d×%d×%d, label %d, %v", c.path, h, w, ch, l, s.Bytes(0)[:2])
		}
	}
	for _, bad := range []struct {
		name string
		b    []byte
	}{{"empty", nil}, {"labels.bin", append([]byte{20, 0}, make([]byte, 3*cifarPlane)...)}, {"weights.safetensors", []byte("\x08\x00\x00\x00\x00\x00\x00\x00{}      ")}} {
		if s, err := Open(write(bad.name, bad.b), "", 0); err == nil {
			t.Errorf("%s is read as %v", bad.name, s)
		}
	}
}
