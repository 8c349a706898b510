package main

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"anila/langevin"
	"anila/langevin/target"
	"anila/tensor"
)

// biased is the variance of the long-run states of one unadjusted kernel on
// N(0, 1) at one step.
type biased struct {
	Kernel   string  `json:"kernel"`
	B        float64 `json:"b,omitempty"`
	Form     string  `json:"noise_form,omitempty"`
	Correct  bool    `json:"correct,omitempty"`
	Step     float64 `json:"step"`
	Variance float64 `json:"variance"`
	Formula  float64 `json:"formula,omitempty"`
	Error    float64 `json:"standard_error"`
}

// bias measures the variance of the unadjusted kernels on N(0, 1), langevin's
// beside its closed form 1/(1 − s/4), and mala's.
func bias(picture, out string) error {
	const chains, steps, dim = 10_000, 300, 4
	variances := make([]float64, dim*dim)
	for i := range dim {
		variances[i*dim+i] = 1
	}
	normal, err := target.NewGaussian(make([]float64, dim), variances)
	if err != nil {
		return err
	}
	workers := tensor.NewWorkers(1)
	defer workers.Close()
	configs := []langevin.Config{
		{Kernel: "langevin"}, {Kernel: "anila", B: 1}, {Kernel: "anila", B: 0.5}, {Kernel: "anila", B: 1, NoiseForm: "linear"}, {Kernel: "anila-mala", B: 1},
		{Kernel: "anila", B: 1, Correct: true},
	}
	names := []string{"langevin", "anila, b = 1", "anila, b = ½", "anila, b = 1, linear noise", "anila-mala, b = 1 (exact)",
		"anila, b = 1, corrected"}
	p := newPlot("Variance of long chains on N(0, 1)", "step s  (drift s/2, noise √s)", "variance")
	p.Legend.Left = true
	p.Legend.YOffs = -vg.Points(4)
	p.Legend.XOffs = vg.Points(8)
	var all []biased
	var formula plotter.XYs
	for s := 0.02; s <= 2.001; s += 0.02 {
		formula = append(formula, plotter.XY{X: s, Y: 1 / (1 - s/4)})
	}
	for k, c := range configs {
		points := plotter.XYs{{X: 0, Y: smallStepVariance(c)}}
		fmt.Printf("%-28s s → 0: %.4f\n", names[k], points[0].Y)
		for _, s := range []float64{0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.6, 1.8, 2} {
			c.Step, c.Steps = s, steps
			pool, err := langevin.NewPool(normal, c, workers, chains)
			if err != nil {
				return err
			}
			z := starts(normal, chains)
			pool.Run(z, seed, 0)
			sum := 0.0
			for _, v := range z {
				sum += float64(v) * float64(v)
			}
			b := biased{Kernel: c.Kernel, B: c.B, Form: c.NoiseForm, Correct: c.Correct, Step: s, Variance: sum / float64(len(z))}
			b.Error = b.Variance * math.Sqrt(2/float64(len(z)))
			if c.Kernel == "langevin" {
				b.Formula = 1 / (1 - s/4)
			}
			fmt.Printf("%-28s s = %.1f: variance %.4f ± %.4f  %s\n", names[k], s, b.Variance, b.Error, formulaText(b.Formula))
			all = append(all, b)
			points = append(points, plotter.XY{X: s, Y: b.Variance})
		}
		if err := dots(p, names[k], points, colours[k]); err != nil {
			return err
		}
	}
	if err := line(p, "1/(1 − s/4)", formula, colours[0], true); err != nil {
		return err
	}
	p.X.Min, p.X.Max, p.Y.Min = 0, 2.05, 0.7
	p.Y.Max = 2.6
	if err := p.Save(16*vg.Centimeter, 10*vg.Centimeter, picture); err != nil {
		return err
	}
	if out == "" {
		return nil
	}
	return writeJSON(out, all)
}

// smallStepVariance is the variance of the law to which an unadjusted kernel
// tends on N(0, 1) as s → 0: that of dz = ½·a·g dt + √v dW (Itô), v = a or a²,
// whose density is ∝ (1/v)·exp(∫ a·g/v). For v = a that is the target over a:
// the bias of anila doesn't go away with the step, unless it is corrected.
func smallStepVariance(c langevin.Config) float64 {
	if c.Kernel == "langevin" || c.Kernel == "anila-mala" || c.Correct {
		return 1
	}
	const h, end = 1e-4, 12.0
	potential, mass, square := 0.0, 0.0, 0.0
	for z := h / 2; z < end; z += h {
		a := math.Min(1, c.B/z)
		v := a
		if c.NoiseForm == "linear" {
			v = a * a
		}
		potential -= a * z / v * h
		p := math.Exp(potential) / v
		mass += p
		square += z * z * p
	}
	return square / mass
}

func formulaText(v float64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("closed form %.4f", v)
}
