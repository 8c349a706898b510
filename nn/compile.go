package nn

// The compiler turns a graph into a program: steps in order, convolutions fused
// with the pooling, the sum and the activation that follow, and a backward list in
// which it is settled who writes a gradient first and who adds to it.

// A slot is one value that survives fusion.
type slot struct {
	size  int     // floats for one image
	leak  float32 // leaky ReLU fused into the step that makes it; 1 means none
	swish bool    // a swish is: its slope is kept for the way back
	uses  int     // how many inputs of later steps it is
	// masked says that the gradient written to the slot is already multiplied
	// by the derivative of its activation, by the consumer that writes it last.
	masked bool
	// gradient is the slot whose gradient is this one's too, itself if none.
	gradient int
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
	from    int  // the slot whose gradient comes to it, −1 for none
	slope   bool // it is multiplied by the slope of the input's swish
}

// program is a compiled graph. Slot 0 is the image; output is f.
type program struct {
	slots         []slot
	steps         []step
	gradientSteps []gradientStep // in order of execution: steps backward
	output        int
	groups        []group
}

// fusion is a convolution with what is fused into it.
type fusion struct {
	pools    bool   // average pooling
	residual *Value // added to its sum, or nil
	leak     float32
	swish    bool
	last     *Value // whose value it makes
}

// fuse finds for each convolution that is live what is fused into it, and marks the
// values that are then made by one.
func fuse(g *Graph, uses []int, live []bool) (fusions map[*Value]*fusion, inside []*Value) {
	fusions, inside = map[*Value]*fusion{}, make([]*Value, len(g.values))
	// maker is the convolution whose sum a value is, if nobody else wants it.
	maker := func(v *Value) *Value {
		c := v
		if inside[v.id] != nil {
			c = inside[v.id]
		}
		if f := fusions[c]; f != nil && f.last == v && uses[v.id] == 1 && f.leak == 1 && !f.swish {
			return c
		}
		return nil
	}
	for i, v := range g.values {
		if !live[i] {
			continue
		}
		switch o := v.op.(type) {
		case *conv:
			fusions[v] = &fusion{leak: 1, last: v}
		case add:
			for k, x := range v.inputs {
				if c := maker(x); c != nil && fusions[c].residual == nil {
					fusions[c].residual, fusions[c].last, inside[i] = v.inputs[1-k], v, c
					break
				}
			}
		case *avgPool:
			if c := maker(v.inputs[0]); c != nil && fusions[c].residual == nil && !fusions[c].pools && c.op.(*conv).poolsInto(o) {
				fusions[c].pools, fusions[c].last, inside[i] = true, v, c
			}
		case *leakyReLU:
			if c := maker(v.inputs[0]); c != nil && fusions[c].residual == nil {
				fusions[c].leak, fusions[c].last, inside[i] = o.leak, v, c
			}
		case swish:
			if c := maker(v.inputs[0]); c != nil {
				fusions[c].swish, fusions[c].last, inside[i] = true, v, c
			}
		}
	}
	return fusions, inside
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
	fusions, inside := fuse(g, uses, live)
	for i, v := range g.values {
		if !live[i] || v.op == nil {
			continue
		}
		made := v
		if inside[i] != nil {
			made = inside[i]
		}
		s := slot{size: v.Len(), leak: 1, gradient: len(p.slots)}
		o, inputs := made.op, made.inputs
		if f := fusions[made]; f != nil {
			if f.last != v {
				continue // its convolution goes on
			}
			o, s.leak, s.swish = o.(*conv).compiled(f.pools, f.leak), f.leak, f.swish
			if f.residual != nil {
				inputs = []*Value{inputs[0], f.residual}
			}
		} else if _, ok := o.(swish); ok {
			s.swish = true
		}
		st := step{op: o, out: len(p.slots)}
		for _, x := range inputs {
			st.in = append(st.in, slotOf[x.id])
			p.slots[slotOf[x.id]].uses++
		}
		slotOf[i] = st.out
		p.slots = append(p.slots, s)
		p.steps = append(p.steps, st)
	}
	p.output = slotOf[output.id]
	p.groups = findGroups(p)
	p.maskLeaky()
	p.goBack()
	return p
}

// maskLeaky lets the one consumer of a leaky ReLU's output mask the gradient.
func (p *program) maskLeaky() {
	for i := range p.steps {
		in := p.steps[i].in[0]
		if p.slots[in].leak == 1 || p.slots[in].uses != 1 {
			continue
		}
		switch o := p.steps[i].op.(type) {
		case *conv:
			// Inside a group the step that made the slot masks the gradient
			// instead, with no more of the value than its signs.
			if p.inside(p.groups, in) == nil {
				o.inputLeak, p.slots[in].masked = p.slots[in].leak, true
			}
		case *maxPool:
			masking := *o
			masking.inputLeak, p.slots[in].masked = p.slots[in].leak, true
			p.steps[i].op = &masking
		}
	}
}

// goBack lists the gradient steps. The gradient of what a convolution adds to its sum
// is that of its output: where it can, the step that comes next to it takes it from
// there, or it has no memory of its own.
func (p *program) goBack() {
	written := make([]bool, len(p.slots))
	from := make([]int, len(p.slots))
	for i := range from {
		from[i] = -1
	}
	for i := len(p.steps) - 1; i >= 0; i-- {
		s := &p.steps[i]
		_, isConv := s.op.(*conv)
		for k, in := range s.in {
			if isConv && k == 1 && !written[in] && from[in] < 0 {
				if p.addsNext(in, i) {
					from[in] = s.out
					continue
				}
				if o := &p.slots[in]; in != 0 && o.uses == 1 && o.leak == 1 && !o.swish {
					o.gradient = s.out
					continue
				}
			}
			q := gradientStep{step: i, k: k, add: written[in], from: -1}
			if k == 0 && isConv {
				q.from, from[in] = from[in], -1
			}
			p.gradientSteps = append(p.gradientSteps, q)
			written[in] = true
		}
	}
	p.maskSwish()
}

// addsNext reports whether the gradient step that comes to a slot next after those of
// a step is a convolution's, which can add another gradient.
func (p *program) addsNext(slot, step int) bool {
	for j := step - 1; j >= 0; j-- {
		for k, in := range p.steps[j].in {
			if in == slot {
				_, ok := p.steps[j].op.(*conv)
				return ok && k == 0
			}
		}
	}
	return false
}

// maskSwish lets the last gradient step to a swish's output multiply by its slope,
// where it can.
func (p *program) maskSwish() {
	last := map[int]int{}
	for i, q := range p.gradientSteps {
		last[p.steps[q.step].in[q.k]] = i
	}
	for in, i := range last {
		q := &p.gradientSteps[i]
		if !p.slots[in].swish || q.add || q.k != 0 {
			continue
		}
		switch o := p.steps[q.step].op.(type) {
		case *conv:
			q.slope = o.inputLeak == 1
		case *avgPool:
			q.slope = true
		}
		p.slots[in].masked = q.slope
	}
}

// mask reports whether the gradient of step i's output has to be multiplied by
// the derivative of a leaky ReLU, or the slope of a swish, before the step's own
// gradient steps.
func (p *program) mask(i int) (leak float32, leaky, swish bool) {
	s := p.slots[p.steps[i].out]
	return s.leak, s.leak != 1 && !s.masked, s.swish && !s.masked
}
