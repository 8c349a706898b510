package report

import (
	"cmp"
	"fmt"
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/palette/moreland"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"anila/langevin/target"
	"anila/train/eval"
)

// Density is a probability density of the plane on the centres of Size² cells over [−Limit, Limit]²: row by row from
// x₂ = −Limit upwards, x₁ fastest (the order of eval.GridPoints).
type Density struct {
	Size   int
	Limit  float64
	Values []float64 // per unit area
}

// DensityOf evaluates a normalised log-density on the grid.
func DensityOf(size int, limit float64, logDensity func(x []float64) float64) Density {
	d := Density{size, limit, make([]float64, size*size)}
	h := 2 * limit / float64(size)
	for k := range d.Values {
		x := []float64{-limit + (float64(k%size)+0.5)*h, -limit + (float64(k/size)+0.5)*h}
		d.Values[k] = math.Exp(logDensity(x))
	}
	return d
}

// FromLog returns exp of log-densities on the grid, such as eval.Likelihood.LogDensity.
func FromLog(size int, limit float64, logDensity []float64) Density {
	d := Density{size, limit, make([]float64, len(logDensity))}
	for k, v := range logDensity {
		d.Values[k] = math.Exp(v)
	}
	return d
}

// ToyOptions names what a toy picture shows.
type ToyOptions struct {
	Title   string // of the whole, for example "rings, anila, step 3,000"
	Learned string // under the title of the learned density, for example "KL 0.083 nats"
}

// Toy draws a 2-D run for a reader who knows nothing of it: the true density, the learned density exp(f/T)/Z and the
// chains' states, side by side over the same square, the densities on one colour scale. samples is [n, 2].
func Toy(truth, learned Density, samples []float32, o ToyOptions) image.Image {
	top := 0.0
	for _, v := range truth.Values {
		top = max(top, v)
	}
	top = cmp.Or(top, 1)
	const side, gap, bar = 3.15 * vg.Inch, 0.1 * vg.Inch, 0.85 * vg.Inch
	head := vg.Length(0)
	if o.Title != "" {
		head = 0.34 * vg.Inch
	}
	width, height := 3*side+2*gap+bar, side+0.12*vg.Inch+head
	note := o.Learned
	if note != "" {
		note = ": " + note
	}
	panels := []*plot.Plot{
		densityPanel("truth p(x)", truth, top),
		densityPanel("learned exp(f/T)/Z"+note, learned, top),
		samplePanel(fmt.Sprintf("chains (%s states)", tickText(float64(len(samples)/2))), samples, truth.Limit),
	}
	return render(width, height, func(c draw.Canvas) {
		if o.Title != "" {
			style := panels[0].Title.TextStyle
			style.Font.Size = vg.Points(13.5)
			style.XAlign, style.YAlign = draw.XCenter, draw.YTop
			c.FillText(style, vg.Point{X: width / 2, Y: height - vg.Points(7)}, o.Title)
		}
		for i, p := range panels {
			x := vg.Length(i) * (side + gap)
			if i == 2 {
				x += bar // the scale belongs to the two densities
			}
			inner := drawSquare(p, draw.Crop(c, x, x+side-width, vg.Points(4), -head-vg.Points(4)))
			if i == 1 {
				scale := colorScale(top)
				x := inner.Max.X + vg.Points(8)
				room := draw.Crop(c, x, x+bar-vg.Points(12)-width, 0, 0)
				frame := scale.DataCanvas(room)
				scale.Draw(draw.Crop(room, 0, 0, inner.Min.Y-frame.Min.Y, inner.Max.Y-frame.Max.Y))
			}
		}
	})
}

// drawSquare draws p at the left of outer with a square data area, which it returns.
func drawSquare(p *plot.Plot, outer draw.Canvas) draw.Canvas {
	inner := p.DataCanvas(outer)
	outer.Max.X -= inner.Max.X - inner.Min.X - (inner.Max.Y - inner.Min.Y)
	p.Draw(outer)
	return p.DataCanvas(outer)
}

// Clouds draws sets of points [n, 2] side by side on [−limit, limit]², each under its title.
func Clouds(titles []string, points [][]float32, limit float64) image.Image {
	const side, gap = 2.4 * vg.Inch, 0.1 * vg.Inch
	return render(vg.Length(len(points))*(side+gap), side+0.12*vg.Inch, func(c draw.Canvas) {
		for i := range points {
			x := vg.Length(i) * (side + gap)
			drawSquare(samplePanel(titles[i], points[i], limit),
				draw.Crop(c, x, x+side-(c.Max.X-c.Min.X), vg.Points(4), -vg.Points(4)))
		}
	})
}

