package nn

// The compiler turns a graph into a program: steps in order, convolutions fused
// with the leaky ReLU that follows them, and a backward list in which it is
// settled who writes a gradient first and who adds to it.

// A slot is one value that survives fusion.
type slot struct {
	size int     // floats for one image
	leak float32 // leaky ReLU fused into the step that makes it; 1 means none
	uses int     // how many inputs of later steps it is
	// masked says that the gradient written to the slot is already multiplied
	// by the derivative of its leaky ReLU, by the one consumer.
	masked bool
}

// A step is one op, from slots to a slot.
type step struct {
	op  op
	in  []int
	out int
}

// A gradientStep is one vector-Jacobian product: from the gradient of the step's output
// to the gradient of its k-th input.
type gradientStep struct {
	step, k int
	add     bool // an earlier one has written this gradient before
}

// program is a compiled graph. Slot 0 is the image; output is f.
type program struct {
	slots         []slot
	steps         []step
	gradientSteps []gradientStep // in order of execution: steps backward
	output        int
	group         group
}

func compile(g *Graph, output *Value) *program {
	uses := make([]int, len(g.values))
	live := make([]bool, len(g.values))
	live[output.id] = true
	for i := len(g.values) - 1; i >= 0; i-- {
		if !live[i] {
			continue
		}
		for _, x := range g.values[i].inputs {
			live[x.id] = true
			uses[x.id]++
		}
	}

	p := &program{slots: []slot{{size: g.Input().Len(), leak: 1}}}
	slotOf := make([]int, len(g.values))
	follower := make([]*leakyReLU, len(g.values)) // the activation fused behind a convolution
	for i, v := range g.values {
		if r, ok := v.op.(*leakyReLU); ok && live[i] {
			if _, ok := v.inputs[0].op.(*conv); ok && uses[v.inputs[0].id] == 1 {
				follower[v.inputs[0].id] = r
			}
		}
	}
	for i, v := range g.values {
		if !live[i] || v.op == nil {
			continue
		}
		if _, ok := v.op.(*leakyReLU); ok && follower[v.inputs[0].id] != nil {
			slotOf[i] = slotOf[v.inputs[0].id]
			continue
		}
		s := slot{size: v.Len(), leak: 1}
		o := v.op
		if c, ok := o.(*conv); ok {
			leak := float32(1)
			if follower[i] != nil {
				leak = follower[i].leak
			}
			o, s.leak = c.compiled(leak), leak
		}
		st := step{op: o, out: len(p.slots)}
		for _, x := range v.inputs {
			st.in = append(st.in, slotOf[x.id])
			p.slots[slotOf[x.id]].uses++
		}
		slotOf[i] = st.out
		p.slots = append(p.slots, s)
		p.steps = append(p.steps, st)
	}
	p.output = slotOf[output.id]
	p.group = findGroup(p)

	for i := range p.steps {
		in := p.steps[i].in[0]
		if p.slots[in].leak == 1 || p.slots[in].uses != 1 {
			continue
		}
		switch o := p.steps[i].op.(type) {
		case *conv:
			// Inside the group the step that made the slot masks the gradient
			// instead, with no more of the value than its signs.
			if !p.group.inside(p, in) {
				o.inputLeak, p.slots[in].masked = p.slots[in].leak, true
			}
		case *maxPool:
			masking := *o
			masking.inputLeak, p.slots[in].masked = p.slots[in].leak, true
			p.steps[i].op = &masking
		}
	}
	written := make([]bool, len(p.slots))
	for i := len(p.steps) - 1; i >= 0; i-- {
		for k, in := range p.steps[i].in {
			p.gradientSteps = append(p.gradientSteps, gradientStep{step: i, k: k, add: written[in]})
			written[in] = true
		}
	}
	return p
}

// mask reports whether the gradient of step i's output has to be multiplied by
// the derivative of the leaky ReLU before the step's own gradient steps.
func (p *program) mask(i int) (leak float32, ok bool) {
	s := p.slots[p.steps[i].out]
	return s.leak, s.leak != 1 && !s.masked
}
