package report

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"anila/train/run"
)

func TestGridPutsEachImageWhereItBelongs(t *testing.T) {
	const n, h, w = 7, 3, 5
	x := make([]float32, n*h*w*3)
	for i := range x {
		x[i] = float32(i/(h*w*3))/float32(n-1)*2 - 1 + float32(i%3)*0.1
	}
	m := Grid(x, h, w, 3, GridOptions{Columns: 3, Scale: 4})
	if got, want := m.Bounds().Size(), image.Pt(2*gridMargin+3*(w*4+gridGap)-gridGap, 2*gridMargin+3*(h*4+gridGap)-gridGap); got != want {
		t.Fatalf("size %v, want %v", got, want)
	}
	for i := range n {
		want := color.RGBA{toByte(x[i*h*w*3]), toByte(x[i*h*w*3+1]), toByte(x[i*h*w*3+2]), 255}
		for _, d := range []image.Point{{0, 0}, {w*4 - 1, h*4 - 1}, {7, 9}} {
			at := image.Pt(gridMargin+i%3*(w*4+gridGap), gridMargin+i/3*(h*4+gridGap)).Add(d)
			if got := m.At(at.X, at.Y); got != want {
				t.Errorf("image %d at %v is %v, want %v", i, at, got, want)
			}
		}
	}
	if m.At(gridMargin+w*4+1, gridMargin) != color.Color(paper) {
		t.Error("no gap between images")
	}
}

func toByte(x float32) uint8 {
	return uint8(math.Round(math.Min(math.Max((float64(x)+1)*127.5, 0), 255)))
}

func TestGridShapes(t *testing.T) {
	for _, c := range []struct{ n, h, w, ch int }{{1, 1, 1, 1}, {100, 32, 32, 3}, {5, 28, 28, 1}, {2, 3000, 4000, 1}, {4000, 32, 32, 1}} {
		if testing.Short() && c.n*c.h*c.w > 1<<20 {
			continue
		}
		m := Grid(make([]float32, c.n*c.h*c.w*c.ch), c.h, c.w, c.ch, GridOptions{})
		size := m.Bounds().Size()
		if size.X > gridMaxSide || size.Y > gridMaxSide || size.X < c.w || size.Y < c.h {
			t.Errorf("%v: picture of %v", c, size)
		}
		if c.n == 100 && size.X < 10*64 {
			t.Errorf("32×32 images are drawn %d wide in all", size.X)
		}
	}
	for _, bad := range []func(){func() { Grid(make([]float32, 7), 2, 2, 1, GridOptions{}) }, func() { Grid(make([]float32, 8), 2, 2, 2, GridOptions{}) }} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("a shape that cannot be drawn passed")
				}
			}()
			bad()
		}()
	}
}

func TestTitlesAndLabelsAreDrawn(t *testing.T) {
	x := make([]float32, 4*8*8)
	plain := Grid(x, 8, 8, 1, GridOptions{Scale: 8})
	full := Grid(x, 8, 8, 1, GridOptions{Scale: 8, Title: "step 300", ColumnLabels: []string{"a", "b"}, RowLabels: []string{"first row", "second"}})
	if d := full.Bounds().Size().Sub(plain.Bounds().Size()); d.X < 20 || d.Y < 20 {
		t.Errorf("labels take %v", d)
	}
	dark := 0
	for y := range gridMargin + gridText + 4 {
		for px := range full.Bounds().Dx() {
			if r, _, _, _ := full.At(px, y).RGBA(); r < 0x8000 {
				dark++
			}
		}
	}
	if dark < 50 {
		t.Errorf("%d dark pixels where the title should stand", dark)
	}
}

