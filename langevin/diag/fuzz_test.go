package diag

import (
	"bytes"
	"context"
	"testing"

	"anila/langevin"
	"anila/langevin/target"
	"anila/tensor"
)

// A stored run is somebody's file: whatever it holds, Resume gives an error or
// a run that goes on.
func FuzzResume(f *testing.F) {
	d := target.GaussianRing()
	c := Config{Sampler: langevin.Config{Kernel: "mala", Step: 0.05}, Chains: 2, Steps: 40, Discard: 5, Capacity: 8}
	workers := tensor.NewWorkers(1)
	f.Cleanup(workers.Close)
	z := make([]float32, 4)
	r, err := NewRunner(d, c, Quantities(2), workers, z)
	if err != nil {
		f.Fatal(err)
	}
	for range 3 {
		var file bytes.Buffer
		if err := r.Save(&file); err != nil {
			f.Fatal(err)
		}
		f.Add(file.Bytes())
		if err := r.Advance(context.Background(), 15); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := Resume(bytes.NewReader(file), d, c, Quantities(2), workers)
		if err != nil {
			return
		}
		if err := r.Advance(context.Background(), 50); err != nil {
			t.Fatal(err)
		}
		r.Result(nil)
	})
}
