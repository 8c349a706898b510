package tensor

import "anila/asm/gemm"

// thin is windowed with another input gradient, for 3×3 convolutions over images of
// few channels. Each output place is multiplied once with all taps and channels,
// side by side in the columns of one product, and the nine products that meet in an
// input place are added up.
type thin struct {
	*windowed
	columns int // 9·InC and padding
}

func thinFits(c Conv) bool {
	return c.KernelH == 3 && c.KernelW == 3 && c.Stride == 1 && c.Padding == 1 && 3*c.InC <= 16
}

func newThin(direct *windowed) *thin { return &thin{direct, roundUp(9*direct.InC, direct.nr)} }

func (k *thin) packedSizes() (forward, backward int) {
	return k.output.packedSize(), k.OutC * k.columns
}

// pack lays weights of the input gradient out as panels [panel][output][nr] of
// columns (tap row, tap column, input).
func (k *thin) pack(forward, backward, oihw []float32, _ *Workers) {
	k.packForward(forward, oihw)
	clear(backward)
	for o := range k.OutC {
		for i := range k.InC {
			for t := range 9 {
				q := t*k.InC + i
				backward[(q/k.nr*k.OutC+o)*k.nr+q%k.nr] = oihw[(o*k.InC+i)*9+t]
			}
		}
	}
}

// scratch is three rows of products, and one of zeros, or what the forward pass
// needs.
func (k *thin) scratch(int, int) int { return max(4*k.InW*k.columns, k.output.scratch()) }

func (k *thin) splits() bool { return false }

func (k *thin) inputGradient(c call) {
	line := k.InW * k.columns
	zero := c.scratch[3*line:][:line]
	clear(zero)
	width := k.InW * k.InC
	for i := range c.n {
		in, out := c.src[i*k.OutSize():][:k.OutSize()], c.dst[i*k.InSize():][:k.InSize()]
		for y := range k.InH + 1 {
			if y < k.InH {
				row := c.scratch[y%3*line:][:line]
				a := in[y*k.InW*k.OutC:]
				for j := 0; j < k.columns; j += k.nr {
					gemm.Micro(row[j:], k.columns, a, k.OutC, 1, c.weights[j*k.OutC:], k.nr, k.nr, k.OutC, k.InW, false)
				}
			}
			if y == 0 {
				continue
			}
			p := [3][]float32{zero, c.scratch[(y-1)%3*line:][:line], zero}
			if y < k.InH {
				p[0] = c.scratch[y%3*line:][:line]
			}
			if y > 1 {
				p[2] = c.scratch[(y-2)%3*line:][:line]
			}
			row := out[(y-1)*width:][:width]
			gemm.SumTaps(row, &p, k.columns, k.InW, k.InC)
			if c.Act != nil {
				gemm.StoreMasked(row, width, row, width, 1, width, c.Act[i*k.InSize()+(y-1)*width:], c.Leak)
			}
		}
	}
	c.finish(0, len(c.dst))
}
