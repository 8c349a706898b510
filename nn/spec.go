package nn

import (
	"cmp"
	"fmt"
	"slices"

	"anila/internal/field"
)

// Spec names a network. Zero fields mean the default.
type Spec struct {
	Net     string  // one of Nets, or "layers"
	N       int     // width, 32
	Leak    float64 // of the leaky ReLUs, 0.05; resnet and pyramid have none
	H, W, C int     // image, 32×32×3; toy 1×1×2

	// SpectralNorm divides every weight by its largest singular value, except
	// those that start at zero (W of the non-local blocks); in pyramid that of
	// the 3×3 and 4×4 convolutions.
	SpectralNorm bool

	// Fade is the weight of pyramid's first block while it is faded in, 0 where
	// it stands in full.
	Fade float64

	Widths []int       // of mlp's layers but the last, 128 128
	Layers []LayerSpec // of Net "layers", and of no other
}

// Nets lists the built-in networks. Beside them there is "layers", a list of a
// user's own.
func Nets() []string { return []string{"toy", "vanilla", "nonlocal", "resnet", "pyramid", "mlp"} }

// maxActivation is the largest activation of an image, in floats: what stands in a
// file's metadata must not ask for more memory than people have.
const maxActivation = 64 << 20

// Validate returns nil, or field.Errors of Net, N, Leak and Fade. What images a
// network takes is said where it is made.
func (s Spec) Validate() error {
	var errs field.Errors
	errs.OneOf("Net", s.Net, append(Nets(), "layers"))
	errs.Check(s.N >= 0 && s.N <= 4096, "N", s.N, "an integer from 1 to 4096")
	errs.Check(s.Net != "nonlocal" || s.N%2 == 0, "N", s.N, "an even width for network nonlocal")
	errs.Check(s.Leak >= 0 && s.Leak < 1, "Leak", s.Leak, "a number in (0, 1)")
	errs.Check(s.Fade >= 0 && s.Fade <= 1, "Fade", s.Fade, "a number in [0, 1]")
	errs.Check(len(s.Widths) <= maxLayers && !slices.ContainsFunc(s.Widths, func(w int) bool { return w < 1 || w > maxWidth }), "Widths", s.Widths,
		fmt.Sprintf("a list of widths from 1 to %d", maxWidth))
	errs.Check(s.Net == "layers" || len(s.Layers) == 0, "Layers", s.Layers, "no layers, or Net = layers")
	errs.Check(s.Net != "layers" || len(s.Layers) > 0, "Layers", s.Layers, "a list of layers")
	return errs.Err()
}

// complete fills in the defaults and checks what a user can get wrong.
func (s Spec) complete() (Spec, error) {
	if err := s.Validate(); err != nil {
		return s, fmt.Errorf("nn: %w", err)
	}
	side, channels := 32, 3
	if s.Net == "toy" || s.Net == "mlp" {
		side, channels = 1, 2
	}
	s.N, s.Leak = cmp.Or(s.N, 32), cmp.Or(s.Leak, 0.05)
	s.H, s.W, s.C = cmp.Or(s.H, side), cmp.Or(s.W, side), cmp.Or(s.C, channels)
	if s.Net == "mlp" && len(s.Widths) == 0 {
		s.Widths = []int{128, 128}
	}
	width := max(s.N, s.C)
	if s.Net == "mlp" || s.Net == "layers" {
		width = s.C // what their layers take is seen as they are drawn
	}
	switch {
	case s.C < 1 || s.C > 4096:
		return s, fmt.Errorf("nn: network %s: images of %d channels", s.Net, s.C)
	case s.H < 1 || s.W < 1 || s.H > 4096 || s.W > 4096:
		return s, fmt.Errorf("nn: network %s: images of %d×%d; sides lie in 1 … 4096", s.Net, s.H, s.W)
	case s.H*s.W*width > maxActivation:
		return s, fmt.Errorf("nn: network %s: images of %d×%d at a width of %d would take %d MB for each layer of each of them; at most %d MB are taken",
			s.Net, s.H, s.W, width, s.H*s.W*width>>18, maxActivation>>18)
	}
	switch s.Net {
	case "toy":
		if s.H != 1 || s.W != 1 {
			return s, fmt.Errorf("nn: network toy takes points (images of 1×1), not %d×%d", s.H, s.W)
		}
	case "vanilla":
		if s.H < 32 || s.W < 32 {
			return s, fmt.Errorf("nn: network vanilla needs images of at least 32×32, not %d×%d: resize or pad them", s.H, s.W)
		}
	case "nonlocal", "resnet":
		if s.H%8 != 0 || s.W%8 != 0 {
			return s, fmt.Errorf("nn: network %s needs sides that are multiples of 8, not %d×%d: resize or pad the images", s.Net, s.H, s.W)
		}
	}
	if s.Net == "pyramid" && (s.H != s.W || s.H < 8 || s.H&(s.H-1) != 0) {
		return s, fmt.Errorf("nn: network pyramid needs square images of 8, 16, 32, … pixels, not %d×%d: resize them", s.H, s.W)
	}
	switch {
	case s.Fade == 1:
		s.Fade = 0
	case s.Fade != 0 && (s.Net != "pyramid" || s.H < 16):
		return s, fmt.Errorf("nn: network %s of %d×%d has no block to fade in", s.Net, s.H, s.W)
	}
	return s, nil
}

// graph completes s and draws the network that it names.
func (s Spec) graph() (Spec, *Graph, *Value, error) {
	s, err := s.complete()
	if err != nil {
		return s, nil, nil, err
	}
	g, f, err := s.draw()
	return s, g, f, err
}

// New returns the network that s names, with its parameters zero: call Init or
// load weights. Errors name the field and what would be right.
func New(s Spec) (*Network, error) {
	s, g, f, err := s.graph()
	if err != nil {
		return nil, err
	}
	if paramFloats(g) > maxParams {
		return nil, fmt.Errorf("nn: network %s would have more than %d parameters", s.Net, maxParams)
	}
	n := NewNetwork(g, f)
	n.spec = s
	return n, nil
}

// maxParams is the most parameters that New makes, four gigabytes of them.
const maxParams = 1 << 30

// paramFloats counts the floats of all parameters, and stops beyond maxParams.
func paramFloats(g *Graph) int {
	total := 0
	for _, p := range g.params {
		n := 1
		for _, d := range p.Shape {
			if n *= d; n > maxParams {
				return n
			}
		}
		if total += n; total > maxParams {
			break
		}
	}
	return total
}

// draw draws the graph of a completed spec; it makes no parameter memory.
func (s Spec) draw() (*Graph, *Value, error) {
	g := NewGraph(s.H, s.W, s.C)
	if s.Net == "pyramid" {
		return g, pyramid(g, s), nil
	}
	drawn, err := drawLayers(g, s.list(), s.Leak)
	if err != nil {
		return nil, nil, err
	}
	for _, v := range g.values {
		if c, ok := v.op.(*conv); ok && s.SpectralNorm && c.weight.init.bound != 0 {
			g.SpectralNorm(v)
		}
	}
	return g, drawn[len(drawn)-1].out, nil
}
