package data

import (
	"anila/langevin/target"
	"anila/tensor"
)

// toy is a Source of points [1, 1, 2] drawn exactly from a known density: "gmm" and "rings" of package target.
type toy struct{ target.Target }

func (t toy) Shape() (h, w, c int) { return 1, 1, 2 }

func (t toy) Batch(dst []float32, key tensor.Key) {
	batchLen(dst, 1, 1, 2)
	t.Sample(dst, key)
}
