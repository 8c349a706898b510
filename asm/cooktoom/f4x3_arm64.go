//go:build !noasm

package cooktoom

func input4x3Kernel(v *float32, point int, places *[36]*float32, channels, tiles, step, next int) {
	input4x3NEON(v, point, places, channels, tiles, step, next)
}

func output4x3Kernel(tile *tile4x3, m *float32, point int, bias *float32, leak float32, channels, tiles, step, next int) {
	output4x3NEON(tile, m, point, bias, leak, channels, tiles, step, next)
}

func masked4x3Kernel(tile *tile4x3, m *float32, point int, leak float32, channels, tiles, step, next int) {
	masked4x3NEON(tile, m, point, leak, channels, tiles, step, next)
}

func gradient4x3Kernel(v *float32, point int, places *[16]*float32, channels, tiles, step, next int) {
	gradient4x3NEON(v, point, places, channels, tiles, step, next)
}

func fold4x3Kernel(taps *[9][16]float32, m *float32, point int) {
	fold4x3NEON(taps, m, point)
}

// The kernels below are the transforms of the same names; point is in floats, step the
// bytes from the end of a tile's channels to the next tile's, next those by which the
// points go on more than the places.

//go:noescape
func input4x3NEON(v *float32, point int, places *[36]*float32, channels, tiles, step, next int)

//go:noescape
func output4x3NEON(tile *tile4x3, m *float32, point int, bias *float32, leak float32, channels, tiles, step, next int)

//go:noescape
func masked4x3NEON(tile *tile4x3, m *float32, point int, leak float32, channels, tiles, step, next int)

//go:noescape
func gradient4x3NEON(v *float32, point int, places *[16]*float32, channels, tiles, step, next int)

//go:noescape
func fold4x3NEON(taps *[9][16]float32, m *float32, point int)
