package nn

import "anila/tensor"

// A stage is a run of steps that are taken together, forward, and whose gradient
// steps are taken together on the way back. Between stages all images wait for each other.
// Within one, images go in blocks from the first step to the last, each block by
// one worker; or, in a stage of one convolution, the team shares that.
type stage struct {
	from, to                 int // steps
	gradientFrom, gradientTo int // gradient steps of these steps
	images                   int // of a block, at most
	shared                   bool
}

const (
	// sharedWeights is the packed floats above which a team shares a convolution:
	// it reads the weights once, where workers with images of their own would
	// read them once each.
	sharedWeights = groupWeights
	// teamWeights is the packed floats of all shared convolutions above which
	// teams pay: twice what a second-level cache of 2 MiB holds. Measured:
	// vanilla (4,096,000 floats at n = 32) gains up to a quarter, nonlocal
	// (524,288) loses a tenth.
	teamWeights = 1 << 20
	// teamRows is the number of rows that the matrix products of a block with
	// shared weights should have: the largest tile of the matrix kernel. With
	// more, reading the weights costs less than waiting for each other.
	teamRows = 14
)

// shared reports whether a team shares the convolution of a step.
func (p *program) shared(i int) bool {
	c, ok := p.steps[i].op.(*conv)
	return ok && c.plan.PackedSize() > sharedWeights && c.plan.Splits()
}

// stages divides a program for blocks of up to capacity images: groups and the
// rest, for a team cut at the convolutions that it shares.
func (p *program) stages(groups []group, capacity int, team *tensor.Workers) []stage {
	var stages []stage
	add := func(s stage) {
		for s.gradientTo = len(p.gradientSteps); s.gradientTo > 0 && p.gradientSteps[s.gradientTo-1].step < s.from; s.gradientTo-- {
		}
		for s.gradientFrom = s.gradientTo; s.gradientFrom > 0 && p.gradientSteps[s.gradientFrom-1].step < s.to; s.gradientFrom-- {
		}
		stages = append(stages, s)
	}
	from := 0
	for _, g := range groups {
		if from < g.from {
			add(stage{from: from, to: g.from, images: capacity})
		}
		add(stage{from: g.from, to: g.to, images: g.images})
		from = g.to
	}
	for i := from; i < len(p.steps); i++ {
		if team.Count() == 1 || !p.shared(i) {
			continue
		}
		if from < i {
			add(stage{from: from, to: i, images: capacity})
		}
		add(stage{from: i, to: i + 1, images: capacity, shared: true})
		from = i + 1
	}
	if from < len(p.steps) {
		add(stage{from: from, to: len(p.steps), images: capacity})
	}
	return stages
}

// blocks is the number of blocks of n images: in a team four for each worker where there
// are so many images, so that nobody waits long for the last one.
func (s *stage) blocks(n, workers int) int {
	if s.shared {
		return 1
	}
	blocks := (n + s.images - 1) / s.images
	if workers > 1 {
		blocks = max(blocks, min(n, 4*workers))
	}
	return blocks
}

// widen makes what lives in one step of the stage live through all of them,
// because blocks are at different steps at the same time, or come one after the
// other.
func (s *stage) widen(l *lifetime, steps int) {
	for _, span := range [2][2]int{{s.from, s.to - 1}, {2*steps - s.to, 2*steps - 1 - s.from}} {
		if l.from >= span[0] && l.from <= span[1] {
			l.from = span[0]
		}
		if l.to >= span[0] && l.to <= span[1] {
			l.to = span[1]
		}
	}
}

// TeamBlock returns the number of images below which a block had better be
// carried by several workers, who read the large weights once for all of its
// images, than by one; 0 where layers are not so large.
func (n *Network) TeamBlock() int { return n.program.teamBlock() }

func (p *program) teamBlock() int {
	images, weights := 0, 0
	for i, s := range p.steps {
		if p.shared(i) {
			plan := s.op.(*conv).plan
			images = max(images, (teamRows+plan.Rows()-1)/plan.Rows())
			weights += plan.PackedSize()
		}
	}
	if weights <= teamWeights {
		return 0
	}
	return images
}
