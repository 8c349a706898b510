package vec

import "anila/asm/internal/span"

const panicBits = "vec: not one bit for each float"

// Signs sets bit i of bits where y[i] > 0, bit i%8 of byte i/8; bits has
// (len(y)+7)/8 bytes, and those beyond y in the last are zero. They are what the
// derivative of a leaky ReLU wants to know of an activation, in a 32nd of its
// memory. A NaN counts as not positive.
func Signs(bits []uint8, y []float32) {
	mustBits(len(bits), len(y))
	for i, j := range span.Of(len(y)) {
		signs(bits[i/8:(j+7)/8], y[i:j])
	}
}

// MaskSigns computes dx[i] *= leak where bit i of bits, as Signs sets them, is
// clear: with the signs of a leaky ReLU's output the same bits as LeakyReLUGradient.
func MaskSigns(dx []float32, bits []uint8, leak float32) {
	mustBits(len(bits), len(dx))
	for i, j := range span.Of(len(dx)) {
		maskSigns(dx[i:j], bits[i/8:(j+7)/8], leak)
	}
}

func mustBits(bytes, floats int) {
	if bytes != (floats+7)/8 {
		panic(panicBits)
	}
}
