package report

import (
	"cmp"
	"fmt"
	"image"
	"image/color"
	"maps"
	"math"
	"path/filepath"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"anila/train/checkpoint"
	"anila/train/run"
)

// Series is one curve: y over steps. Points that are not finite are left out, and a gap stays in the line.
type Series struct {
	Name      string
	Color     color.RGBA
	Dashed    bool // to tell it from another one of its color
	Steps     []float64
	Y         []float64
	Low, High []float64 // a band around the curve; none: no band
}

// CurveOptions describes a plot of curves.
type CurveOptions struct {
	Title, YLabel string
	XLabel        string // "" is "parameter updates"
	Log           bool   // logarithmic where all values are positive and span more than a decade
	Zero          bool   // a line at 0
	Smooth        bool   // the curve itself faint, its running median over 1/40 of the length in colour
}

// curveWidth is how many points of a curve a picture can show: longer ones are thinned to the smallest and largest of
// each stretch.
const curveWidth = 2000

// Curves draws series over the training step.
func Curves(o CurveOptions, series ...Series) image.Image {
	p := newPlot(o.Title, cmp.Or(o.XLabel, "parameter updates"), o.YLabel)
	gridLines(p)
	lo, hi := math.Inf(1), math.Inf(-1)
	var all []float64
	for _, s := range series {
		for _, y := range slices.Concat(s.Y, s.Low, s.High) {
			if y-y == 0 {
				all = append(all, y)
				lo, hi = min(lo, y), max(hi, y)
			}
		}
	}
	if len(all) == 0 {
		p.Title.Text += " (no values yet)"
		p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
		return render(6.4*vg.Inch, 3.6*vg.Inch, func(c draw.Canvas) { p.Draw(c) })
	}
	logarithmic := o.Log && lo > 0 && hi > 10*lo
	if o.Zero {
		p.Add(horizontal{0})
	}
	for _, s := range series {
		addBand(p, s)
	}
	for _, s := range series {
		faded := s
		if o.Smooth && len(s.Y) >= 40 {
			faded.Color = mix(s.Color, 0.3)
			addLine(p, faded, "")
			s.Y = runningMedian(s.Y, len(s.Y)/40)
		}
		name := s.Name
		if len(series) == 1 {
			name = ""
		}
		addLine(p, s, name)
	}
	// Early spikes must not flatten the rest: the axis leaves out the wildest values, and the title says so.
	slices.Sort(all)
	low, high := all[len(all)/40], all[len(all)-1-len(all)/40]
	if !logarithmic && len(all) >= 40 && hi-lo > 4*(high-low) {
		pad := 0.3*(high-low) + 1e-12
		p.Y.Min, p.Y.Max = low-pad, high+pad
		p.Title.Text += " (extremes cut off)"
	} else if pad := 0.05 * (hi - lo); logarithmic {
		p.Y.Min, p.Y.Max = lo/1.1, hi*1.1
	} else {
		pad = cmp.Or(pad, math.Max(math.Abs(hi)*0.1, 1e-9))
		p.Y.Min, p.Y.Max = lo-pad, hi+pad
	}
	if o.Zero {
		p.Y.Min, p.Y.Max = min(p.Y.Min, 0), max(p.Y.Max, 0)
	}
	if logarithmic {
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, logTicks{}
	}
	if p.X.Max <= p.X.Min {
		p.X.Max = p.X.Min + 1
	}
	p.X.Min = min(p.X.Min, 0)
	if len(series) > 1 {
		makeRoom(p, series)
	}
	return render(6.4*vg.Inch, 3.6*vg.Inch, func(c draw.Canvas) { p.Draw(draw.Crop(c, vg.Points(4), vg.Points(-14), vg.Points(4), vg.Points(-6))) })
}

// makeRoom raises the upper end of the axis where a curve would run through the legend, which takes the right fifth of the
// frame and a fifteenth of its height for each name.
func makeRoom(p *plot.Plot, series []Series) {
	height := float64(len(series))/15 + 0.02
	share := func(y float64) float64 { return p.Y.Scale.Normalize(p.Y.Min, p.Y.Max, y) }
	for _, s := range series {
		for i, y := range s.Y {
			if i < len(s.High) && s.High[i] > y {
				y = s.High[i]
			}
			if s.Steps[i] < p.X.Max-0.22*(p.X.Max-p.X.Min) || !(share(y) > 1-height) {
				continue
			}
			if _, logarithmic := p.Y.Scale.(plot.LogScale); logarithmic {
				p.Y.Max = p.Y.Min * math.Pow(p.Y.Max/p.Y.Min, 1/(1-height))
			} else {
				p.Y.Max = p.Y.Min + (p.Y.Max-p.Y.Min)/(1-height)
			}
			return
		}
	}
}

