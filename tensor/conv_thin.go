package tensor

import "anila/asm/gemm"

// thinGradient computes the input gradient of a 3×3 convolution over images
// of few channels. Each output place is multiplied once with all taps and
// channels, side by side in the columns of one product, and the nine products
// that meet in an input place are added up.
type thinGradient struct {
	Conv
	columns int // 9·InC and padding
}

func thinGradientFits(c Conv) bool {
	return c.KernelH == 3 && c.KernelW == 3 && c.Stride == 1 && c.Padding == 1 && 3*c.InC <= 16
}

// pack lays weights out as panels [panel][output][nr] of columns (tap row, tap
// column, input).
func (g *thinGradient) pack(dst, oihw []float32, nr int) {
	clear(dst)
	for o := range g.OutC {
		for i := range g.InC {
			for t := range 9 {
				q := t*g.InC + i
				dst[(q/nr*g.OutC+o)*nr+q%nr] = oihw[(o*g.InC+i)*9+t]
			}
		}
	}
}

// scratch is three rows of products, and one of zeros.
func (g *thinGradient) scratch() int { return 4 * g.InW * g.columns }

func (g *thinGradient) run(dx, dy []float32, n int, weights []float32, nr int, act []float32, leak float32, scratch []float32) {
	line := g.InW * g.columns
	zero := scratch[3*line:][:line]
	clear(zero)
	width := g.InW * g.InC
	for i := range n {
		in, out := dy[i*g.OutSize():][:g.OutSize()], dx[i*g.InSize():][:g.InSize()]
		for y := range g.InH + 1 {
			if y < g.InH {
				row := scratch[y%3*line:][:line]
				a := in[y*g.InW*g.OutC:]
				for j := 0; j < g.columns; j += nr {
					gemm.Micro(row[j:], g.columns, a, g.OutC, 1, weights[j*g.OutC:], nr, g.OutC, g.InW, false)
				}
			}
			if y == 0 {
				continue
			}
			p := [3][]float32{zero, scratch[(y-1)%3*line:][:line], zero}
			if y < g.InH {
				p[0] = scratch[y%3*line:][:line]
			}
			if y > 1 {
				p[2] = scratch[(y-2)%3*line:][:line]
			}
			row := out[(y-1)*width:][:width]
			gemm.SumTaps(row, &p, g.columns, g.InW, g.InC)
			if act != nil {
				gemm.StoreMasked(row, width, row, width, 1, width, act[i*g.InSize()+(y-1)*width:], leak)
			}
		}
	}
}
