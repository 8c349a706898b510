//go:build !noasm

package cooktoom

import "anila/asm/isa"

func input4x3Kernel(v *float32, point int, places *[36]*float32, channels, tiles, step, next int) {
	if isa.Current() == isa.AVX512 {
		input4x3AVX512(v, point, places, channels, tiles, step, next)
		return
	}
	input4x3AVX2(v, point, places, channels, tiles, step, next)
}

func output4x3Kernel(tile *tile4x3, m *float32, point int, bias *float32, leak float32, channels, tiles, step, next int) {
	if isa.Current() == isa.AVX512 {
		output4x3AVX512(tile, m, point, bias, leak, channels, tiles, step, next)
		return
	}
	output4x3AVX2(tile, m, point, bias, leak, channels, tiles, step, next)
}

func masked4x3Kernel(tile *tile4x3, m *float32, point int, leak float32, channels, tiles, step, next int) {
	if isa.Current() == isa.AVX512 {
		masked4x3AVX512(tile, m, point, leak, channels, tiles, step, next)
		return
	}
	masked4x3AVX2(tile, m, point, leak, channels, tiles, step, next)
}

func gradient4x3Kernel(v *float32, point int, places *[16]*float32, channels, tiles, step, next int) {
	if isa.Current() == isa.AVX512 {
		gradient4x3AVX512(v, point, places, channels, tiles, step, next)
		return
	}
	gradient4x3AVX2(v, point, places, channels, tiles, step, next)
}

func fold4x3Kernel(taps *[9][16]float32, m *float32, point int) {
	if isa.Current() == isa.AVX512 {
		fold4x3AVX512(taps, m, point)
		return
	}
	fold4x3AVX2(taps, m, point)
}

// The kernels below are the transforms of the same names; point is in floats, step the
// bytes from the end of a tile's channels to the next tile's, next those by which the
// points go on more than the places.

//go:noescape
func input4x3AVX512(v *float32, point int, places *[36]*float32, channels, tiles, step, next int)

//go:noescape
func output4x3AVX512(tile *tile4x3, m *float32, point int, bias *float32, leak float32, channels, tiles, step, next int)

//go:noescape
func masked4x3AVX512(tile *tile4x3, m *float32, point int, leak float32, channels, tiles, step, next int)

//go:noescape
func gradient4x3AVX512(v *float32, point int, places *[16]*float32, channels, tiles, step, next int)

//go:noescape
func input4x3AVX2(v *float32, point int, places *[36]*float32, channels, tiles, step, next int)

//go:noescape
func output4x3AVX2(tile *tile4x3, m *float32, point int, bias *float32, leak float32, channels, tiles, step, next int)

//go:noescape
func masked4x3AVX2(tile *tile4x3, m *float32, point int, leak float32, channels, tiles, step, next int)

//go:noescape
func gradient4x3AVX2(v *float32, point int, places *[16]*float32, channels, tiles, step, next int)

//go:noescape
func fold4x3AVX512(taps *[9][16]float32, m *float32, point int)

//go:noescape
func fold4x3AVX2(taps *[9][16]float32, m *float32, point int)
