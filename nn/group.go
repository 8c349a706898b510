package nn

// A group is the first steps of a program, run on a few images at a time, so
// that activations between them stay in the second-level cache: the next step
// reads them there. Neither they nor their gradients ever leave it: what the
// backward pass wants of them is one bit for each float, the mask of the leaky
// ReLU. Steps join as long as they follow each other, move more activations than
// weights, and their packed weights fit beside the images.
type group struct {
	steps  int // 0: none
	images int
}

const (
	// groupWeights bounds the packed floats of a convolution in a group: half
	// of a 2 MiB cache.
	groupWeights = 1 << 18
	// groupActivations bounds the floats between two steps of a group.
	groupActivations = 3 << 16
)

// findGroup chooses the group of a program.
func findGroup(p *program) group {
	g := group{images: 1 << 30}
	for i, s := range p.steps {
		in, out := p.slots[s.in[0]].size, p.slots[s.out].size
		if i > 0 && s.in[0] != p.steps[i-1].out || len(s.in) != 1 {
			break
		}
		if c, ok := s.op.(*conv); ok && c.plan.PackedSize() > groupWeights {
			break
		}
		images := groupActivations / (in + out)
		if images < 1 {
			break
		}
		g.steps, g.images = i+1, min(g.images, images)
		if out < 1<<14 {
			break
		}
	}
	if g.steps < 2 {
		return group{}
	}
	return g
}

// inside reports whether a slot is made and used by the group alone.
func (g group) inside(p *program, slot int) bool {
	made := false
	for i, s := range p.steps {
		for _, in := range s.in {
			if in == slot && i >= g.steps {
				return false
			}
		}
		made = made || s.out == slot && i < g.steps
	}
	return made
}
