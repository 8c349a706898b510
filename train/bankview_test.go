package train

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"anila/nn/weightfile"
)

// TestBankView: a bank that changes all the time while it is written comes out as it was at first.
func TestBankView(t *testing.T) {
	const rows, dim = 20_000, 37
	states := make([]float32, rows*dim)
	for i := range states {
		states[i] = float32(i)
	}
	want := slices.Clone(states)
	v := newBankView(states, dim)
	var out bytes.Buffer
	done := make(chan error)
	go func() {
		done <- writeChains(&out, weightfile.Tensor{Name: "chains", Shape: []int{1}, Data: []float32{7}}, weightfile.Tensor{Name: "bank", Shape: []int{rows, dim}}, v)
	}()
	random := rand.New(rand.NewPCG(1, 2))
	for changes, writing := 0, true; writing || changes < 100; changes++ {
		batch := []int{random.IntN(rows), random.IntN(rows), rows - 1 - random.IntN(10)}
		v.preserve(batch)
		for _, i := range batch {
			for k := range dim {
				states[i*dim+k] = -1
			}
		}
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			writing = false
		default:
		}
	}
	if len(v.kept) != 0 {
		t.Errorf("%d rows kept after all were written", len(v.kept))
	}
	tensors, _, err := weightfile.ReadSafetensors(bytes.NewReader(out.Bytes()), int64(out.Len()), "chains.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	if len(tensors) != 2 || tensors[0].Data[0] != 7 || !slices.Equal(tensors[1].Data, want) {
		t.Error("the bank was not written as it was")
	}
	if !slices.Contains(states, -1) {
		t.Error("nothing changed meanwhile")
	}
}