// The truth, a density of half its height and samples: the same x is drawn at the same place, colours follow the density.
func TestToyPicture(t *testing.T) {
	peak := func(height float64) Density {
		return DensityOf(100, 5, func(x []float64) float64 {
			return math.Log(height) - (x[0]-2)*(x[0]-2) - (x[1]-3)*(x[1]-3)
		})
	}
	samples := make([]float32, 2*400)
	for i := range 400 {
		samples[2*i], samples[2*i+1] = 2, 3
	}
	m := Toy(peak(1), peak(0.5), samples, ToyOptions{Title: "toy", Learned: "KL 0.69 nats"})
	if s := m.Bounds().Size(); s.X < 2*s.Y || s.X > 4*s.Y {
		t.Errorf("three panels in %v", s)
	}
	white, half, blues := 0, 0, 0
	for y := m.Bounds().Dy() / 4; y < m.Bounds().Dy(); y++ {
		for x := range m.Bounds().Dx() {
			r, g, b, _ := m.At(x, y).RGBA()
			p := color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 255}
			switch {
			case x < m.Bounds().Dx()/3 && near(p, heat[254]):
				white++
			case x > m.Bounds().Dx()/3 && x < m.Bounds().Dx()*6/10 && near(p, heat[127]):
				half++
			case x > m.Bounds().Dx()*2/3 && p.B > p.R+60:
				blues++
			}
		}
	}
	if white == 0 || half == 0 || blues == 0 {
		t.Errorf("peak of the truth: %d pixels, of the learned density: %d, samples: %d", white, half, blues)
	}
}

// Without a truth there are two panels: the density, of which the peak has the last colour, and samples in their place.
func TestPointsPicture(t *testing.T) {
	peak := DensityOf(100, 3, func(x []float64) float64 { return 5 - (x[0]-1)*(x[0]-1) - (x[1]-1)*(x[1]-1) })
	samples := make([]float32, 2*400)
	for i := range samples {
		samples[i] = 1
	}
	m := Points(peak, samples, "own")
	size := m.Bounds().Size()
	if size.X < size.Y || size.X > 3*size.Y {
		t.Errorf("two panels in %v", size)
	}
	top, blues := 0, 0
	for y := range size.Y {
		for x := range size.X {
			r, g, b, _ := m.At(x, y).RGBA()
			p := color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 255}
			switch {
			case x < size.X/2 && y > size.Y/4 && near(p, heat[254]):
				top++
			case x > size.X*3/5 && p.B > p.R+60:
				blues++
			}
		}
	}
	if top == 0 || blues == 0 {
		t.Errorf("peak of the density: %d pixels, samples: %d", top, blues)
	}
}

func TestDensities(t *testing.T) {
	d := DensityOf(200, 6, func(x []float64) float64 { return -(x[0]*x[0]+x[1]*x[1])/2 - math.Log(2*math.Pi) })
	total := 0.0
	logs := make([]float64, len(d.Values))
	for i, v := range d.Values {
		total += v * 0.06 * 0.06
		logs[i] = math.Log(v)
	}
	if math.Abs(total-1) > 1e-6 {
		t.Errorf("a normalised density sums to %v", total)
	}
	if back := FromLog(200, 6, logs); math.Abs(back.Values[20100]-d.Values[20100]) > 1e-15 {
		t.Error("FromLog is not exp")
	}
}

func near(a, b color.RGBA) bool {
	d := func(x, y uint8) bool { return math.Abs(float64(x)-float64(y)) <= 12 }
	return d(a.R, b.R) && d(a.G, b.G) && d(a.B, b.B)
}

// What was measured on the way is drawn where anything was, and its points move the picture.
func TestDistancesAreDrawn(t *testing.T) {
	draw := func(values ...run.Float) []byte {
		events := []run.Event{{Step: 1}}
		for i, v := range values {
			events = append(events, run.Event{Step: int64(10 * i), Kind: "eval", Extra: map[string]run.Float{"FD (4 against 7)": v}})
		}
		dir := t.TempDir()
		if err := writeDistances(dir, events); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(dir, "distance.png"))
		if err != nil && len(values) > 0 {
			t.Fatal(err)
		}
		return b
	}
	if draw() != nil {
		t.Error("a picture of nothing")
	}
	if a, b := draw(30, 20, 10), draw(30, 25, 10); len(a) == 0 || bytes.Equal(a, b) {
		t.Error("other distances give the same picture")
	}
}

