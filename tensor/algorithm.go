package tensor

import (
	"fmt"
	"slices"
	"strings"

	"anila/asm/isa"
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
	// Winograd4 is F(4×4, 3×3) where Winograd is F(2×2, 3×3).
	Winograd4
)

var algorithmNames = []string{"implicit-gemm", "cook-toom", "winograd", "cook-toom-2x2", "winograd-4x4"}

func (a Algorithm) String() string { return algorithmNames[a] }

// AlgorithmTable is the version of the table that says which algorithm a shape
// gets: results of two versions may differ in their last bits. Version 1 had
// CookToom for images that tiles of 4×4 fill, and not CookToom2; version 2 had no
// dot products for few outputs, and weighed partial tiles of 4×4 higher; version 3 had
// no Winograd4; version 4 divided by 1 + exp(−x) where swish now multiplies, and had
// CookToom at the points 0, 1, −1, ½, ∞.
const AlgorithmTable = 5

// algorithmTable says which algorithms a tier has; of those that fit a shape, and
// ImplicitGEMM, the one with the least cost holds. It comes from measurements
// (docs/kernels.md), and never from one at start: the algorithm is part of a
// result's bits.
var algorithmTable = []struct {
	tier      isa.Tier
	algorithm Algorithm
	transform int // of a channel of a point, in products
	why       string
}{
	{isa.AVX512, CookToom, 18, "25 products instead of 64 for a tile of 4×4: 1.3–2.0 times the direct peak"},
	{isa.AVX512, CookToom2, 18, "9 products instead of 16 for a tile of 2×2: 1.4–1.6 times as fast as direct"},
	{isa.AVX512, Winograd, 0, "16 products instead of 36 for a tile of 2×2: 1.5–2 times as fast as direct"},
	{isa.AVX512, Winograd4, 3, "36 products instead of 144 for a tile of 4×4: 2.1–3.5 times as fast as direct"},
	{isa.AVX2, CookToom, 18, "25 products instead of 64 for a tile of 4×4: 1.5–1.8 times the direct peak"},
	{isa.AVX2, CookToom2, 18, "9 products instead of 16 for a tile of 2×2: 1.3–1.7 times as fast as direct"},
	{isa.AVX2, Winograd, 0, "16 products instead of 36 for a tile of 2×2: 1.8–2.2 times as fast as direct"},
	{isa.AVX2, Winograd4, 3, "36 products instead of 144 for a tile of 4×4: 2.7–3.6 times as fast as direct"},
	{isa.NEON, CookToom, 18, "25 products instead of 64 for a tile of 4×4 (by counting, not measured)"},
	{isa.NEON, CookToom2, 18, "9 products instead of 16 for a tile of 2×2 (by counting, not measured)"},
	{isa.NEON, Winograd, 0, "16 products instead of 36 for a tile of 2×2 (by counting, not measured)"},
	{isa.NEON, Winograd4, 3, "36 products instead of 144 for a tile of 4×4 (by counting, not measured)"},
}

// cost is the work of an image and a direction in products, with those that the
// transforms would take the time of.
func (a Algorithm) cost(c Conv, transform int) int {
	if t := tilings[a]; t != nil {
		return t.cost(c, transform)
	}
	// The matrix kernel takes a row of outputs at a time, as long as six of them
	// however few there are.
	return c.OutH() * max(c.OutW(), 6) * c.KernelH * c.KernelW * c.InC * c.OutC
}

// fits reports whether an algorithm covers a shape on the tier in force.
func (a Algorithm) fits(c Conv) bool {
	t := tilings[a]
	return t == nil || t.fits(c)
}

// fixedAlgorithm is what FixAlgorithm said; nil means the table.
var fixedAlgorithm *Algorithm

// AlgorithmNames lists what FixAlgorithm takes.
func AlgorithmNames() []string { return slices.Clone(algorithmNames) }

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

// FixedAlgorithm is the name that FixAlgorithm was given, "" for the table.
func FixedAlgorithm() string {
	if fixedAlgorithm == nil {
		return ""
	}
	return fixedAlgorithm.String()
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
	best, why := ImplicitGEMM, "no faster algorithm for this shape on this instruction set"
	if c.wholeImage() && c.OutC <= dotColumns {
		why = "few outputs: each is a dot product"
	}
	if thinFits(c) {
		why = "few channels: the input gradient is one product, then added up"
	}
	least := best.cost(c, 0)
	for _, row := range algorithmTable {
		if row.tier != isa.Current() || !row.algorithm.fits(c) {
			continue
		}
		if cost := row.algorithm.cost(c, row.transform); cost < least {
			best, why, least = row.algorithm, row.why, cost
		} else if best == ImplicitGEMM {
			why = "transforms of so few channels take longer than the products that they save"
		}
	}
	if tilings[best] != nil {
		why += fmt.Sprintf("; an image takes %d products a channel directly", c.OutH()*c.OutW()*c.KernelH*c.KernelW)
		for _, a := range Algorithms(c) {
			if t := tilings[a]; t != nil {
				k := newTiled(c, t)
				why += fmt.Sprintf(", %d in tiles of %d×%d", k.rows()*k.points*k.phases(), t.side, t.side)
			}
		}
	}
	return best, why
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
