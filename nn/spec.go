package nn

import (
	"cmp"
	"fmt"

	"anila/internal/field"
)

// Spec names one of the built-in networks. Zero fields mean the default.
type Spec struct {
	Net     string  // toy, vanilla, nonlocal, resnet or pyramid
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
}

// Nets lists the built-in networks.
func Nets() []string { return []string{"toy", "vanilla", "nonlocal", "resnet", "pyramid"} }

// maxActivation is the largest activation of an image, in floats: what stands in a
// file's metadata must not ask for more memory than people have.
const maxActivation = 64 << 20

// Validate returns nil, or field.Errors of Net, N, Leak and Fade. What images a
// network takes is said where it is made.
func (s Spec) Validate() error {
	var errs field.Errors
	errs.OneOf("Net", s.Net, Nets())
	errs.Check(s.N >= 0 && s.N <= 4096, "N", s.N, "an integer from 1 to 4096")
	errs.Check(s.Net != "nonlocal" || s.N%2 == 0, "N", s.N, "an even width for network nonlocal")
	errs.Check(s.Leak >= 0 && s.Leak < 1, "Leak", s.Leak, "a number in (0, 1)")
	errs.Check(s.Fade >= 0 && s.Fade <= 1, "Fade", s.Fade, "a number in [0, 1]")
	return errs.Err()
}

// complete fills in the defaults and checks what a user can get wrong.
func (s Spec) complete() (Spec, error) {
	if err := s.Validate(); err != nil {
		return s, fmt.Errorf("nn: %w", err)
	}
	side, channels := 32, 3
	if s.Net == "toy" {
		side, channels = 1, 2
	}
	s.N, s.Leak = cmp.Or(s.N, 32), cmp.Or(s.Leak, 0.05)
	s.H, s.W, s.C = cmp.Or(s.H, side), cmp.Or(s.W, side), cmp.Or(s.C, channels)
	switch {
	case s.C < 1 || s.C > 4096:
		return s, fmt.Errorf("nn: network %s: images of %d channels", s.Net, s.C)
	case s.H < 1 || s.W < 1 || s.H > 4096 || s.W > 4096:
		return s, fmt.Errorf("nn: network %s: images of %d×%d; sides lie in 1 … 4096", s.Net, s.H, s.W)
	case s.H*s.W*max(s.N, s.C) > maxActivation:
		return s, fmt.Errorf("nn: network %s: images of %d×%d at a width of %d would take %d MB for each layer of each of them; at most %d MB are taken",
			s.Net, s.H, s.W, s.N, s.H*s.W*max(s.N, s.C)>>18, maxActivation>>18)
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

// New returns the network that s names, with its parameters zero: call Init or
// load weights. Errors name the field and what would be right.
func New(s Spec) (*Network, error) {
	s, err := s.complete()
	if err != nil {
		return nil, err
	}
	g, f := s.draw()
	n := NewNetwork(g, f)
	n.spec = s
	return n, nil
}

// draw draws the graph of a completed spec; it makes no parameter memory.
func (s Spec) draw() (*Graph, *Value) {
	g := NewGraph(s.H, s.W, s.C)
	draw := map[string]func(*Graph, Spec) *Value{
		"toy": toy, "vanilla": vanilla, "nonlocal": nonlocal, "resnet": resnet, "pyramid": pyramid,
	}
	f := draw[s.Net](g, s)
	if s.Net == "pyramid" {
		return g, f
	}
	for _, v := range g.values {
		if c, ok := v.op.(*conv); ok && s.SpectralNorm && c.weight.init.bound != 0 {
			g.SpectralNorm(v)
		}
	}
	return g, f
}
