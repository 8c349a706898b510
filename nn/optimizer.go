package nn

import (
	"fmt"
	"slices"
	"strings"

	"anila/asm/vec"
	"anila/internal/field"
	"anila/nn/weightfile"
	"anila/tensor"
)

// An Optimizer changes parameters against their gradients (descent), with the
// semantics of the PyTorch optimizer of the same name. It keeps its moments by
// parameter name and is made for one network.
type Optimizer interface {
	// Step updates every parameter's Data from its Grad in one pass over memory, spread
	// over workers; nil is the calling goroutine alone. The network must be packed
	// afterwards.
	Step(params []*Param, rate float64, workers *tensor.Workers)

	// Moments returns how many floats it keeps for each parameter.
	Moments() int

	// State returns the number of steps taken and the moments, named
	// "PARAMETER.MOMENT", for a checkpoint. The slices are the optimizer's own:
	// write or copy them before the next Step.
	State() State

	// Restore sets the state. Every moment must belong to one of the parameters
	// and fit it; on an error nothing is changed.
	Restore(params []*Param, s State) error
}

// State is what an optimizer remembers between steps.
type State struct {
	Steps   uint64
	Tensors []weightfile.Tensor // in order of first use
}

// moments keeps float32 arrays beside parameters.
type moments struct {
	steps  uint64
	names  []string // of the moments of each parameter
	params []string
	shapes map[string][]int
	data   map[string][][]float32 // by parameter, in the order of names

	present [][][]float32 // those of the parameters of the step under way
}

func newMoments(names ...string) moments {
	return moments{names: names, shapes: map[string][]int{}, data: map[string][][]float32{}}
}

// of returns the moments of p, zero at first.
func (m *moments) of(p *Param) [][]float32 {
	d, ok := m.data[p.Name]
	if !ok {
		for range m.names {
			d = append(d, aligned(len(p.Data)))
		}
		m.params = append(m.params, p.Name)
		m.shapes[p.Name], m.data[p.Name] = p.Shape, d
	}
	return d
}

// collect finds the moments of parameters.
func (m *moments) collect(params []*Param) {
	m.present = m.present[:0]
	for _, p := range params {
		m.present = append(m.present, m.of(p))
	}
}

// Moments implements Optimizer.
func (m *moments) Moments() int { return len(m.names) }

// State implements Optimizer.
func (m *moments) State() State {
	s := State{Steps: m.steps}
	for _, p := range m.params {
		for i, name := range m.names {
			s.Tensors = append(s.Tensors, weightfile.Tensor{Name: p + "." + name, Shape: m.shapes[p], Data: m.data[p][i]})
		}
	}
	return s
}

// Restore implements Optimizer.
func (m *moments) Restore(params []*Param, s State) error {
	fresh := newMoments(m.names...)
	byName := map[string]*Param{}
	for _, p := range params {
		byName[p.Name] = p
	}
	filled := 0
	for _, t := range s.Tensors {
		p, k := (*Param)(nil), -1
		for i, name := range m.names {
			if owner, ok := strings.CutSuffix(t.Name, "."+name); ok && byName[owner] != nil {
				p, k = byName[owner], i
			}
		}
		if p == nil {
			return fmt.Errorf("nn: optimizer state %q belongs to no parameter", t.Name)
		}
		if !slices.Equal(t.Shape, p.Shape) || len(t.Data) != len(p.Data) {
			return fmt.Errorf("nn: optimizer state %q has shape %v; the parameter has %v", t.Name, t.Shape, p.Shape)
		}
		copy(fresh.of(p)[k], t.Data)
		filled++
	}
	want := 0
	if s.Steps > 0 {
		want = len(params) * len(m.names)
	}
	if filled != want || len(fresh.params)*len(m.names) != want {
		return fmt.Errorf("nn: optimizer state has %d moments after %d steps; %d parameters need %d", filled, s.Steps, len(params), want)
	}
	fresh.steps = s.Steps
	*m = fresh
	return nil
}

// SGD is torch.optim.SGD without momentum: θ −= rate·(∇ + decay·θ).
type SGD struct {
	moments
	decay float64
}

// NewSGD returns plain gradient descent with L2 weight decay (0 for none).
func NewSGD(decay float64) *SGD { return &SGD{newMoments(), decay} }

