//go:build !noasm

package cooktoom

import "anila/asm/isa"

func input2x2Kernel(v *float32, point int, places *[9]*float32, channels int) {
	if isa.Current() == isa.AVX512 {
		input2x2AVX512(v, point, places, channels)
	} else {
		input2x2AVX2(v, point, places, channels)
	}
}

func output2x2Kernel(places *outputs2x2, m *float32, point int, bias *float32, leak float32, channels int) {
	if isa.Current() == isa.AVX512 {
		output2x2AVX512(places, m, point, bias, leak, channels)
	} else {
		output2x2AVX2(places, m, point, bias, leak, channels)
	}
}

func gradient2x2Kernel(v *float32, point int, places *[4]*float32, channels int) {
	if isa.Current() == isa.AVX512 {
		gradient2x2AVX512(v, point, places, channels)
	} else {
		gradient2x2AVX2(v, point, places, channels)
	}
}

func patch2x2Kernel(places *patches2x2, m *float32, point int, leak float32, channels int) {
	if isa.Current() == isa.AVX512 {
		patch2x2AVX512(places, m, point, leak, channels)
	} else {
		patch2x2AVX2(places, m, point, leak, channels)
	}
}

// The kernels below are the transforms of the same names; point is in floats.

//go:noescape
func input2x2AVX512(v *float32, point int, places *[9]*float32, channels int)

//go:noescape
func output2x2AVX512(places *outputs2x2, m *float32, point int, bias *float32, leak float32, channels int)

//go:noescape
func gradient2x2AVX512(v *float32, point int, places *[4]*float32, channels int)

//go:noescape
func patch2x2AVX512(places *patches2x2, m *float32, point int, leak float32, channels int)

//go:noescape
func input2x2AVX2(v *float32, point int, places *[9]*float32, channels int)

//go:noescape
func output2x2AVX2(places *outputs2x2, m *float32, point int, bias *float32, leak float32, channels int)

//go:noescape
func gradient2x2AVX2(v *float32, point int, places *[4]*float32, channels int)

//go:noescape
func patch2x2AVX2(places *patches2x2, m *float32, point int, leak float32, channels int)
