//go:build !noasm

package asm

func cookToom2InputKernel(v *float32, point int, places *[9]*float32, channels int) {
	cookToom2InputNEON(v, point, places, channels)
}

func cookToom2OutputKernel(places *cookToom2Outputs, m *float32, point int, bias *float32, leak float32, channels int) {
	cookToom2OutputNEON(places, m, point, bias, leak, channels)
}

func cookToom2GradientKernel(v *float32, point int, places *[4]*float32, channels int) {
	cookToom2GradientNEON(v, point, places, channels)
}

func cookToom2PatchKernel(places *cookToom2Patches, m *float32, point int, leak float32, channels int) {
	cookToom2PatchNEON(places, m, point, leak, channels)
}

// The kernels below are the transforms of the same names; point is in floats.

//go:noescape
func cookToom2InputNEON(v *float32, point int, places *[9]*float32, channels int)

//go:noescape
func cookToom2OutputNEON(places *cookToom2Outputs, m *float32, point int, bias *float32, leak float32, channels int)

//go:noescape
func cookToom2GradientNEON(v *float32, point int, places *[4]*float32, channels int)

//go:noescape
func cookToom2PatchNEON(places *cookToom2Patches, m *float32, point int, leak float32, channels int)
