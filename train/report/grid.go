package report

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"sync"

	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"anila/train/data"
)

// GridOptions says how a grid of images is laid out. The zero value is a good start.
type GridOptions struct {
	Columns      int      // 0: as square as it gets
	Scale        int      // how wide a pixel is drawn; 0: so that the grid is about 1,000 wide
	Title        string   // above the grid
	ColumnLabels []string // above each column; may be shorter than the columns
	RowLabels    []string // left of each row
}

// Layout of a grid, in pixels.
const (
	gridMargin  = 12
	gridGap     = 4
	gridWidth   = 1000
	gridText    = 15 // size of the type
	gridMaxSide = 1 << 14
)

var (
	paper = color.RGBA{255, 255, 255, 255}
	ink   = color.RGBA{32, 33, 36, 255}
)

// Grid lays images [n, h, w, c] in [−1, 1] out in rows of o.Columns (0: as square as it gets), enlarged so that small ones
// can be seen, with a title and labels. c is 1 (grey) or 3 (RGB); it panics on others, and when images is no whole number of
// them.
func Grid(images []float32, h, w, c int, o GridOptions) image.Image {
	item := h * w * c
	if item <= 0 || len(images)%item != 0 || c != 1 && c != 3 {
		panic(fmt.Sprintf("report: Grid: %d values are no images of %d×%d×%d (1 or 3 channels)", len(images), h, w, c))
	}
	n := len(images) / item
	cols := o.Columns
	if cols <= 0 {
		cols = int(math.Ceil(math.Sqrt(float64(n))))
	}
	cols = max(min(cols, n), 1)
	rows := max((n+cols-1)/cols, 1)
	scale := o.Scale
	if scale <= 0 {
		scale = min(max((gridWidth/cols-gridGap)/w, 1), 8)
		if w <= 32 {
			scale = max(scale, 2)
		}
	}
	for scale > 1 && (cols*(w*scale+gridGap) > gridMaxSide || rows*(h*scale+gridGap) > gridMaxSide) {
		scale--
	}

	left, top := gridMargin, gridMargin
	for _, label := range o.RowLabels {
		left = max(left, gridMargin+textWidth(label, gridText)+8)
	}
	if o.Title != "" {
		top += gridText + 12
	}
	if len(o.ColumnLabels) > 0 {
		top += gridText + 4
	}
	width := left + cols*(w*scale+gridGap) - gridGap + gridMargin
	width = max(width, textWidth(o.Title, gridText+1)+2*gridMargin)
	out := image.NewRGBA(image.Rect(0, 0, width, top+rows*(h*scale+gridGap)-gridGap+gridMargin))
	draw.Draw(out, out.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	drawText(out, gridMargin, gridMargin+gridText, gridText+1, o.Title, ink)
	for i := range n {
		x0, y0 := left+i%cols*(w*scale+gridGap), top+i/cols*(h*scale+gridGap)
		enlarge(out, x0, y0, scale, images[i*item:(i+1)*item], h, w, c)
	}
	for k, label := range o.ColumnLabels[:min(cols, len(o.ColumnLabels))] {
		x := left + k*(w*scale+gridGap) + (w*scale-textWidth(label, gridText-2))/2
		drawText(out, max(x, 0), top-6, gridText-2, label, ink)
	}
	for k, label := range o.RowLabels[:min(rows, len(o.RowLabels))] {
		drawText(out, gridMargin, top+k*(h*scale+gridGap)+(h*scale+gridText)/2, gridText, label, ink)
	}
	return out
}

// enlarge draws one image with each pixel as a square of scale×scale.
func enlarge(out *image.RGBA, x0, y0, scale int, img []float32, h, w, c int) {
	for y := range h {
		first := out.PixOffset(x0, y0+y*scale)
		row := out.Pix[first : first+4*w*scale]
		for x := range w {
			p := img[(y*w+x)*c:][:c]
			r := data.ToByte(p[0])
			g, b := r, r
			if c == 3 {
				g, b = data.ToByte(p[1]), data.ToByte(p[2])
			}
			for k := x * scale; k < (x+1)*scale; k++ {
				row[4*k], row[4*k+1], row[4*k+2], row[4*k+3] = r, g, b, 255
			}
		}
		for k := 1; k < scale; k++ {
			copy(out.Pix[out.PixOffset(x0, y0+y*scale+k):], row)
		}
	}
}

// typeface returns Liberation Sans at a size in pixels. Faces are not safe for concurrent use: each call makes its own.
func typeface(size int) font.Face {
	face, err := opentype.NewFace(parsedFont(), &opentype.FaceOptions{Size: float64(size), DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		panic(fmt.Sprintf("report: the embedded font: %v", err))
	}
	return face
}

var parsedFont = sync.OnceValue(func() *opentype.Font {
	f, err := opentype.Parse(liberationsansregular.TTF)
	if err != nil {
		panic(fmt.Sprintf("report: the embedded font: %v", err))
	}
	return f
})

func textWidth(s string, size int) int {
	if s == "" {
		return 0
	}
	return font.MeasureString(typeface(size), s).Ceil()
}

// drawText writes s with its base line beginning at (x, y).
func drawText(dst draw.Image, x, y, size int, s string, c color.Color) {
	if s == "" {
		return
	}
	d := font.Drawer{Dst: dst, Src: image.NewUniform(c), Face: typeface(size), Dot: fixed.P(x, y)}
	d.DrawString(s)
}