// addBand fills a series' band in its colour, faint enough that bands show through one another.
func addBand(p *plot.Plot, s Series) {
	var edge, back plotter.XYs
	for i := range s.Low {
		if width := s.High[i] - s.Low[i]; width-width == 0 {
			edge, back = append(edge, plotter.XY{X: s.Steps[i], Y: s.High[i]}), append(back, plotter.XY{X: s.Steps[i], Y: s.Low[i]})
		}
	}
	slices.Reverse(back)
	if edge = append(edge, back...); len(edge) < 4 {
		return
	}
	band, err := plotter.NewPolygon(edge)
	if err != nil {
		panic(fmt.Sprintf("report: %v", err)) // only non-finite values make it fail
	}
	band.Color, band.LineStyle.Width = color.NRGBA{s.Color.R, s.Color.G, s.Color.B, 40}, 0
	p.Add(band)
}

// addLine adds the finite stretches of a series, thinned, each point clipped to the plot by the plot itself.
func addLine(p *plot.Plot, s Series, name string) {
	named := name == ""
	var part plotter.XYs
	flush := func() {
		if len(part) == 0 {
			return
		}
		line, err := plotter.NewLine(part)
		if err != nil {
			panic(fmt.Sprintf("report: %v", err)) // only non-finite values make it fail
		}
		line.Color, line.Width = s.Color, vg.Points(1.2)
		if s.Dashed {
			line.Dashes = []vg.Length{vg.Points(4), vg.Points(2)}
		}
		p.Add(clipped{line})
		if len(part) <= marked {
			p.Add(marks{line})
		}
		if !named {
			p.Legend.Add(name, line)
			named = true
		}
		part = nil
	}
	steps, y := thin(s.Steps, s.Y, curveWidth)
	for i := range y {
		if y[i]-y[i] != 0 {
			flush()
			continue
		}
		part = append(part, plotter.XY{X: steps[i], Y: y[i]})
	}
	flush()
}

// clipped keeps a line inside the plot's frame where its axis shows less than all.
type clipped struct{ *plotter.Line }

func (l clipped) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	points := make([]vg.Point, len(l.XYs))
	for i, v := range l.XYs {
		points[i] = vg.Point{X: tx(v.X), Y: ty(v.Y)}
	}
	c.StrokeLines(l.LineStyle, c.ClipLinesXY(points)...)
}

// marked is how many points a stretch has at most that gets a mark on each: a line of few points shows where they are, and
// one of a single point that it is there.
const marked = 20

// marks are dots on the points of a line.
type marks struct{ *plotter.Line }

func (l marks) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	style := draw.GlyphStyle{Color: l.Color, Radius: vg.Points(2.2), Shape: draw.CircleGlyph{}}
	for _, v := range l.XYs {
		if v.Y >= p.Y.Min && v.Y <= p.Y.Max {
			c.DrawGlyph(style, vg.Point{X: tx(v.X), Y: ty(v.Y)})
		}
	}
}

// horizontal is a line across the plot.
type horizontal struct{ y float64 }

func (h horizontal) Plot(c draw.Canvas, p *plot.Plot) {
	_, ty := p.Transforms(&c)
	c.StrokeLine2(draw.LineStyle{Color: grey, Width: vg.Points(0.8)}, c.Min.X, ty(h.y), c.Max.X, ty(h.y))
}

// thin reduces a series to at most about n points, keeping the smallest and largest of each stretch in order.
func thin(x, y []float64, n int) ([]float64, []float64) {
	if len(y) <= n {
		return x, y
	}
	stretch := (2*len(y) + n - 1) / n
	var tx, ty []float64
	for i := 0; i < len(y); i += stretch {
		part := y[i:min(i+stretch, len(y))]
		least, most := extremes(len(part), func(k int) float64 { return part[k] })
		for _, k := range []int{min(least, most), max(least, most)} {
			tx, ty = append(tx, x[i+k]), append(ty, part[k])
		}
	}
	return tx, ty
}

// extremes are the places of the smallest and the largest of n values; what is no number counts as both.
func extremes[T ~float64](n int, value func(k int) T) (least, most int) {
	for k := range n {
		if !(value(k) >= value(least)) {
			least = k
		}
		if !(value(k) <= value(most)) {
			most = k
		}
	}
	return least, most
}