// heat is Kindlmann's colour map: luminance rises evenly, so that a grey copy reads the same.
var heat = func() []color.RGBA {
	m := moreland.Kindlmann()
	m.SetMin(0)
	m.SetMax(1)
	table := make([]color.RGBA, 256)
	for i := range table {
		c, err := m.At(float64(i) / 255)
		if err != nil {
			panic(fmt.Sprintf("report: colour map: %v", err))
		}
		r, g, b, _ := c.RGBA()
		table[i] = color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 255}
	}
	return table
}()

// heatColor maps [0, top] to the colour map; what is above has the last colour, NaN is grey.
func heatColor(v, top float64) color.RGBA {
	if math.IsNaN(v) {
		return grey
	}
	return heat[int(math.Round(255*min(max(v/top, 0), 1)))]
}

func squarePanel(title string, limit float64) *plot.Plot {
	p := newPlot(title, "x₁", "x₂")
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -limit, limit, -limit, limit
	return p
}

func densityPanel(title string, d Density, top float64) *plot.Plot {
	p := squarePanel(title, d.Limit)
	m := image.NewRGBA(image.Rect(0, 0, d.Size, d.Size))
	for k, v := range d.Values {
		m.SetRGBA(k%d.Size, d.Size-1-k/d.Size, heatColor(v, top))
	}
	p.Add(plotter.NewImage(m, -d.Limit, -d.Limit, d.Limit, d.Limit))
	return p
}

func samplePanel(title string, samples []float32, limit float64) *plot.Plot {
	p := squarePanel(title, limit)
	gridLines(p)
	p.Add(cloud{samples, limit})
	return p
}

// cloud draws points, each the fainter the more there are; points outside the square are left out.
type cloud struct {
	points []float32
	limit  float64
}

func (s cloud) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	n := len(s.points) / 2
	alpha := min(max(600/float64(n+1), 0.18), 0.8)
	radius := vg.Points(1.1)
	if n > 4000 {
		radius = vg.Points(0.8)
	}
	style := draw.GlyphStyle{Shape: draw.CircleGlyph{}, Radius: radius,
		Color: color.NRGBA{blue.R, blue.G, blue.B, uint8(255 * alpha)}}
	for i := range n {
		x, y := float64(s.points[2*i]), float64(s.points[2*i+1])
		if math.Abs(x) <= s.limit && math.Abs(y) <= s.limit {
			c.DrawGlyph(style, vg.Point{X: tx(x), Y: ty(y)})
		}
	}
}

// colorScale is a plot that explains the colours of densities in [0, top].
func colorScale(top float64) *plot.Plot {
	p := newPlot(" ", " ", "density per unit area")
	p.HideX()
	p.X.Label.Text = ""
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, top
	m := image.NewRGBA(image.Rect(0, 0, 1, len(heat)))
	for i, c := range heat {
		m.SetRGBA(0, len(heat)-1-i, c)
	}
	p.Add(plotter.NewImage(m, 0, 0, 1, top))
	return p
}

// Points draws a model of the plane of which no truth is known: the learned density and samples [n, 2], side by side.
func Points(learned Density, samples []float32, title string) image.Image {
	top := 0.0
	for _, v := range learned.Values {
		top = max(top, v)
	}
	const side, gap, head = 3.15 * vg.Inch, 0.1 * vg.Inch, 0.34 * vg.Inch
	const width, height = 2*side + gap, side + 0.12*vg.Inch + head
	panels := []*plot.Plot{
		densityPanel("learned exp(f/T)/Z", learned, cmp.Or(top, 1)),
		samplePanel(fmt.Sprintf("samples (%s)", tickText(float64(len(samples)/2))), samples, learned.Limit),
	}
	return render(width, height, func(c draw.Canvas) {
		style := panels[0].Title.TextStyle
		style.XAlign, style.YAlign = draw.XCenter, draw.YTop
		c.FillText(style, vg.Point{X: width / 2, Y: height - vg.Points(7)}, title)
		for i, p := range panels {
			x := vg.Length(i) * (side + gap)
			drawSquare(p, draw.Crop(c, x, x+side-width, vg.Points(4), -head-vg.Points(4)))
		}
	})
}

// Likelihood draws a likelihood on the grid as Toy does: the truth, the learned density with its KL, and samples [n, 2].
func Likelihood(l *eval.Likelihood, truth target.Target, samples []float32, title string) image.Image {
	return Toy(DensityOf(eval.GridSize, eval.GridLimit, truth.LogDensity), FromLog(eval.GridSize, eval.GridLimit, l.LogDensity),
		samples, ToyOptions{Title: title, Learned: fmt.Sprintf("KL %.3f nats", l.KL)})
}
