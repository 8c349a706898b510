package vec

const panicBits = "vec: not one bit for each float"

// Signs sets bit i of bits where y[i] > 0, bit i%8 of byte i/8; bits has
// (len(y)+7)/8 bytes, and those beyond y in the last are zero. They are what the
// derivative of a leaky ReLU wants to know of an activation, in a 32nd of its
// memory. A NaN counts as not positive.
func Signs(bits []uint8, y []float32) {
	mustBits(len(bits), len(y))
	for len(y) > callSpan {
		signs(bits[:callSpan/8], y[:callSpan])
		bits, y = bits[callSpan/8:], y[callSpan:]
	}
	signs(bits, y)
}

// MaskSigns computes dx[i] *= leak where bit i of bits, as Signs sets them, is
// clear: with the signs of a leaky ReLU's output the same bits as LeakyReLUGradient.
func MaskSigns(dx []float32, bits []uint8, leak float32) {
	mustBits(len(bits), len(dx))
	for len(dx) > callSpan {
		maskSigns(dx[:callSpan], bits[:callSpan/8], leak)
		dx, bits = dx[callSpan:], bits[callSpan/8:]
	}
	maskSigns(dx, bits, leak)
}

func mustBits(bytes, floats int) {
	if bytes != (floats+7)/8 {
		panic(panicBits)
	}
}

func signsGeneric(bits []uint8, y []float32) {
	clear(bits)
	for i, v := range y {
		if v > 0 {
			bits[i/8] |= 1 << (i % 8)
		}
	}
}

func maskSignsGeneric(dx []float32, bits []uint8, leak float32) {
	for i := range dx {
		if bits[i/8]>>(i%8)&1 == 0 {
			dx[i] *= leak
		}
	}
}
