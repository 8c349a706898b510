package weightfile

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Every form of file, state dict and tensor that testdata/forms.py makes gives the two tensors that are in all of them.
func TestForms(t *testing.T) {
	weight, bias := []float32{0, 0.25, 0.5, 0.75, 1, 1.25}, []float32{-1, 2}
	type expectation struct {
		key     string
		prefix  string   // of the two tensors' names
		more    []string // tensors beside the two
		leftOut []string
	}
	moduleForm := expectation{more: []string{"f.1.weight", "f.1.bias", "f.1.running_mean", "f.1.running_var"},
		leftOut: []string{"f.1.num_batches_tracked (elements of type int64)"}}
	special := map[string]expectation{
		"beside": {leftOut: []string{
			"steps (elements of type int64)", "mask (elements of type bool)", "small (elements of type uint8)",
			"wide (elements of type uint16)", "eight (elements of type float8_e4m3fn)", "pairs (elements of type complex64)",
			"sparse (a sparse tensor)", "rows (a sparse tensor)", "array (a NumPy array)",
			"nowhere (a tensor without elements, on the device meta)", "quantized (a quantized tensor)",
			"listed (2 tensors in a container of their own)", "sub (1 tensors in a container of their own)",
		}},
		"two":                {key: "model"},
		"beside_ema":         {key: ".", leftOut: []string{"ema (2 tensors in a container of their own)"}},
		"nested":             {more: []string{"f.2.weight", "f.2.bias"}},
		"nested_two":         {key: "model", more: []string{"f.2.weight", "f.2.bias"}},
		"expanded":           {more: []string{"f.2.bias", "f.2.weight"}},
		"module":             moduleForm,
		"module_under":       moduleForm,
		"wrapped":            {prefix: "module._orig_mod.net."},
		"shared":             {more: []string{"again"}},
		"old_types":          {leftOut: []string{"steps (elements of type int64)", "mask (elements of type bool)", "pairs (elements of type complex64)"}},
		"old_protocol_2":     {leftOut: []string{"steps (elements of type int64)"}},
		"old_protocol_3":     {leftOut: []string{"steps (elements of type int64)"}},
		"old_protocol_4":     {leftOut: []string{"steps (elements of type int64)"}},
		"old_protocol_5":     {leftOut: []string{"steps (elements of type int64)"}},
		"under_weights.best": {key: "weights.best"},
	}
	paths, err := filepath.Glob("testdata/forms/*.pth")
	if err != nil || len(paths) < 40 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".pth")
		want := special[name]
		f, err := Load(path, want.key)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		names := []string{want.prefix + "f.0.weight", want.prefix + "f.0.bias"}
		for _, v := range f.Tensors {
			switch {
			case v.Name == names[0]:
				if !slices.Equal(v.Shape, []int{2, 3}) || !slices.Equal(v.Data, weight) {
					t.Errorf("%s: %s is %v %v", name, v.Name, v.Shape, v.Data)
				}
			case v.Name == names[1]:
				if !slices.Equal(v.Shape, []int{2}) || !slices.Equal(v.Data, bias) {
					t.Errorf("%s: %s is %v %v", name, v.Name, v.Shape, v.Data)
				}
			case !slices.Contains(want.more, v.Name):
				t.Errorf("%s: a tensor %q", name, v.Name)
			}
		}
		if len(f.Tensors) != 2+len(want.more) {
			t.Errorf("%s: %d tensors, want %d", name, len(f.Tensors), 2+len(want.more))
		}
		var out []string
		for _, l := range f.LeftOut {
			out = append(out, l.String())
		}
		if !slices.Equal(out, want.leftOut) {
			t.Errorf("%s: left out %q, want %q", name, out, want.leftOut)
		}
	}
}

// Views that show an element more than once have all of their shape.
func TestExpandedViews(t *testing.T) {
	f, err := Load("testdata/forms/expanded.pth", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range f.Tensors {
		want := map[string][]float32{"f.2.bias": {3, 3, 3, 3}, "f.2.weight": {-1, 2, -1, 2, -1, 2}}[v.Name]
		if want != nil && !slices.Equal(v.Data, want) {
			t.Errorf("%s is %v, want %v", v.Name, v.Data, want)
		}
	}
}

// Of several state dicts one is chosen by its place, by the last part of it, or not at all.
func TestChoice(t *testing.T) {
	for _, c := range []struct{ file, key, want string }{
		{"two", "", "holds several state dicts: model (2 tensors), ema (2 tensors)"},
		{"two", "ema", ""},
		{"two", "netG", `no state dict under "netG"; there are model (2 tensors), ema (2 tensors)`},
		{"beside_ema", "", "holds several state dicts: . (2 tensors), ema (2 tensors)"},
		{"beside_ema", "ema", ""},
		{"deep", "checkpoint.models.1.ebm", ""},
		{"deep", "ebm", ""},
		{"deep", "model", `no state dict under "model"; there are checkpoint.models.1.ebm (2 tensors)`},
		{"plain", ".", ""},
	} {
		f, err := Load("testdata/forms/"+c.file+".pth", c.key)
		var choice *ChoiceError
		switch {
		case c.want != "":
			if !errors.As(err, &choice) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s, key %q: %v; want %q", c.file, c.key, err, c.want)
			}
		case err != nil || len(f.Tensors) != 2:
			t.Errorf("%s, key %q: %v, %v", c.file, c.key, f, err)
		case c.key == "ema" && fmt.Sprint(f.Tensors[1].Data) != "[0 3]":
			t.Errorf("%s: ema has %v", c.file, f.Tensors[1])
		}
	}
	for _, path := range []string{"testdata/two.npz", "../testdata/golden_toy_32.safetensors"} {
		if _, err := Load(path, "model"); err == nil || !strings.Contains(err.Error(), `"model"`) {
			t.Errorf("%s took a key: %v", path, err)
		}
	}
	if f, err := Load("testdata/forms/optimizer.pth", "optimizer.state.0"); err != nil || len(f.Tensors) != 3 {
		t.Errorf("the moments of an optimizer, asked for: %v, %v", f, err)
	}
}

// A changed element is found by the archive's checksum, where PyTorch wrote one.
func TestChecksums(t *testing.T) {
	for file, want := range map[string]string{"plain": "checksum", "no_crc": ""} {
		b, err := os.ReadFile("testdata/forms/" + file + ".pth")
		if err != nil {
			t.Fatal(err)
		}
		element := []byte{0, 0, 160, 63} // 1.25, of the weight
		at := bytes.Index(b, element)
		if at < 0 {
			t.Fatalf("%s holds no 1.25", file)
		}
		b[at] ^= 1
		_, err = Read(bytes.NewReader(b), int64(len(b)), file, "")
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s with a changed element: %v", file, err)
		}
	}
}
