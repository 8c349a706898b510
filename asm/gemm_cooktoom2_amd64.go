//go:build !noasm

package asm

func cookToom2InputKernel(v *float32, point int, places *[9]*float32, channels int) {
	if hasAVX512 {
		cookToom2InputAVX512(v, point, places, channels)
		return
	}
	cookToom2InputAVX2(v, point, places, channels)
}

func cookToom2OutputKernel(places *cookToom2Outputs, m *float32, point int, bias *float32, leak float32, channels int) {
	if hasAVX512 {
		cookToom2OutputAVX512(places, m, point, bias, leak, channels)
		return
	}
	cookToom2OutputAVX2(places, m, point, bias, leak, channels)
}

func cookToom2GradientKernel(v *float32, point int, places *[4]*float32, channels int) {
	if hasAVX512 {
		cookToom2GradientAVX512(v, point, places, channels)
		return
	}
	cookToom2GradientAVX2(v, point, places, channels)
}

func cookToom2PatchKernel(places *cookToom2Patches, m *float32, point int, leak float32, channels int) {
	if hasAVX512 {
		cookToom2PatchAVX512(places, m, point, leak, channels)
		return
	}
	cookToom2PatchAVX2(places, m, point, leak, channels)
}

// The kernels below are the transforms of the same names; point is in floats.

//go:noescape
func cookToom2InputAVX512(v *float32, point int, places *[9]*float32, channels int)

//go:noescape
func cookToom2OutputAVX512(places *cookToom2Outputs, m *float32, point int, bias *float32, leak float32, channels int)

//go:noescape
func cookToom2GradientAVX512(v *float32, point int, places *[4]*float32, channels int)

//go:noescape
func cookToom2PatchAVX512(places *cookToom2Patches, m *float32, point int, leak float32, channels int)

//go:noescape
func cookToom2InputAVX2(v *float32, point int, places *[9]*float32, channels int)

//go:noescape
func cookToom2OutputAVX2(places *cookToom2Outputs, m *float32, point int, bias *float32, leak float32, channels int)

//go:noescape
func cookToom2GradientAVX2(v *float32, point int, places *[4]*float32, channels int)

//go:noescape
func cookToom2PatchAVX2(places *cookToom2Patches, m *float32, point int, leak float32, channels int)
