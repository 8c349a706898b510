package tensor

import "anila/asm"

// Algorithm is a way to compute a convolution.
type Algorithm uint8

const (
	// ImplicitGEMM gathers the windows of a few output places at a time and
	// multiplies them with packed weights: every shape.
	ImplicitGEMM Algorithm = iota
	// CookToom is F(4×4, 2×2) over the four phases of a 4×4 convolution with
	// stride 2.
	CookToom
	// Winograd is F(2×2, 3×3) for 3×3 convolutions with stride 1.
	Winograd
)

func (a Algorithm) String() string {
	return [...]string{"implicit-gemm", "cook-toom", "winograd"}[a]
}

// chooseAlgorithm looks the algorithm of a shape up. The choice is part of a
// result's bits: it depends on the shape and the tier alone.
func chooseAlgorithm(c Conv, tier asm.ISA) Algorithm {
	_, nr := asm.GemmTile()
	switch {
	case (tier == asm.AVX512 || tier == asm.AVX2) && cookToomFits(c, nr):
		return CookToom
	case tier == asm.AVX512 && winogradFits(c, nr):
		return Winograd
	}
	return ImplicitGEMM
}
