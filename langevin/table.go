package langevin

import (
	"slices"

	"anila/asm/chain"
)

// row is all that the package knows about a kernel by its name.
type row struct {
	name    string
	size    size
	bounded bool // the step depends on Config.B
	// acceptance is the mean acceptance that a warm-up aims at; 0 means that the
	// kernel has no accept step. 0.574 and 0.234 are optimal in many dimensions
	// (Roberts and Rosenthal 1998; Roberts, Gelman and Gilks 1997), 0.8 is the
	// choice of Hoffman and Gelman (2014).
	acceptance float64
	// build makes the kernel of a resolved configuration, u its fused update.
	build func(c Config, u chain.Update) Kernel
}

// perNoise tells whether the bound, if the kernel has one, may be given in
// noise/drift: not without noise, and not that of amala, which bounds ∇f/T.
func (r row) perNoise() bool { return !r.bounded || r.size == driftAndNoise && r.name != "amala" }

// size is how the size of a kernel's step is given.
type size int

const (
	driftAndNoise size = iota // or Step, their short form
	driftAlone                // or Step; Noise is 0
	stepAlone                 // Step is a variance
	leapfrogStep              // Step is a length, of which there are Config.Leapfrog
)

// short tells whether Step is short for Drift and Noise.
func (s size) short() bool { return s == driftAndNoise || s == driftAlone }

var kernels = []row{
	{"langevin", driftAndNoise, false, 0, newUnadjusted},
	{"anila", driftAndNoise, true, 0, newUnadjusted},
	{"gd", driftAlone, true, 0, newUnadjusted},
	{"mala", driftAndNoise, false, 0.574, newMALA},
	{"anila-mala", driftAndNoise, true, 0.574, newMALA},
	{"amala", driftAndNoise, true, 0.574, newAMALA},
	{"hmc", leapfrogStep, false, 0.8, newHMC},
	{"rwm", stepAlone, false, 0.234, newRandomWalk},
}

// row finds the configuration's kernel; a name that is none gives the zero row.
func (c Config) row() row {
	if i := slices.IndexFunc(kernels, func(r row) bool { return r.name == c.Kernel }); i >= 0 {
		return kernels[i]
	}
	return row{}
}

// scopes names what |g| may be.
var scopes = []struct {
	name  string
	scope chain.Scope
}{{"coord", chain.Coord}, {"pixel", chain.Pixel}, {"sample", chain.Sample}}

// Kernels lists the kernels that Config.Kernel may name.
func Kernels() []string {
	var names []string
	for _, r := range kernels {
		names = append(names, r.name)
	}
	return names
}

// Scopes lists the norms that Config.Scope may name.
func Scopes() []string {
	var names []string
	for _, s := range scopes {
		names = append(names, s.name)
	}
	return names
}

// BUnits lists what Config.BUnit may be.
func BUnits() []string { return []string{"gradient", "noise/drift"} }

// DriftForms lists what Config.DriftForm may be.
func DriftForms() []string { return []string{"scaled", "full"} }

// NoiseForms lists what Config.NoiseForm may be.
func NoiseForms() []string { return []string{"sqrt", "linear"} }
