package report

import (
	"image"
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Colours of curves: Okabe & Ito's, which colour-blind readers tell apart.
var (
	blue   = color.RGBA{0, 114, 178, 255}
	orange = color.RGBA{213, 94, 0, 255}
	green  = color.RGBA{0, 158, 115, 255}
	grey   = color.RGBA{150, 155, 160, 255}
	light  = color.RGBA{228, 230, 233, 255}
)

const plotDPI = 110

// newPlot returns an empty plot in the house's style: sans serif, titles that can be read, a light grid.
func newPlot(title, x, y string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = paper
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	for _, s := range []struct {
		style *text.Style
		size  float64
	}{{&p.Title.TextStyle, 12}, {&p.X.Label.TextStyle, 10.5}, {&p.Y.Label.TextStyle, 10.5}, {&p.X.Tick.Label, 9}, {&p.Y.Tick.Label, 9}, {&p.Legend.TextStyle, 9.5}} {
		s.style.Font.Variant = "Sans"
		s.style.Font.Size = vg.Points(s.size)
		s.style.Color = ink
	}
	p.Title.Padding = vg.Points(6)
	p.X.Padding, p.Y.Padding = 0, 0
	p.X.Tick.Marker, p.Y.Tick.Marker = fewTicks{}, fewTicks{}
	p.Legend.Top = true
	p.Legend.Padding = vg.Points(2)
	return p
}

// gridLines adds light lines at the ticks, behind what is drawn later.
func gridLines(p *plot.Plot) {
	g := plotter.NewGrid()
	g.Vertical.Color, g.Horizontal.Color = light, light
	p.Add(g)
}

// fewTicks labels about five round numbers.
type fewTicks struct{}

func (fewTicks) Ticks(lo, hi float64) []plot.Tick {
	if !(hi > lo) || math.IsInf(hi-lo, 0) {
		return nil
	}
	step := math.Pow(10, math.Floor(math.Log10((hi-lo)/4)))
	for _, m := range []float64{5, 2} {
		if (hi-lo)/(m*step) >= 4 {
			step *= m
			break
		}
	}
	var ticks []plot.Tick
	for k := math.Ceil(lo/step - 1e-9); k*step <= hi+1e-9*step; k++ {
		ticks = append(ticks, plot.Tick{Value: k * step, Label: tickText(k * step)})
	}
	return ticks
}

// logTicks labels powers of ten, and 2 and 5 times them where few fit in.
type logTicks struct{}

func (logTicks) Ticks(lo, hi float64) []plot.Tick {
	if lo <= 0 || hi <= lo {
		return nil
	}
	decades := math.Log10(hi / lo)
	var ticks []plot.Tick
	for e := math.Floor(math.Log10(lo)); e <= math.Ceil(math.Log10(hi)); e++ {
		for m := 1; m < 10; m++ {
			v := float64(m) * math.Pow(10, e)
			if v < lo || v > hi {
				continue
			}
			t := plot.Tick{Value: v}
			if m == 1 || decades < 2 && (m == 2 || m == 5) || decades < 0.5 {
				t.Label = tickText(v)
			}
			ticks = append(ticks, t)
		}
	}
	return ticks
}

// tickText writes a value for a reader: 12,000, −0.25, 1e-06.
func tickText(v float64) string {
	a := math.Abs(v)
	var out string
	switch {
	case a < 1e-300:
		return "0"
	case a >= 1e7 || a < 1e-4:
		out = strconv.FormatFloat(a, 'g', 4, 64)
	case a < 1e4 && a != math.Trunc(a) || a < 1000:
		out = strconv.FormatFloat(a, 'g', 6, 64)
	default:
		out = strconv.FormatInt(int64(math.Round(a)), 10)
		for i := len(out) - 3; i > 0; i -= 3 {
			out = out[:i] + "," + out[i:]
		}
	}
	if v < 0 {
		out = "−" + out
	}
	return out
}

// render draws on a canvas of the given size in points.
func render(width, height vg.Length, f func(draw.Canvas)) image.Image {
	c := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(plotDPI), vgimg.UseBackgroundColor(paper))
	f(draw.New(c))
	return c.Image()
}
