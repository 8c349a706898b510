package langevin

import (
	"math"
	"testing"
)

func TestResolve(t *testing.T) {
	for _, c := range []struct {
		in                        Config
		drift, noise, temperature float64
	}{
		{Config{Kernel: "langevin", Drift: 1, Noise: 0.01}, 1, 0.01, 0.00005},
		{Config{Kernel: "langevin", Step: 0.04}, 0.02, 0.2, 1},
		{Config{Kernel: "anila", Step: 0.04, Temperature: 0.5}, 0.04, 0.2, 0.5},
		{Config{Kernel: "gd", Drift: 2, Noise: 3, Temperature: 4}, 2, 0, 4},
		{Config{Kernel: "mala", Drift: 1, Noise: 1, Temperature: 7}, 1, 1, 7},
	} {
		r, err := c.in.Resolve()
		if err != nil {
			t.Fatal(err)
		}
		near := func(a, b float64) bool { return math.Abs(a-b) < 1e-12 }
		if !near(r.Drift, c.drift) || !near(r.Noise, c.noise) || !near(r.Temperature, c.temperature) {
			t.Errorf("%+v resolves to drift %v, noise %v, T %v", c.in, r.Drift, r.Noise, r.Temperature)
		}
		if again, err := r.Resolve(); err != nil || again != r {
			t.Errorf("%+v resolves again to %+v, %v", r, again, err)
		}
	}
	for _, c := range []struct {
		config Config
		fields []string
	}{
		{Config{Kernel: "nuts", Step: 1}, []string{"Kernel"}},
		{Config{Kernel: "anila", Step: 1, Scope: "image"}, []string{"Scope"}},
		{Config{Kernel: "anila", Step: 1, NoiseForm: "square"}, []string{"NoiseForm"}},
		{Config{Kernel: "anila", Step: 1, B: -1}, []string{"B"}},
		{Config{Kernel: "anila", Step: 1, B: math.NaN()}, []string{"B"}},
		{Config{Kernel: "langevin", Noise: 1}, []string{"Drift"}},
		{Config{Kernel: "langevin", Drift: 1}, []string{"Noise"}},
		{Config{Kernel: "langevin"}, []string{"Drift", "Noise"}},
		{Config{Kernel: "hmc"}, []string{"Step"}},
		{Config{Kernel: "mala", Step: 1, Drift: 1}, []string{"Drift"}},
		{Config{Kernel: "rwm", Step: 1, Noise: 1}, []string{"Noise"}},
		{Config{Kernel: "rwm", Drift: 1, Noise: 1}, []string{"Step", "Drift", "Noise"}},
		{Config{Kernel: "anila", Step: 1, Adapt: 10}, []string{"Adapt"}},
		{Config{Kernel: "mala", Step: 1, Adapt: -10}, []string{"Adapt"}},
		{Config{Kernel: "mala", Step: 1, TargetAcceptance: 1}, []string{"TargetAcceptance"}},
		{Config{Kernel: "mala", Step: 1, Steps: -1, Block: -1}, []string{"Steps", "Block"}},
		{Config{Kernel: "gd", Drift: 1}, []string{"Temperature"}},
		{Config{Kernel: "gd", Step: 1}, []string{"Temperature"}},
		{Config{Kernel: "mala", Step: 1, Temperature: math.Inf(1)}, []string{"Temperature"}},
		{Config{Kernel: "langevin", Drift: math.NaN(), Noise: 1}, []string{"Drift"}},
		{Config{Kernel: "langevin", Step: -1}, []string{"Step"}},
		{Config{Kernel: "hmc", Step: 1, Leapfrog: -1}, []string{"Leapfrog"}},
		{Config{Kernel: "anila", Step: 1, DriftForm: "half"}, []string{"DriftForm"}},
		{Config{Kernel: "mala", Step: 1, DriftForm: "full", Clamp: 1}, []string{"DriftForm", "Clamp"}},
		{Config{Kernel: "langevin", Step: 1, Clamp: -1}, []string{"Clamp"}},
		{Config{Kernel: "langevin", Drift: 1, Noise: 1, NoiseFall: 0.5}, []string{"Temperature"}},
		{Config{Kernel: "langevin", Drift: 1, Noise: 1, Temperature: 1, DriftFall: 1.5}, []string{"DriftFall"}},
		{Config{Kernel: "hmc", Step: 1, Temperature: 1, DriftFall: 0.5, NoiseFall: 0.5}, []string{"DriftFall", "NoiseFall"}},
		{Config{Kernel: "anila", Step: 1, BUnit: "noise"}, []string{"BUnit"}},
		{Config{Kernel: "gd", Step: 1, Temperature: 1, B: 1, BUnit: "noise/drift"}, []string{"BUnit"}},
		{Config{Kernel: "amala", Step: 1, B: 1, BUnit: "noise/drift"}, []string{"BUnit"}},
		{Config{Kernel: "langevin", Step: 1, Correct: true}, []string{"Correct"}},
		{Config{Kernel: "gd", Step: 1, Temperature: 1, Correct: true}, []string{"Correct", "Temperature"}},
		{Config{Kernel: "mala", Step: 1, Correct: true}, []string{"Correct"}},
		{Config{Kernel: "anila-mala", Step: 1, Correct: true}, []string{"Correct"}},
		{Config{Kernel: "hmc", Step: 1, Correct: true}, []string{"Correct"}},
		{Config{Kernel: "anila", Step: 1, Correct: true, NoiseForm: "linear"}, []string{"NoiseForm"}},
		{Config{Kernel: "anila", Step: 1, Correct: true, DriftForm: "full"}, []string{"DriftForm"}},
		{Config{Kernel: "anila", Drift: 1, Noise: 1, Correct: true, Temperature: 1}, []string{"Temperature"}},
		{Config{Kernel: "nuts", Scope: "image", NoiseForm: "square", B: -1, Steps: -1}, []string{"Kernel", "Scope", "NoiseForm", "B", "Steps"}},
	} {
		wantFields(t, c.config.Validate(), c.fields...)
	}
}

// A bound in noise/drift follows the step: as its square root.
func TestBoundInNoisePerDrift(t *testing.T) {
	c, err := Config{Kernel: "anila-mala", Drift: 0.5, Noise: 2, B: 3, BUnit: "noise/drift", Steps: 10}.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	if b := c.Bound(); b != 12 || c.update(1).B != 12 || c.Reach() != 60 {
		t.Errorf("bound %v, of the update %v, reach %v; want 12, 12 and 60", b, c.update(1).B, c.Reach())
	}
	if b := c.Scaled(4).Bound(); b != 6 {
		t.Errorf("a step four times as long has a bound of %v, want 6", b)
	}
}
