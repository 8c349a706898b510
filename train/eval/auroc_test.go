package eval

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestAUROC(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		in, out []float32
		want    float64
	}{
		{[]float32{2, 3}, []float32{0, 1}, 1},
		{[]float32{0, 1}, []float32{2, 3}, 0},
		{[]float32{1, 1}, []float32{1, 1, 1}, 0.5},
		{[]float32{1, 3}, []float32{2}, 0.5},
		{[]float32{1, 2, 3}, []float32{2, 0}, (1 + 1.5 + 2) / 6.0},
		{[]float32{inf, 3}, []float32{2, -inf}, 1},
		{[]float32{inf, -inf}, []float32{inf, -inf}, 0.5},
		{[]float32{nan}, []float32{1}, math.NaN()},
		{[]float32{1}, []float32{nan}, math.NaN()},
		{[]float32{1, 2, nan, 3}, []float32{-inf, 1}, math.NaN()},
		{[]float32{nan, nan}, []float32{nan}, math.NaN()},
	} {
		if got := AUROC(c.in, c.out); math.IsNaN(got) != math.IsNaN(c.want) || math.Abs(got-c.want) > 1e-12 {
			t.Errorf("AUROC(%v, %v) = %g, want %g", c.in, c.out, got, c.want)
		}
	}
}

// TestAUROCCountsPairs holds it against the definition, ties included.
func TestAUROCCountsPairs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	in, out := make([]float32, 57), make([]float32, 83)
	for i := range in {
		in[i] = float32(r.IntN(20) + 3)
	}
	for i := range out {
		out[i] = float32(r.IntN(20))
	}
	want := 0.0
	for _, a := range in {
		for _, b := range out {
			switch {
			case a > b:
				want++
			case a == b:
				want += 0.5
			}
		}
	}
	want /= float64(len(in) * len(out))
	if got := AUROC(in, out); math.Abs(got-want) > 1e-12 {
		t.Errorf("AUROC = %g, by pairs %g", got, want)
	}
}
