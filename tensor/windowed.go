package tensor

import "anila/asm/gemm"

// windowed multiplies the windows of images where they lie with packed weights:
// an implicit matrix product, for every shape.
type windowed struct {
	Conv
	mr, nr int
	output window
	// input has the windows of the input gradient, one for each phase of the
	// input's rows and columns. Their packed weights lie one behind the other.
	input []window
}

func newWindowed(c Conv) *windowed {
	k := &windowed{Conv: c}
	k.mr, k.nr = gemm.Tile()
	k.output = window{
		nr: k.nr, srcH: c.InH, srcW: c.InW, channels: c.InC, outH: c.OutH(), outW: c.OutW(), step: c.Stride,
		top: -c.Padding, left: -c.Padding, tapsH: c.KernelH, tapsW: c.KernelW,
		dstW: c.OutW(), dstStep: 1, dstSize: c.OutSize(), columns: c.OutC,
	}
	if c.wholeImage() {
		// One place, whose columns are all floats of the image.
		k.input = []window{{
			nr: k.nr, srcH: 1, srcW: 1, channels: c.OutC, step: 1, outH: 1, outW: 1, tapsH: 1, tapsW: 1,
			dstW: 1, dstStep: 1, dstSize: c.InSize(), columns: c.InSize(),
		}}
		return k
	}
	for py := range min(c.Stride, c.InH) {
		for px := range min(c.Stride, c.InW) {
			tapsH, top := c.phase(py, c.KernelH)
			tapsW, left := c.phase(px, c.KernelW)
			k.input = append(k.input, window{
				nr: k.nr, srcH: c.OutH(), srcW: c.OutW(), channels: c.OutC, step: 1,
				outH: (c.InH-py-1)/c.Stride + 1, outW: (c.InW-px-1)/c.Stride + 1,
				top: top, left: left, tapsH: tapsH, tapsW: tapsW,
				dstW: c.InW, dstStep: c.Stride, dstTop: py, dstLeft: px, dstSize: c.InSize(), columns: c.InC,
			})
		}
	}
	return k
}

// phase gives the taps that reach input places ≡ phase (mod Stride), and where
// the first of them lies in the output for the first such place. Going up in
// the output goes down in the kernel.
func (c Conv) phase(phase, kernel int) (taps, first int) {
	k := (phase + c.Padding) % c.Stride
	if k < kernel {
		taps = (kernel-k-1)/c.Stride + 1
	}
	return taps, (phase+c.Padding-k)/c.Stride - (taps - 1)
}

func (k *windowed) packedSizes() (forward, backward int) {
	for i := range k.input {
		backward += ArenaSize(k.input[i].packedSize())
	}
	return k.output.packedSize(), backward
}

func (k *windowed) pack(forward, backward, oihw []float32, _ *Workers) {
	k.packForward(forward, oihw)
	if k.wholeImage() {
		k.input[0].pack(backward, func(_, _, o, place int) float32 {
			return k.tap(oihw, o, place%k.InC, place/k.InC/k.InW, place/k.InC%k.InW)
		})
		return
	}
	for i := range k.input {
		g := &k.input[i]
		ky, kx := (g.dstTop+k.Padding)%k.Stride, (g.dstLeft+k.Padding)%k.Stride
		g.pack(backward, func(t, u, o, i int) float32 {
			return k.tap(oihw, o, i, ky+k.Stride*(g.tapsH-1-t), kx+k.Stride*(g.tapsW-1-u))
		})
		backward = backward[ArenaSize(g.packedSize()):]
	}
}

func (k *windowed) packForward(forward, oihw []float32) {
	k.output.pack(forward, func(t, u, i, o int) float32 { return k.tap(oihw, o, i, t, u) })
}

// tap is the weight of tap (y, x) from input i to output o.
func (k *windowed) tap(oihw []float32, o, i, y, x int) float32 {
	return oihw[((o*k.InC+i)*k.KernelH+y)*k.KernelW+x]
}

func (k *windowed) scratch(int, int) int {
	s := k.output.scratch()
	for i := range k.input {
		s = max(s, k.input[i].scratch())
	}
	return s
}

func (k *windowed) forward(c call) {
	k.output.run(&c)
	c.finish(0, len(c.dst))
}

func (k *windowed) inputGradient(c call) {
	for i := range k.input {
		k.input[i].run(&c)
		c.weights = c.weights[ArenaSize(k.input[i].packedSize()):]
	}
	c.finish(0, len(c.dst))
}

func (k *windowed) splits() bool { return k.output.splits() && k.input[0].splits() }

func (k *windowed) rows() int { return k.OutH() * k.OutW() }
