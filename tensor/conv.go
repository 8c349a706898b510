package tensor

import "fmt"

// Conv is the shape of a convolution over NHWC images: InH×InW×InC in,
// OutH()×OutW()×OutC out, the same stride and zero padding on all sides.
type Conv struct {
	InH, InW, InC, OutC int
	KernelH, KernelW    int
	Stride, Padding     int
}

// OutH is the height of the output.
func (c Conv) OutH() int { return (c.InH+2*c.Padding-c.KernelH)/c.Stride + 1 }

// OutW is the width of the output.
func (c Conv) OutW() int { return (c.InW+2*c.Padding-c.KernelW)/c.Stride + 1 }

// MACs is the number of multiply-adds of one image in one direction that do not
// fall on padding.
func (c Conv) MACs() int {
	taps := func(in, out, kernel int) int {
		n := 0
		for o := range out {
			for k := range kernel {
				if i := o*c.Stride - c.Padding + k; i >= 0 && i < in {
					n++
				}
			}
		}
		return n
	}
	return taps(c.InH, c.OutH(), c.KernelH) * taps(c.InW, c.OutW(), c.KernelW) * c.InC * c.OutC
}

// InSize is the number of floats of an input image.
func (c Conv) InSize() int { return c.InH * c.InW * c.InC }

// OutSize is the number of floats of an output image.
func (c Conv) OutSize() int { return c.OutH() * c.OutW() * c.OutC }

// WeightSize is the number of weights.
func (c Conv) WeightSize() int { return c.OutC * c.InC * c.KernelH * c.KernelW }

// wholeImage reports whether the kernel is the whole image: a linear layer.
func (c Conv) wholeImage() bool {
	return c.KernelH == c.InH && c.KernelW == c.InW && c.Padding == 0
}

func (c Conv) String() string {
	return fmt.Sprintf("%dx%dx%d→%d %dx%d/%d pad %d", c.InH, c.InW, c.InC, c.OutC, c.KernelH, c.KernelW, c.Stride, c.Padding)
}

func (c Conv) check() {
	if min(c.InH, c.InW, c.InC, c.OutC, c.KernelH, c.KernelW, c.Stride) < 1 || c.Padding < 0 ||
		c.InH+2*c.Padding < c.KernelH || c.InW+2*c.Padding < c.KernelW {
		panic("tensor: impossible convolution " + c.String())
	}
}
