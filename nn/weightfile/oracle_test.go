package weightfile

import (
	"bytes"
	"math"
	"os"
	"testing"

	"github.com/nlpodyssey/safetensors"
)

// nlpodyssey/safetensors reads what we write, and the same from PyTorch's
// fixtures.
func TestSafetensorsOracle(t *testing.T) {
	tensors := []Tensor{{"convs.0.weight", []int{4, 2, 3, 3}, ramp(72)}, {"fc.0.bias", []int{5}, ramp(5)}}
	var ours bytes.Buffer
	if err := WriteSafetensors(&ours, tensors, map[string]string{"net": "nonlocal", "leak": "0.05"}); err != nil {
		t.Fatal(err)
	}
	fixture, err := os.ReadFile("../testdata/golden_toy_32.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"ours": ours.Bytes(), "fixture": fixture} {
		tensors, _, err := ReadSafetensors(bytes.NewReader(data), int64(len(data)), name)
		if err != nil {
			t.Fatal(err)
		}
		oracle, err := safetensors.Deserialize(data)
		if err != nil {
			t.Fatalf("%s: the oracle says %v", name, err)
		}
		if oracle.Len() != len(tensors) {
			t.Errorf("%s: the oracle sees %d tensors, we %d", name, oracle.Len(), len(tensors))
		}
		for _, v := range tensors {
			view, ok := oracle.Tensor(v.Name)
			if !ok {
				t.Errorf("%s: the oracle has no %q", name, v.Name)
				continue
			}
			for i, d := range view.Shape() {
				if len(view.Shape()) != len(v.Shape) || int(d) != v.Shape[i] {
					t.Fatalf("%s: %q has shape %v, the oracle's has %v", name, v.Name, v.Shape, view.Shape())
				}
			}
			for i, b := range v.Data {
				raw := view.Data()[4*i : 4*i+4]
				if math.Float32bits(b) != uint32(raw[0])|uint32(raw[1])<<8|uint32(raw[2])<<16|uint32(raw[3])<<24 {
					t.Fatalf("%s: %q[%d] differs from the oracle's", name, v.Name, i)
				}
			}
		}
	}
}