func TestWritePlots(t *testing.T) {
	var events []run.Event
	for i := range 500 {
		gap := run.Float(math.Sin(float64(i) / 20))
		if i == 3 {
			gap = -1e6
		}
		if i == 200 {
			gap = run.Float(math.NaN())
		}
		events = append(events, run.Event{Step: int64(i), Gap: gap, GradientNorm: run.Float(math.Pow(10, float64(i%4))), FData: 1, FChains: run.Float(math.Inf(1)), Rate: 1e-3})
	}
	cases := map[string][]run.Event{"none": nil, "one": events[:1], "two": events[:2], "many": events, "equal": {{Step: 1}, {Step: 2}}}
	if testing.Short() {
		cases = map[string][]run.Event{"one": events[:1]}
	}
	for what, e := range cases {
		dir := filepath.Join(t.TempDir(), "plots")
		if err := WritePlots(dir, e); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"gap.png", "gradient.png", "f.png", "rate.png", "speed.png", "memory.png"} {
			f, err := os.Open(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			m, err := png.Decode(f)
			f.Close()
			if err != nil || m.Bounds().Dx() < 400 {
				t.Errorf("%s of %s events: %v", name, what, err)
			}
			if what != "many" || name != "gap.png" {
				continue
			}
			lines := 0
			for y := range m.Bounds().Dy() {
				for x := range m.Bounds().Dx() {
					r, g, b, _ := m.At(x, y).RGBA()
					if near(color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 255}, blue) {
						lines++
					}
				}
			}
			if lines < 500 {
				t.Errorf("the curve has %d pixels", lines)
			}
		}
		left, _ := os.ReadDir(dir)
		if len(left) != 6 {
			t.Errorf("%d files in plots", len(left))
		}
	}
}

func TestThinKeepsTheExtremes(t *testing.T) {
	x, y := make([]float64, 100000), make([]float64, 100000)
	for i := range x {
		x[i], y[i] = float64(i), math.Sin(float64(i))
	}
	y[54321], y[777] = 99, -99
	tx, ty := thin(x, y, 1000)
	if len(ty) > 1001 || len(tx) != len(ty) {
		t.Fatalf("%d points", len(ty))
	}
	found := 0
	for i, v := range ty {
		if v == 99 && tx[i] == 54321 || v == -99 && tx[i] == 777 {
			found++
		}
		if i > 0 && tx[i] < tx[i-1] {
			t.Fatal("points out of order")
		}
	}
	if found != 2 {
		t.Error("a spike was thinned away")
	}
}

func TestTicksAndNumbers(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 12000: "12,000", 1234567: "1,234,567", -0.25: "−0.25", 5000: "5,000", 1e-6: "1e-06", 0.1 + 0.2: "0.3", 1234.5: "1234.5", 999: "999"} {
		if got := tickText(v); got != want {
			t.Errorf("%v is written %q, want %q", v, got, want)
		}
	}
	for _, c := range [][2]float64{{0, 1}, {-5, 5}, {0, 30000}, {0.0259, 0.0261}, {-1e6, 3}, {300.03, 300.06}} {
		ticks := fewTicks{}.Ticks(c[0], c[1])
		if len(ticks) < 3 || len(ticks) > 11 {
			t.Errorf("%v: %d ticks", c, len(ticks))
		}
		for _, k := range ticks {
			if k.Value < c[0]-1e-9 || k.Value > c[1]+1e-9*math.Abs(c[1])+1e-9 {
				t.Errorf("%v: tick at %v", c, k.Value)
			}
		}
	}
	if n := len((logTicks{}).Ticks(0.01, 100)); n < 5 {
		t.Errorf("%d logarithmic ticks", n)
	}
}

