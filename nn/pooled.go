package nn

import "anila/tensor"

// pooled is a 3×3 convolution and the average pooling of 2×2 windows behind it as one
// 4×4 convolution with stride 2, whose kernel is the mean of the 3×3 kernel at the
// four places of a window: 16 products an output for 36.
type pooled struct {
	kernels, grad []float32 // of 4×4
}

// poolsInto reports whether the average pooling behind a convolution can be a part of it.
func (c *conv) poolsInto(p *avgPool) bool {
	s := c.shape
	return s.KernelH == 3 && s.KernelW == 3 && s.Stride == 1 && s.Padding == 1 && p.pooling.Size == 2 && p.pooling.Stride == 2
}

// newPooled returns the parts of the convolution with the pooling, and its shape.
func newPooled(c tensor.Conv) (*pooled, tensor.Conv) {
	c.KernelH, c.KernelW, c.Stride = 4, 4, 2
	return &pooled{}, c
}

// allocate takes memory for so many weights.
func (p *pooled) allocate(size int) { *p = pooled{make([]float32, size), make([]float32, size)} }

// spread writes the 4×4 kernels of 3×3 ones.
func (p *pooled) spread(weight []float32) []float32 {
	for i := 0; i < len(weight)/9; i++ {
		w, k := (*[9]float32)(weight[9*i:]), (*[16]float32)(p.kernels[16*i:])
		*k = [16]float32{}
		for y := range 3 {
			for x := range 3 {
				v := w[3*y+x] / 4
				k[4*y+x] += v
				k[4*y+x+1] += v
				k[4*y+x+4] += v
				k[4*y+x+5] += v
			}
		}
	}
	return p.kernels
}

// gather adds the gradient with respect to the 4×4 kernels to that of the 3×3 ones, and
// empties it.
func (p *pooled) gather(dw []float32) {
	for i := 0; i < len(dw)/9; i++ {
		d, k := (*[9]float32)(dw[9*i:]), (*[16]float32)(p.grad[16*i:])
		for y := range 3 {
			for x := range 3 {
				d[3*y+x] += (k[4*y+x] + k[4*y+x+1] + k[4*y+x+4] + k[4*y+x+5]) / 4
			}
		}
	}
	clear(p.grad)
}
