package main

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"path/filepath"
	"slices"

	"anila/langevin/diag"
	"anila/train/report"
)

// plotDiagnosis writes the plots of a diagnosis: f with the data's level, gradient norm, acceptance, autocorrelation, and
// the states at chosen steps.
func plotDiagnosis(folder string, d *diagnosis, r *diag.Result) error {
	f := []report.Series{series("f/T of the chains", blue, r.F)}
	if r.Data != nil {
		level := f[0]
		level.Name, level.Color, level.Y = "data's mean", orange, slices.Repeat([]float64{float64(r.Data.Mean)}, len(f[0].Y))
		f = append(f, level)
	}
	type curves struct {
		options report.CurveOptions
		series  []report.Series
	}
	plots := map[string]curves{
		"f.png":             {report.CurveOptions{Title: "f/T along " + r.Kernel + " chains, mean of " + fmt.Sprint(r.Chains), YLabel: "f/T"}, f},
		"gradient-norm.png": {report.CurveOptions{Title: "Gradient of f/T along the chains", YLabel: "mean |∂f/∂z| / T"}, []report.Series{series("", blue, r.GradientNorm)}},
		"autocorrelation.png": {report.CurveOptions{Title: "Autocorrelation, mean over the chains", XLabel: "lag, steps", YLabel: "correlation", Zero: true},
			correlations(r)},
	}
	if len(r.ByChain) > 0 {
		plots["acceptance.png"] = curves{report.CurveOptions{Title: "Acceptance along the chains", YLabel: "probability"},
			[]report.Series{series("", blue, r.AcceptPath)}}
	}
	for name, p := range plots {
		p.options.XLabel = cmp.Or(p.options.XLabel, "steps")
		if err := report.WritePNG(filepath.Join(folder, name), report.Curves(p.options, p.series...)); err != nil {
			return err
		}
	}
	return plotStates(folder, d, r)
}

func series(name string, c color.RGBA, p diag.Path) report.Series {
	s := report.Series{Name: name, Color: c}
	for i, v := range p.Mean {
		s.Steps, s.Y = append(s.Steps, (float64(i)+0.5)*float64(p.Stride)), append(s.Y, float64(v))
	}
	return s
}

// correlations are the autocorrelations of the first few quantities.
func correlations(r *diag.Result) []report.Series {
	var out []report.Series
	for _, name := range r.Names {
		if len(out) == len(colors) {
			break
		}
		s := report.Series{Name: name, Color: colors[len(out)]}
		for lag, v := range r.Correlation[name] {
			s.Steps, s.Y = append(s.Steps, float64(lag*r.LagStride)), append(s.Y, float64(v))
		}
		out = append(out, s)
	}
	return out
}

// plotStates draws the states at the captured steps: images in a row a step, points of the plane in a panel a step.
func plotStates(folder string, d *diagnosis, r *diag.Result) error {
	h, w, c := d.density.Shape()
	if h*w == 1 && c == 2 && len(r.Captures) > 0 {
		return plotPoints(folder, r)
	}
	if len(r.Captures) == 0 || h*w == 1 || c != 1 && c != 3 {
		return nil
	}
	var pictures []float32
	o := report.GridOptions{Title: "states of the " + r.Kernel + " chains", Columns: min(r.Chains, 12)}
	for _, capture := range r.Captures {
		o.RowLabels = append(o.RowLabels, fmt.Sprintf("step %d", capture.Step))
		pictures = append(pictures, capture.States[:o.Columns*h*w*c]...)
	}
	return report.WritePNG(filepath.Join(folder, "states.png"), report.Grid(pictures, h, w, c, o))
}

// plotPoints draws states of the plane, a panel a captured step.
func plotPoints(folder string, r *diag.Result) error {
	var titles []string
	var points [][]float32
	limit := 1.0
	for i, capture := range r.Captures {
		titles = append(titles, fmt.Sprintf("step %d", capture.Step))
		points = append(points, capture.States)
		for _, v := range capture.States {
			if i == 0 {
				limit = math.Max(limit, math.Ceil(math.Abs(float64(v))))
			}
		}
	}
	titles[0] = fmt.Sprintf("%d chains, %s", r.Chains, titles[0])
	return report.WritePNG(filepath.Join(folder, "states.png"), report.Clouds(titles, points, limit))
}