// runningMedian returns the median of the finite values among the 2·half+1 around each place.
func runningMedian(y []float64, half int) []float64 {
	out := make([]float64, len(y))
	var window []float64
	for i := range y {
		window = window[:0]
		for _, v := range y[max(0, i-half):min(len(y), i+half+1)] {
			if v-v == 0 {
				window = append(window, v)
			}
		}
		if len(window) == 0 {
			out[i] = math.NaN()
			continue
		}
		slices.Sort(window)
		out[i] = window[len(window)/2]
	}
	return out
}

func mix(c color.RGBA, share float64) color.RGBA {
	f := func(v uint8) uint8 { return uint8(255 - share*(255-float64(v))) }
	return color.RGBA{f(c.R), f(c.G), f(c.B), 255}
}

// curve picks one value of the log steps among events.
func curve(events []run.Event, name string, c color.RGBA, value func(run.Event) run.Float) Series {
	s := Series{Name: name, Color: c}
	for _, e := range events {
		if e.Kind == "" {
			s.Steps = append(s.Steps, float64(e.Step))
			s.Y = append(s.Y, float64(value(e)))
		}
	}
	return s
}

// plotNames are the files of WritePlots.
var plotNames = []string{"gap.png", "gradient.png", "f.png", "rate.png", "speed.png", "memory.png", "distance.png"}

// WritePlots writes the curves of a run to dir: gap.png, gradient.png, f.png, rate.png, speed.png, memory.png, and
// distance.png where eval.every measured. dir is made where it is missing, in a folder that exists.
func WritePlots(dir string, events []run.Event) error {
	if err := (checkpoint.OS{}).Mkdir(dir); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	events = run.Timeline(events)
	if err := writeDistances(dir, events); err != nil {
		return err
	}
	for _, p := range []struct {
		file    string
		options CurveOptions
		series  []Series
	}{
		{"gap.png", CurveOptions{Title: "Energy gap", YLabel: "(mean f(data) − mean f(chains)) / T", Zero: true, Smooth: true},
			[]Series{curve(events, "gap", blue, func(e run.Event) run.Float { return e.Gap })}},
		{"gradient.png", CurveOptions{Title: "Gradient norm along the chains", YLabel: "mean |∂f/∂z|", Log: true, Smooth: true},
			[]Series{curve(events, "gradient norm", blue, func(e run.Event) run.Float { return e.GradientNorm })}},
		{"f.png", CurveOptions{Title: "Log-density of data and chains (unnormalised)", YLabel: "mean f", Smooth: true},
			[]Series{curve(events, "data", blue, func(e run.Event) run.Float { return e.FData }),
				curve(events, "chains", orange, func(e run.Event) run.Float { return e.FChains })}},
		{"rate.png", CurveOptions{Title: "Learning rate", YLabel: "rate", Log: true},
			[]Series{curve(events, "rate", green, func(e run.Event) run.Float { return e.Rate })}},
		{"speed.png", CurveOptions{Title: "Speed", YLabel: "parameter updates / s", Zero: true, Smooth: true},
			[]Series{curve(events, "updates/s", green, func(e run.Event) run.Float { return e.IterationsPerSecond })}},
		{"memory.png", CurveOptions{Title: "Memory (resident set)", YLabel: "MiB", Zero: true},
			[]Series{curve(events, "memory", green, func(e run.Event) run.Float { return run.Float(float64(e.Memory) / (1 << 20)) })}},
	} {
		if err := WritePNG(filepath.Join(dir, p.file), Curves(p.options, p.series...)); err != nil {
			return err
		}
	}
	return nil
}

// writeDistances draws what was measured on the way, distance.png; nothing where nothing was.
func writeDistances(dir string, events []run.Event) error {
	measured := map[string]*Series{}
	for _, e := range events {
		if e.Kind != "eval" {
			continue
		}
		for name, v := range e.Extra {
			if measured[name] == nil {
				measured[name] = &Series{Name: name, Color: [...]color.RGBA{blue, orange, green}[len(measured)%3]}
			}
			s := measured[name]
			s.Steps, s.Y = append(s.Steps, float64(e.Step)), append(s.Y, float64(v))
		}
	}
	if len(measured) == 0 {
		return nil
	}
	var series []Series
	for _, name := range slices.Sorted(maps.Keys(measured)) {
		series = append(series, *measured[name])
	}
	label := "distance"
	if len(series) == 1 {
		label = series[0].Name
	}
	return WritePNG(filepath.Join(dir, "distance.png"),
		Curves(CurveOptions{Title: "Distance of samples from the data", YLabel: label, Zero: true}, series...))
}
