package data

import (
	"math"
	"slices"
	"testing"

	"anila/tensor"
)

// numbered is a set of two images of 4×6×2 whose floats are all different.
func numbered(t *testing.T) *Images {
	t.Helper()
	pixels := make([]byte, 2*4*6*2)
	for i := range pixels {
		pixels[i] = byte(i)
	}
	s, err := NewImages("numbered", pixels, 4, 6, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestHalfTheItemsAreMirrored(t *testing.T) {
	s := numbered(t)
	const item = 4 * 6 * 2
	batch, flipped := make([]float32, 2*item), make([]float32, 2*item)
	var byPlace [2]int
	both := 0
	const draws = 1000
	for step := range uint64(draws) {
		key := tensor.Key{Seed: 3, Purpose: tensor.PurposeBatch, Step: step}
		s.Batch(batch, key)
		WithFlips(s).Batch(flipped, key)
		if !slices.Equal(batch[:item], flipped[:item]) && !slices.Equal(batch[item:], flipped[item:]) {
			both++
		}
		for i := range 2 {
			a, b := batch[i*item:(i+1)*item], flipped[i*item:(i+1)*item]
			if slices.Equal(a, b) {
				continue
			}
			byPlace[i]++
			for j, v := range b {
				y, x, c := j/12, j/2%6, j%2
				if v != a[(y*6+5-x)*2+c] {
					t.Fatalf("step %d: float %d of a mirrored item is %v", step, j, v)
				}
			}
		}
	}
	// Binomial(1000, ½) at each place: sd 15.8.
	for i, k := range byPlace {
		if math.Abs(float64(k)-draws/2) > 5*15.8 {
			t.Errorf("item %d of a batch was mirrored %d times of %d", i, k, draws)
		}
	}
	// Binomial(1000, ¼): sd 13.7.
	if math.Abs(float64(both)-draws/4) > 5*13.7 {
		t.Errorf("both items of a batch were mirrored %d times of %d", both, draws)
	}
}
