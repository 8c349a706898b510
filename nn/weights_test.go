package nn

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"anila/nn/weightfile"
)

func TestSaveAndLoad(t *testing.T) {
	for name, n := range narrow(t) {
		if name == "own" {
			continue
		}
		path := filepath.Join(t.TempDir(), name+".safetensors")
		metadata := n.Spec().Metadata()
		metadata["temperature"] = "0.5\"é"
		if err := weightfile.SaveSafetensors(path, n.Tensors(), metadata); err != nil {
			t.Fatal(err)
		}
		tensors, got, err := weightfile.LoadSafetensors(path)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, metadata) {
			t.Errorf("%s: metadata %v, want %v", name, got, metadata)
		}
		ways := []map[string]string{got, nil}
		if name == "layers" {
			ways = ways[:1] // a list cannot be guessed
		}
		for _, metadata := range ways {
			spec, guessed, err := SpecFromTensors(tensors, metadata)
			if err != nil || !reflect.DeepEqual(spec, n.Spec()) || guessed != (metadata == nil) {
				t.Errorf("%s: found %+v, guessed %v, %v; want %+v", name, spec, guessed, err, n.Spec())
			}
			again, err := NewFromTensors(spec, tensors)
			if err != nil {
				t.Fatal(err)
			}
			x := noise("file", n.Dim())
			f, g := make([]float32, 1), make([]float32, 1)
			n.NewEvaluator(1).LogDensity(f, x)
			again.NewEvaluator(1).LogDensity(g, x)
			if f[0] != g[0] {
				t.Errorf("%s: f = %v after loading, %v before", name, g[0], f[0])
			}
		}
		entries, err := os.ReadDir(filepath.Dir(path))
		if err != nil || len(entries) != 1 {
			t.Errorf("%s: files left behind: %v, %v", name, entries, err)
		}
	}
	if _, _, err := weightfile.LoadSafetensors(t.TempDir()); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("loading a directory: %v", err)
	}
}

func TestTensorsThatDoNotFit(t *testing.T) {
	n := mustNew(t, Spec{Net: "toy"})
	n.Init(1)
	before := n.Params()[0].Data[0]
	change := func(f func([]weightfile.Tensor) []weightfile.Tensor) []weightfile.Tensor {
		other := mustNew(t, Spec{Net: "toy"})
		return f(other.Tensors())
	}
	for _, c := range []struct {
		tensors []weightfile.Tensor
		want    string
	}{
		{change(func(t []weightfile.Tensor) []weightfile.Tensor { return t[1:] }), `no tensor "f.0.weight"`},
		{change(func(t []weightfile.Tensor) []weightfile.Tensor {
			return append(t, weightfile.Tensor{Name: "f.10.bias"})
		}), `no parameter "f.10.bias"`},
		{change(func(t []weightfile.Tensor) []weightfile.Tensor { t[2].Shape = []int{64, 31, 1, 1}; return t }), `"f.2.weight" has shape [64 31 1 1]; the network needs [64 32 1 1]`},
		{change(func(t []weightfile.Tensor) []weightfile.Tensor { return append(t, t[0]) }), `two tensors "f.0.weight"`},
	} {
		if err := n.SetTensors(c.tensors); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v; want it to say %q", err, c.want)
		}
		if n.Params()[0].Data[0] != before {
			t.Fatal("parameters changed by tensors that do not fit")
		}
	}
	for _, prefix := range []string{"module.", "_orig_mod.", "net.", "module._orig_mod.", "_orig_mod.module.net.", "model.net.", "module.module."} {
		wrapped := n.Tensors()
		for i := range wrapped {
			wrapped[i].Name = prefix + wrapped[i].Name
		}
		if err := n.SetTensors(wrapped); err != nil {
			t.Error(err)
		}
		if spec, _, err := SpecFromTensors(wrapped, nil); err != nil || !reflect.DeepEqual(spec, n.Spec()) {
			t.Errorf("%s: found %+v, %v", prefix, spec, err)
		}
		one := n.Tensors()
		one[3].Name = prefix + one[3].Name
		if err := n.SetTensors(one); err != nil {
			t.Error(err)
		}
		twice := append(n.Tensors(), wrapped[0])
		if err := n.SetTensors(twice); err == nil || !strings.Contains(err.Error(), "two tensors") {
			t.Errorf("%s: a tensor with and without it: %v", prefix, err)
		}
	}
	// A small file cannot ask for the memory of a large network.
	tensors := []weightfile.Tensor{{Name: "f.0.weight", Shape: []int{4096, 3, 3, 3}, Data: make([]float32, 4096*27)}}
	spec, _, err := SpecFromTensors(tensors, nil)
	if err != nil || spec.N != 4096 {
		t.Fatal(spec, err)
	}
	if _, err := NewFromTensors(spec, tensors); err == nil || !strings.Contains(err.Error(), `no tensor "f.0.bias"`) {
		t.Errorf("error %v", err)
	}
	if _, _, err := SpecFromTensors([]weightfile.Tensor{{Name: "conv1.weight"}}, nil); err == nil {
		t.Error("a guess from foreign names")
	}
	for key, value := range map[string]string{"net": "unet", "n": "x", "height": "-1", "leak": "yes"} {
		m := n.Spec().Metadata()
		m[key] = value
		if _, _, err := SpecFromTensors(nil, m); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", value)) {
			t.Errorf("metadata %s = %s: %v", key, value, err)
		}
	}
}

// −f is f with another sign, bit for bit, and its gradient too.
func TestNegate(t *testing.T) {
	nets := narrow(t)
	nets["vanilla of 40×40"] = mustNew(t, Spec{Net: "vanilla", N: 2, H: 40, W: 40})
	for name, n := range nets {
		if name == "own" {
			continue
		}
		n.Init(3)
		x := noise("negate", n.Dim())
		f, g, d, e := make([]float32, 1), make([]float32, 1), make([]float32, n.Dim()), make([]float32, n.Dim())
		n.NewEvaluator(1).LogDensityAndGradient(f, d, x)
		if err := n.Negate(); err != nil {
			t.Fatal(err)
		}
		n.NewEvaluator(1).LogDensityAndGradient(g, e, x)
		if f[0] != -g[0] || f[0] == 0 {
			t.Errorf("%s: f = %v became %v", name, f[0], g[0])
		}
		for i := range d {
			if d[i] != -e[i] {
				t.Fatalf("%s: gradient %v became %v", name, d[i], e[i])
			}
		}
	}
	for _, list := range [][]LayerSpec{{{Type: "conv", Out: 1}, {Type: "swish"}, {Type: "sum"}}, {{Type: "sum"}}} {
		if err := mustNew(t, Spec{Net: "layers", H: 4, W: 4, C: 1, Layers: list}).Negate(); err == nil {
			t.Errorf("%v has signs to turn", list)
		}
	}
}

// No file that can be read makes SpecFromTensors or NewFromTensors panic.
func FuzzNewFromTensors(f *testing.F) {
	n, err := New(Spec{Net: "toy", N: 2})
	if err != nil {
		f.Fatal(err)
	}
	for _, metadata := range []map[string]string{nil, n.Spec().Metadata()} {
		var b bytes.Buffer
		if err := weightfile.WriteSafetensors(&b, n.Tensors(), metadata); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tensors, metadata, err := weightfile.ReadSafetensors(bytes.NewReader(data), int64(len(data)), "fuzz")
		if err != nil {
			return
		}
		if spec, _, err := SpecFromTensors(tensors, metadata); err == nil {
			_, _ = NewFromTensors(spec, tensors)
		}
	})
}
