package nn

// A group is a run of steps that images go through a few at a time, so that
// activations between them stay in the second-level cache: the next step reads them
// there. Those that no later step wants have memory in a worker that each block uses
// again, and what the backward pass wants of them is one bit for each float, the
// mask of the leaky ReLU. Groups begin with the first step and follow each other as
// images become smaller, each of more images, until so many fit that the rest takes
// all of a block, or until weights are so many that they had better be read for all
// of its images at once.
type group struct {
	from, to int // steps
	images   int
}

const (
	// groupWeights is the packed floats of a convolution, half of a 2 MiB cache,
	// above which groupRows are wanted.
	groupWeights = 1 << 18
	// groupRows is the number of rows that the products of such a convolution should
	// have for reading its weights to cost little.
	groupRows = 28
	// groupActivations bounds the floats between two steps of a group.
	groupActivations = 3 << 16
	// groupImages is the number of images of a block from which there is no group.
	groupImages = 12
	// groupStep is how many times smaller than the largest step of a group the
	// values must be that leave it.
	groupStep = 4
)

// findGroups chooses the groups of a program.
func findGroups(p *program) (groups []group) {
	g, peak := group{}, 0
	// end ends the group at hand, and reports whether there may be another.
	end := func() bool {
		if g.images = max(1, groupActivations/peak); g.images >= groupImages {
			return false
		}
		groups = append(groups, g)
		g, peak = group{from: g.to, to: g.to}, 0
		return true
	}
	for i, s := range p.steps {
		if peak > 0 && p.crossing(i)*groupStep <= peak && !end() {
			return groups
		}
		floats := p.slots[s.out].size
		if p.slots[s.out].swish {
			floats *= 2
		}
		for _, in := range s.in {
			floats += p.slots[in].size
		}
		if c, ok := s.op.(*conv); ok && c.plan.PackedSize() > groupWeights && c.plan.Rows() < groupRows {
			break
		}
		peak = max(peak, floats)
		g.to = i + 1
	}
	if g.to-g.from > 1 {
		end()
	}
	return groups
}

// crossing is the floats of an image that are made before a step and read from it on.
func (p *program) crossing(step int) int {
	floats := 0
	for slot := 1; slot < len(p.slots); slot++ {
		if made, read := p.span(slot); made < step && read >= step {
			floats += p.slots[slot].size
		}
	}
	return floats
}

// span is the step that makes a slot, −1 for the image, and the last one that reads it.
func (p *program) span(slot int) (made, read int) {
	made, read = -1, len(p.steps)-1
	for i, s := range p.steps {
		if s.out == slot {
			made = i
			if slot != p.output {
				read = i
			}
		}
		for _, in := range s.in {
			if in == slot {
				read = i
			}
		}
	}
	return made, read
}

// inside returns the group that makes and reads a slot alone, nil where there is none.
func (p *program) inside(groups []group, slot int) *group {
	made, read := p.span(slot)
	for i := range groups {
		if g := &groups[i]; made >= g.from && read < g.to {
			return g
		}
	}
	return nil
}