// Step implements Optimizer.
func (o *SGD) Step(params []*Param, rate float64, workers *tensor.Workers) {
	o.steps++
	pieces(params, workers, func(p, from, to int) {
		vec.SGD(params[p].Data[from:to], params[p].Grad[from:to], float32(rate), float32(o.decay))
	})
}

// Momentum is torch.optim.SGD with momentum, without dampening:
// v = momentum·v + (∇ + decay·θ); θ −= rate·v.
type Momentum struct {
	moments
	momentum, decay float64
}

// NewMomentum returns gradient descent with momentum (0.9 is usual) and L2 weight
// decay.
func NewMomentum(momentum, decay float64) *Momentum {
	return &Momentum{newMoments("momentum_buffer"), momentum, decay}
}

// Step implements Optimizer.
func (o *Momentum) Step(params []*Param, rate float64, workers *tensor.Workers) {
	o.steps++
	o.collect(params)
	pieces(params, workers, func(p, from, to int) {
		vec.Momentum(params[p].Data[from:to], params[p].Grad[from:to], o.present[p][0][from:to], float32(rate), float32(o.momentum), float32(o.decay))
	})
}

// Adam is torch.optim.Adam (Kingma and Ba, arXiv 1412.6980), or AdamW (Loshchilov
// and Hutter, arXiv 1711.05101).
type Adam struct {
	moments
	step  vec.AdamStep
	pass  pass
	piece func(piece, p, from, to int)
}

// NewAdam returns Adam with PyTorch's β = (0.9, 0.999) and ε = 1e-8; decay is
// added to the gradient.
func NewAdam(decay float64) *Adam { return newAdam(0.9, 0.999, decay, false) }

// NewAdamW returns AdamW: decay shrinks the parameters directly, by rate·decay a
// step.
func NewAdamW(decay float64) *Adam { return newAdam(0.9, 0.999, decay, true) }

func newAdam(beta1, beta2, decay float64, decoupled bool) *Adam {
	o := &Adam{
		moments: newMoments("exp_avg", "exp_avg_sq"),
		step:    vec.AdamStep{Beta1: beta1, Beta2: beta2, Epsilon: 1e-8, WeightDecay: decay, Decoupled: decoupled},
	}
	o.piece = func(_, p, from, to int) {
		q, m := o.pass.params[p], o.present[p]
		vec.Adam(q.Data[from:to], q.Grad[from:to], m[0][from:to], m[1][from:to], &o.step)
	}
	return o
}

// Step implements Optimizer.
func (o *Adam) Step(params []*Param, rate float64, workers *tensor.Workers) {
	o.steps++
	o.step.Rate, o.step.Step = rate, o.steps
	o.collect(params)
	o.pass.run(params, workers, o.piece)
}

// Optimizers lists what OptimizerConfig.Name may be.
func Optimizers() []string { return []string{"sgd", "momentum", "adam", "adamw"} }

// OptimizerConfig chooses an optimizer.
type OptimizerConfig struct {
	Name         string  // one of Optimizers
	Beta1, Beta2 float64 // of adam and adamw, in [0, 1); Beta2 = 0 means 0.9 and 0.999
	Decay        float64 // weight decay
}

// Validate returns nil, or field.Errors.
func (c OptimizerConfig) Validate() error {
	var errs field.Errors
	errs.OneOf("Name", c.Name, Optimizers())
	errs.Check(c.Beta1 >= 0 && c.Beta1 < 1, "Beta1", c.Beta1, "a number in [0, 1)")
	errs.Check(c.Beta2 >= 0 && c.Beta2 < 1, "Beta2", c.Beta2, "a number in (0, 1)")
	errs.Check(field.AtLeast0(c.Decay), "Decay", c.Decay, "a number ≥ 0")
	return errs.Err()
}

// NewOptimizer returns the optimizer that c describes.
func NewOptimizer(c OptimizerConfig) (Optimizer, error) {
	if c.Beta2 == 0 {
		c.Beta1, c.Beta2 = 0.9, 0.999
	}
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("nn: optimizer: %w", err)
	}
	switch c.Name {
	case "sgd":
		return NewSGD(c.Decay), nil
	case "momentum":
		return NewMomentum(0.9, c.Decay), nil
	}
	return newAdam(c.Beta1, c.Beta2, c.Decay, c.Name == "adamw"), nil
}
