package eval

import (
	"context"
	"errors"
	"math"
	"testing"

	"anila/langevin"
	"anila/langevin/target"
	"anila/tensor"
)

// Densities of which log Z is known: found to within four of the errors that are told.
func TestAnnealingFindsLogZ(t *testing.T) {
	workers := tensor.NewWorkers(2)
	defer workers.Close()
	narrow := langevin.Func(6, func(grad, x []float64) (f float64) { // Gaussians of sd 0.1 … 0.6 around 1, at T = ½
		for i, v := range x {
			s := 0.1 * float64(i+1)
			f -= (v - 1) * (v - 1) / (4 * s * s)
			grad[i] = -(v - 1) / (2 * s * s)
		}
		return f
	})
	want := 3 * math.Log(2*math.Pi)
	for i := range 6 {
		want += math.Log(0.1 * float64(i+1))
	}
	rings, err := target.ByName("rings")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		d    langevin.LogDensity
		T    float64
		a    Annealing
		want float64
	}{
		{"narrow Gaussian", narrow, 0.5, Annealing{Temperatures: 500}, want},
		{"rings, normalised", langevin.Func(2, func(grad, x []float64) float64 {
			rings.Gradient(grad, x)
			return rings.LogDensity(x)
		}), 1, Annealing{SD: 3, Temperatures: 500}, 0},
	} {
		got, err := c.a.LogZ(context.Background(), c.d, c.T)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %.4f ± %.4f, ESS %.0f; want %.4f", c.name, got.Value, got.Error, got.ESS, c.want)
		if !(math.Abs(got.Value-c.want) < 4*got.Error) || got.Error > 0.1 {
			t.Errorf("%s: log Z = %.4f ± %.4f, want %.4f", c.name, got.Value, got.Error, c.want)
		}
		c.a.Workers = workers
		if again, err := c.a.LogZ(context.Background(), c.d, c.T); err != nil || again != got {
			t.Errorf("%s: two workers give %v, one %v (%v)", c.name, again, got, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (Annealing{}).LogZ(ctx, narrow, 1); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for _, a := range []Annealing{{Chains: -1}, {SD: -1}} {
		if _, err := a.LogZ(context.Background(), narrow, 1); err == nil {
			t.Errorf("%+v is taken", a)
		}
	}
}
