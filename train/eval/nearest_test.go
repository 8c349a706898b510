package eval

import (
	"context"
	"math"
	"testing"

	"anila/tensor"
	"anila/train/data"
)

// TestNearestFindsCopies: a sample that is a training picture with one byte changed has that picture next to it, and then the
// others in the order of plain sums.
func TestNearestFindsCopies(t *testing.T) {
	const n, side, dim = 250, 8, 8 * 8 * 3
	set := hashedPictures(t, 4, n, side, 0)
	workers := tensor.NewWorkers(2)
	defer workers.Close()
	samples := make([]float32, 2*dim)
	set.Items(samples, []int{17, 230})
	samples[5] += 0.5
	nearest, err := Nearest(context.Background(), samples, set, 3, workers)
	if err != nil || len(nearest) != 2 || len(nearest[0]) != 3 {
		t.Fatalf("%v, %v", nearest, err)
	}
	if a, b := nearest[0][0], nearest[1][0]; a.Index != 17 || math.Abs(a.Distance-0.5/math.Sqrt(dim)) > 1e-6 || b.Index != 230 || b.Distance != 0 {
		t.Errorf("%v", nearest)
	}
	item := make([]float32, dim)
	second, at := math.Inf(1), 0
	for i := range n {
		set.Items(item, []int{i})
		sum := 0.0
		for j, v := range item {
			d := float64(v) - float64(samples[j])
			sum += d * d
		}
		if i != 17 && sum < second {
			second, at = sum, i
		}
	}
	if got := nearest[0][1]; got.Index != at || math.Abs(got.Distance-math.Sqrt(second/dim)) > 1e-6 {
		t.Errorf("second is %v, by hand %d at %g", got, at, math.Sqrt(second/dim))
	}
	few, err := data.NewImages("few", make([]byte, 2*dim), side, side, 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	if nearest, err := Nearest(context.Background(), samples, few, 5, workers); err != nil || len(nearest[0]) != 2 || nearest[0][0].Index != 0 {
		t.Errorf("of two: %v, %v", nearest, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Nearest(ctx, samples, set, 1, workers); err == nil {
		t.Error("an interruption was not seen")
	}
}
