package data

import (
	"math"
	"testing"

	"anila/tensor"
)

// TestChannels brings grey and colour to each other, item by item and in batches.
func TestChannels(t *testing.T) {
	colour, err := NewImages("colour", []byte{255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9}, 1, 2, 3, []uint16{4, 5})
	if err != nil {
		t.Fatal(err)
	}
	grey, err := NewImages("grey", []byte{0, 255, 51, 102}, 1, 2, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	items := func(s Set, n int) []float32 {
		h, w, c := s.Shape()
		x := make([]float32, n*h*w*c)
		s.Items(x, []int{0, 1}[:n])
		return x
	}
	toGrey, err := WithChannels(colour, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, luma := range []float64{0.299, 0.587, 0.114, 9. / 255} {
		if got := items(toGrey, 2)[i]; math.Abs(float64(got)-(2*luma-1)) > 1e-6 {
			t.Errorf("grey %d is %g, want %g", i, got, 2*luma-1)
		}
	}
	if l, ok := toGrey.Label(1); !ok || l != 5 || toGrey.Len() != 2 {
		t.Errorf("label %d, %v of %d items", l, ok, toGrey.Len())
	}
	toColour, err := WithChannels(grey, 3)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range items(toColour, 2) {
		if want := FromByte(grey.pixels[i/3]); v != want {
			t.Errorf("colour %d is %g, want %g", i, v, want)
		}
	}
	if back, err := WithChannels(toColour, 1); err != nil || math.Abs(float64(items(back, 1)[1]-1)) > 1e-6 {
		t.Errorf("grey made colour made grey: %v", err)
	}
	batch, direct := make([]float32, 4), make([]float32, 12)
	key := tensor.Key{Seed: 3, Step: 7}
	toGrey.Batch(batch, key)
	colour.Batch(direct, key)
	for i, v := range batch {
		if want := 0.299*direct[3*i] + 0.587*direct[3*i+1] + 0.114*direct[3*i+2]; math.Abs(float64(v-want)) > 1e-6 {
			t.Errorf("batch %d is %g, want %g", i, v, want)
		}
	}
	if same, err := WithChannels(grey, 1); same != Set(grey) || err != nil {
		t.Error("a set that has the channels is another one")
	}
	if _, err := WithChannels(grey, 2); err == nil {
		t.Error("two channels passed")
	}
}
