//go:build !noasm

package cooktoom

func input4x3Kernel(v *float32, point int, places *[36]*float32, channels int) {
	input4x3NEON(v, point, places, channels)
}

func output4x3Kernel(tile *tile4x3, m *float32, point int, bias *float32, leak float32, channels int) {
	output4x3NEON(tile, m, point, bias, leak, channels)
}

func masked4x3Kernel(tile *tile4x3, m *float32, point int, leak float32, channels int) {
	masked4x3NEON(tile, m, point, leak, channels)
}

func gradient4x3Kernel(v *float32, point int, places *[16]*float32, channels int) {
	gradient4x3NEON(v, point, places, channels)
}

func fold4x3Kernel(taps *[9][16]float32, m *float32, point int) {
	fold4x3NEON(taps, m, point)
}

// The kernels below are the transforms of the same names; point is in floats.

//go:noescape
func input4x3NEON(v *float32, point int, places *[36]*float32, channels int)

//go:noescape
func output4x3NEON(tile *tile4x3, m *float32, point int, bias *float32, leak float32, channels int)

//go:noescape
func masked4x3NEON(tile *tile4x3, m *float32, point int, leak float32, channels int)

//go:noescape
func gradient4x3NEON(v *float32, point int, places *[16]*float32, channels int)

//go:noescape
func fold4x3NEON(taps *[9][16]float32, m *float32, point int)
