package main

import (
	"fmt"
	"image/color"
	"math"
	"os"
	"slices"
	"sort"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"anila/langevin"
	"anila/langevin/target"
	"anila/tensor"
)

// The total-variation distance between the chains' law after k steps and the
// target, of the radius |x|, by a histogram of many independent chains. The
// cells have equal mass under the target (from exact draws), so the histogram
// of M exact draws itself lies about √(bins/(2πM)) away: the noise floor.

const (
	tvChains = 20_000
	tvBins   = 30
)

// curve is one kernel on one target from one start.
type curve struct {
	Target string    `json:"target"`
	Kernel string    `json:"kernel"`
	Start  float64   `json:"start_radius"`
	Steps  []int     `json:"steps"`
	TV     []float64 `json:"tv"`
	Floor  float64   `json:"noise_floor"`
	Rate   float64   `json:"rate"`  // of the fit TV ∝ rateᵏ above 3·floor; 0 where there is none
	Scale  float64   `json:"scale"` // of the fit
	Fitted int       `json:"points_fitted"`
}

// floor is the expected distance of M exact draws' histogram.
func floor() float64 { return math.Sqrt(tvBins / (2 * math.Pi * tvChains)) }

func totalVariation(picture, out string) error {
	workers := tensor.NewWorkers(2)
	defer workers.Close()
	type panel struct {
		title  string
		target target.Target
		config langevin.Config
		starts []float64
		steps  int
	}
	quartic := func(theta float64) target.Target { return target.Power{Dimension: 2, Exponent: 4, Theta: theta} }
	adaptive := func(step, b float64) langevin.Config {
		return langevin.Config{Kernel: "anila-mala", Step: step, B: b, Temperature: 1}
	}
	ancestor := func(step, b float64) langevin.Config {
		return langevin.Config{Kernel: "amala", Step: step, B: b, Temperature: 1}
	}
	panels := []panel{
		{"anila-mala, exp(−|x|⁴/4)", quartic(1), adaptive(0.1, 2), []float64{0, 3, 6, 10}, 300},
		{"anila-mala, exp(−|x|⁴/(4·4))", quartic(4), adaptive(0.1, 2), []float64{0, 3, 6, 10}, 300},
		{"amala, exp(−|x|⁴/4)", quartic(1), ancestor(0.1, 2), []float64{0, 3, 6, 10}, 300},
		{"amala, exp(−|x|⁴/(4·4))", quartic(4), ancestor(0.1, 2), []float64{0, 3, 6, 10}, 300},
		{"anila-mala, N(0, I)", target.Power{Dimension: 2, Exponent: 2, Theta: 1}, adaptive(0.1, 2), []float64{0, 3, 6, 10}, 300},
		{"anila-mala, Student t, 1 degree of freedom", target.Student{Dimension: 2, Freedom: 1}, adaptive(0.1, 2), []float64{0, 3, 10, 30}, 1000},
	}
	var all []curve
	plots := make([][]*plot.Plot, 3)
	for i, p := range panels {
		picture, curves, err := tvPanel(p.title, p.target, p.config, p.starts, p.steps, workers)
		if err != nil {
			return err
		}
		plots[i/2] = append(plots[i/2], picture)
		all = append(all, curves...)
	}
	if err := savePanels(plots, picture); err != nil {
		return err
	}
	if out == "" {
		return nil
	}
	return writeJSON(out, all)
}