func TestCloudsShowEveryPoint(t *testing.T) {
	m := Clouds([]string{"none", "some"}, [][]float32{nil, {2, 3, -4, -4, 9, 9}}, 5)
	counts := [2]int{}
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			r, _, b, _ := m.At(x, y).RGBA()
			if b>>8 > r>>8+60 {
				counts[2*x/m.Bounds().Dx()]++
			}
		}
	}
	if counts[0] != 0 || counts[1] < 2*4 || counts[1] > 2*60 {
		t.Errorf("blue pixels %v: want none and two points (the third lies outside)", counts)
	}
}

// A line of one point is a mark, and no curve runs through the legend.
func TestCurvesMarksAndLegend(t *testing.T) {
	one := Curves(CurveOptions{Title: "one"}, Series{Color: blue, Steps: []float64{3}, Y: []float64{1}})
	steep := []Series{{Name: "rising", Color: blue}, {Name: "level", Color: orange}}
	for i := range 100 {
		steep[0].Steps, steep[0].Y = append(steep[0].Steps, float64(i)), append(steep[0].Y, float64(i*i))
		steep[1].Steps, steep[1].Y = append(steep[1].Steps, float64(i)), append(steep[1].Y, 100)
	}
	highest := func(m image.Image, c color.RGBA, right int) (y, pixels int) {
		y = m.Bounds().Max.Y
		for v := range m.Bounds().Max.Y {
			for u := range right {
				if near(color.RGBAModel.Convert(m.At(u, v)).(color.RGBA), c) {
					y, pixels = min(y, v), pixels+1
				}
			}
		}
		return y, pixels
	}
	if _, pixels := highest(one, blue, one.Bounds().Max.X); pixels < 20 {
		t.Errorf("a single point has %d pixels", pixels)
	}
	m := Curves(CurveOptions{Title: "steep"}, steep...)
	legend := m.Bounds().Max.X - 60 // where the strokes of the legend begin
	if y, _ := highest(m, blue, legend); y < 65 {
		t.Errorf("the curve goes up to row %d, into the legend", y)
	}
}

// A dashed curve has gaps, a solid one none.
func TestCurvesDashed(t *testing.T) {
	inked := func(dashed bool) (columns int) {
		m := Curves(CurveOptions{}, Series{Color: blue, Dashed: dashed, Steps: []float64{0, 1}, Y: []float64{1, 2}})
		for x := range m.Bounds().Dx() {
			for y := range m.Bounds().Dy() {
				if near(color.RGBAModel.Convert(m.At(x, y)).(color.RGBA), blue) {
					columns++
					break
				}
			}
		}
		return columns
	}
	if solid, dashed := inked(false), inked(true); dashed < solid/3 || dashed > solid*9/10 {
		t.Errorf("a dashed curve inks %d columns, a solid one %d", dashed, solid)
	}
}

// A band is filled between its edges and beneath the lines, and the axis holds all of it.
func TestCurvesBand(t *testing.T) {
	s := Series{Color: blue, Steps: []float64{0, 1, 2, 3}, Y: []float64{1, 1, 1, 1}, Low: []float64{0, 0, math.NaN(), 0}, High: []float64{5, 5, 5, 5}}
	m := Curves(CurveOptions{Title: "band"}, s)
	x, rows, line := m.Bounds().Dx()/2, 0, 0
	for y := range m.Bounds().Dy() {
		c := color.RGBAModel.Convert(m.At(x, y)).(color.RGBA)
		if near(c, blue) {
			line++
		} else if int(c.B) > int(c.R)+25 {
			rows++
		}
	}
	if share := float64(rows) / float64(m.Bounds().Dy()); share < 0.4 || line == 0 {
		t.Errorf("the band takes %.2f of a column and its line %d rows of it", share, line)
	}
}
