//go:build !noasm

package cooktoom

func input2x2Kernel(v *float32, point int, places *[9]*float32, channels int) {
	input2x2NEON(v, point, places, channels)
}

func output2x2Kernel(places *outputs2x2, m *float32, point int, bias *float32, leak float32, channels int) {
	output2x2NEON(places, m, point, bias, leak, channels)
}

func gradient2x2Kernel(v *float32, point int, places *[4]*float32, channels int) {
	gradient2x2NEON(v, point, places, channels)
}

func patch2x2Kernel(places *patches2x2, m *float32, point int, leak float32, channels int) {
	patch2x2NEON(places, m, point, leak, channels)
}

// The kernels below are the transforms of the same names; point is in floats.

//go:noescape
func input2x2NEON(v *float32, point int, places *[9]*float32, channels int)

//go:noescape
func output2x2NEON(places *outputs2x2, m *float32, point int, bias *float32, leak float32, channels int)

//go:noescape
func gradient2x2NEON(v *float32, point int, places *[4]*float32, channels int)

//go:noescape
func patch2x2NEON(places *patches2x2, m *float32, point int, leak float32, channels int)
