package tensor

import (
	"fmt"
	"slices"
	"strings"

	"anila/asm"
)

// Algorithm is a way to compute a convolution.
type Algorithm uint8

const (
	// ImplicitGEMM multiplies windows where they lie with packed weights: every
	// shape.
	ImplicitGEMM Algorithm = iota
	// CookToom is F(4×4, 2×2) over the four phases of a 4×4 convolution with
	// stride 2.
	CookToom
	// Winograd is F(2×2, 3×3) for 3×3 convolutions with stride 1.
	Winograd
	// CookToom2 is F(2×2, 2×2) where CookToom is F(4×4, 2×2).
	CookToom2
)

var algorithmNames = []string{"implicit-gemm", "cook-toom", "winograd", "cook-toom-2x2"}

func (a Algorithm) String() string { return algorithmNames[a] }

// AlgorithmTable is the version of the table that says which algorithm a shape
// gets: results of two versions may differ in their last bits.
const AlgorithmTable = 1

// algorithmTable is looked through from above; the first row of the tier that
// fits the shape holds. It comes from measurements (docs/performance.md), and
// never from one at start: the algorithm is part of a result's bits.
var algorithmTable = []struct {
	tier      asm.ISA
	algorithm Algorithm
	why       string
}{
	{asm.AVX512, CookToom, "25 products instead of 64 for a tile: 1.3–2.0 times the direct peak"},
	{asm.AVX512, Winograd, "16 products instead of 36 for a tile"},
	{asm.AVX2, CookToom, "25 products instead of 64 for a tile: 1.5–1.8 times the direct peak"},
	{asm.AVX2, Winograd, "16 products instead of 36 for a tile"},
	{asm.NEON, CookToom, "25 products instead of 64 for a tile (by counting, not measured)"},
	{asm.NEON, Winograd, "16 products instead of 36 for a tile (by counting, not measured)"},
}

// fits reports whether an algorithm covers a shape on the tier in force.
func (a Algorithm) fits(c Conv) bool {
	_, nr := asm.GemmTile()
	switch a {
	case CookToom, CookToom2:
		return cookToomFits(c, nr)
	case Winograd:
		return winogradFits(c, nr)
	}
	return true
}

// fixedAlgorithm is what FixAlgorithm said; nil means the table.
var fixedAlgorithm *Algorithm

// FixAlgorithm makes every plan made from now on use the named algorithm where
// it fits and implicit-gemm elsewhere; "" goes back to the table. It returns an
// error that lists the names when there is no such algorithm. It must not run
// while plans are made.
func FixAlgorithm(name string) error {
	if name == "" {
		fixedAlgorithm = nil
		return nil
	}
	i := slices.Index(algorithmNames, name)
	if i < 0 {
		return fmt.Errorf("tensor: no convolution algorithm %q; there are %s", name, strings.Join(algorithmNames, ", "))
	}
	a := Algorithm(i)
	fixedAlgorithm = &a
	return nil
}

// ChooseAlgorithm looks up the algorithm of a shape on the tier in force, and
// says why it is chosen.
func ChooseAlgorithm(c Conv) (Algorithm, string) {
	if fixedAlgorithm != nil {
		if fixedAlgorithm.fits(c) {
			return *fixedAlgorithm, "fixed by the user"
		}
		return ImplicitGEMM, fixedAlgorithm.String() + " is fixed by the user and does not fit"
	}
	for _, row := range algorithmTable {
		if row.tier == asm.Tier() && row.algorithm.fits(c) {
			return row.algorithm, row.why
		}
	}
	if thinGradientFits(c) {
		return ImplicitGEMM, "few channels: the input gradient is one product, then added up"
	}
	return ImplicitGEMM, "no faster algorithm for this shape on this instruction set"
}

// Algorithms are those that fit a shape on the tier in force, for measuring;
// NewConvPlanWith makes their plans.
func Algorithms(c Conv) []Algorithm {
	var fit []Algorithm
	for i := range algorithmNames {
		if a := Algorithm(i); a.fits(c) {
			fit = append(fit, a)
		}
	}
	return fit
}