func tvPanel(title string, t target.Target, c langevin.Config, radii []float64, steps int, workers *tensor.Workers) (*plot.Plot, []curve, error) {
	edges := radiusEdges(t)
	p := newPlot(title, "step k", "total-variation distance of |x|")
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{}
	var curves []curve
	for i, radius := range radii {
		pool, err := langevin.NewPool(t, c, workers, tvChains)
		if err != nil {
			return nil, nil, err
		}
		z := make([]float32, tvChains*t.Dim())
		for j := 0; j < len(z); j += t.Dim() {
			z[j] = float32(radius)
		}
		if err := pool.Start(z, seed+uint64(i), 0); err != nil {
			return nil, nil, err
		}
		result := curve{Target: title, Kernel: c.Kernel, Start: radius, Floor: floor()}
		var points plotter.XYs
		for k := 0; k < steps; {
			n := max(1, steps/300)
			pool.Advance(n, nil)
			k += n
			distance := tvOfRadius(z, t.Dim(), edges)
			result.Steps, result.TV = append(result.Steps, k), append(result.TV, distance)
			points = append(points, plotter.XY{X: float64(k), Y: distance})
		}
		result.fit()
		name := fmt.Sprintf("from |x| = %g", radius)
		if result.Rate > 0 {
			name += fmt.Sprintf(", rate %.4f", result.Rate)
			from, to := result.window()
			first, last := float64(result.Steps[from]), float64(result.Steps[to-1])
			if err := line(p, "", plotter.XYs{
				{X: first, Y: result.Scale * math.Pow(result.Rate, first)}, {X: last, Y: result.Scale * math.Pow(result.Rate, last)},
			}, color.Black, true); err != nil {
				return nil, nil, err
			}
		}
		if err := line(p, name, points, colours[i], false); err != nil {
			return nil, nil, err
		}
		fmt.Printf("%s, %s: end %.4f, floor %.4f, %d points fitted\n", title, name, result.TV[len(result.TV)-1], result.Floor, result.Fitted)
		curves = append(curves, result)
	}
	if err := line(p, "noise floor", plotter.XYs{{X: 0, Y: floor()}, {X: float64(steps), Y: floor()}}, color.Gray{140}, true); err != nil {
		return nil, nil, err
	}
	p.Y.Min, p.Y.Max = 0.005, 1.5
	return p, curves, nil
}

// window is where the rate is read off: from the first point below ½ (before,
// chains from far away are still under way to the mass) to the last before the
// curve comes down to three times the noise floor.
func (c *curve) window() (first, end int) {
	for first < len(c.TV) && c.TV[first] >= 0.5 {
		first++
	}
	for end = first; end < len(c.TV) && c.TV[end] > 3*c.Floor; end++ {
	}
	return first, end
}

// fit is least squares of log TV on k in the window, four points at least.
// Curves that never come down to it get no rate: a straight stretch of a slower
// decay is not geometric.
func (c *curve) fit() {
	first, end := c.window()
	if end-first < 4 || end == len(c.TV) {
		return
	}
	var sx, sy, sxx, sxy, m float64
	for i := first; i < end; i++ {
		x, y := float64(c.Steps[i]), math.Log(c.TV[i])
		sx, sy, sxx, sxy, m = sx+x, sy+y, sxx+x*x, sxy+x*y, m+1
	}
	slope := (m*sxy - sx*sy) / (m*sxx - sx*sx)
	c.Rate, c.Scale, c.Fitted = math.Exp(slope), math.Exp((sy-slope*sx)/m), end-first
}

// radiusEdges cuts |x| into cells of equal mass under the target.
func radiusEdges(t target.Target) []float64 {
	const n = 400_000
	d := t.Dim()
	x := make([]float32, n*d)
	t.Sample(x, tensor.Key{Seed: seed, Purpose: tensor.PurposeToy})
	r := make([]float64, n)
	for i := range r {
		r[i] = norm(x[i*d : (i+1)*d])
	}
	slices.Sort(r)
	edges := make([]float64, tvBins-1)
	for i := range edges {
		edges[i] = r[(i+1)*n/tvBins]
	}
	return edges
}

func tvOfRadius(z []float32, dim int, edges []float64) float64 {
	var counts [tvBins]float64
	for ; len(z) > 0; z = z[dim:] {
		counts[sort.SearchFloat64s(edges, norm(z[:dim]))]++
	}
	distance := 0.0
	for _, n := range counts {
		distance += math.Abs(n/tvChains-1.0/tvBins) / 2
	}
	return distance
}

func savePanels(plots [][]*plot.Plot, path string) error {
	const width, height = 30 * vg.Centimeter, 30 * vg.Centimeter
	canvas := vgimg.New(width, height)
	tiles := draw.Tiles{Rows: len(plots), Cols: len(plots[0]), PadX: vg.Centimeter / 2, PadY: vg.Centimeter / 2}
	for r, row := range plot.Align(plots, tiles, draw.New(canvas)) {
		for c, part := range row {
			plots[r][c].Draw(part)
		}
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := (vgimg.PngCanvas{Canvas: canvas}).WriteTo(file); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}
