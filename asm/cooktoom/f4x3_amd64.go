//go:build !noasm

package cooktoom

import "anila/asm/isa"

func input4x3Kernel(v *float32, point int, places *[36]*float32, channels int) {
	if isa.Current() == isa.AVX512 {
		input4x3AVX512(v, point, places, channels)
		return
	}
	input4x3AVX2(v, point, places, channels)
}

func output4x3Kernel(tile *tile4x3, m *float32, point int, bias *float32, leak float32, channels int) {
	if isa.Current() == isa.AVX512 {
		output4x3AVX512(tile, m, point, bias, leak, channels)
		return
	}
	output4x3AVX2(tile, m, point, bias, leak, channels)
}

func masked4x3Kernel(tile *tile4x3, m *float32, point int, leak float32, channels int) {
	if isa.Current() == isa.AVX512 {
		masked4x3AVX512(tile, m, point, leak, channels)
		return
	}
	masked4x3AVX2(tile, m, point, leak, channels)
}

func gradient4x3Kernel(v *float32, point int, places *[16]*float32, channels int) {
	if isa.Current() == isa.AVX512 {
		gradient4x3AVX512(v, point, places, channels)
		return
	}
	gradient4x3AVX2(v, point, places, channels)
}

func fold4x3Kernel(taps *[9][16]float32, m *float32, point int) {
	if isa.Current() == isa.AVX512 {
		fold4x3AVX512(taps, m, point)
		return
	}
	fold4x3AVX2(taps, m, point)
}

// The kernels below are the transforms of the same names; point is in floats.

//go:noescape
func input4x3AVX512(v *float32, point int, places *[36]*float32, channels int)

//go:noescape
func output4x3AVX512(tile *tile4x3, m *float32, point int, bias *float32, leak float32, channels int)

//go:noescape
func masked4x3AVX512(tile *tile4x3, m *float32, point int, leak float32, channels int)

//go:noescape
func gradient4x3AVX512(v *float32, point int, places *[16]*float32, channels int)

//go:noescape
func input4x3AVX2(v *float32, point int, places *[36]*float32, channels int)

//go:noescape
func output4x3AVX2(tile *tile4x3, m *float32, point int, bias *float32, leak float32, channels int)

//go:noescape
func masked4x3AVX2(tile *tile4x3, m *float32, point int, leak float32, channels int)

//go:noescape
func gradient4x3AVX2(v *float32, point int, places *[16]*float32, channels int)

//go:noescape
func fold4x3AVX512(taps *[9][16]float32, m *float32, point int)

//go:noescape
func fold4x3AVX2(taps *[9][16]float32, m *float32, point int)
