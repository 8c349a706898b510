package nn

import "anila/asm"

// fullWindow computes a convolution whose kernel is the whole image (a linear
// layer over H×W×C) as the matrix product it is: a 1×1 convolution of one pixel
// with H·W·C channels. Its weight has the image's order, [out][H·W][C], where
// PyTorch's has [out][C][H·W].
type fullWindow struct {
	pixels, channels int
	weight, grad     []float32
	row              []float32
}

// fullWindowFits says whether c is such a layer. With one output there is nothing
// to gain.
func (c *conv) fullWindowFits() bool {
	s := c.shape
	return s.KernelH == s.InH && s.KernelW == s.InW && s.Padding == 0 && s.InH*s.InW > 1 && s.OutC > 1
}

func newFullWindow(c *conv) *fullWindow {
	s := c.shape
	n := s.WeightSize()
	return &fullWindow{s.InH * s.InW, s.InC, aligned(n), aligned(n), aligned(s.InSize())}
}

// turn brings a weight in PyTorch's order into the image's.
func (f *fullWindow) turn(weight []float32) []float32 {
	for at := 0; at < len(weight); at += len(f.row) {
		transpose(f.weight[at:at+len(f.row)], weight[at:at+len(f.row)], f.channels, f.pixels)
	}
	return f.weight
}

// pull adds the gradient, in the image's order, to dw and empties it.
func (f *fullWindow) pull(dw []float32) {
	for at := 0; at < len(dw); at += len(f.row) {
		transpose(f.row, f.grad[at:at+len(f.row)], f.pixels, f.channels)
		asm.Add(dw[at:at+len(f.row)], f.row)
	}
	clear(f.grad)
}
