package nn

import (
	"fmt"

	"anila/tensor"
)

// Evaluator computes f and its gradient with respect to the image, for one
// worker or a team: no two goroutines may use it at once. After NewEvaluator it allocates
// nothing. Any number of evaluators may work beside each other on one network,
// as long as nobody changes its parameters.
type Evaluator struct {
	network *Network
	machine *machine
	seed    []float32
	bind    buffers
}

// NewEvaluator returns an evaluator that works through images in blocks of up to
// batch, fewer where that is quicker. The block size changes speed and memory, and
// no bit of any result.
func (n *Network) NewEvaluator(batch int) *Evaluator { return n.NewTeamEvaluator(batch, nil) }

// NewTeamEvaluator returns an evaluator that spreads its work over a team: images
// over workers, and in layers of many weights outputs, so that a block of few
// images reads the weights once. The bits are those of NewEvaluator. A nil team is
// the calling goroutine alone.
func (n *Network) NewTeamEvaluator(batch int, team *tensor.Workers) *Evaluator {
	if batch < 1 {
		panic(fmt.Sprintf("nn: NewEvaluator: batch of %d", batch))
	}
	batch = min(batch, n.program.blockSize())
	pl := newPlan(n.program, batch, true, false, team)
	return &Evaluator{network: n, machine: newMachine(n.program, pl, batch, pl.team), seed: make([]float32, batch)}
}

const (
	// blockWeights is the packed floats of the largest layer for which an image
	// more in a block pays: the weights come from memory once a block. Measured
	// best blocks: resnet 4 (147,456 floats), nonlocal 8 (524,288), pyramid 14 and
	// more (589,824), vanilla 48 and more (3,276,800), all n = 32.
	blockWeights = 3 << 14
	// blockFloats is what activations of a block may take anyway.
	blockFloats = 1 << 17
)

// blockSize returns the images of a block: enough to spread the reading of weights
// over, few enough that activations stay near and take no more memory than the weights.
func (p *program) blockSize() int {
	largest, all := 0, 0
	for _, s := range p.steps {
		if c, ok := s.op.(*conv); ok {
			largest = max(largest, c.plan.PackedSize())
			all += c.plan.PackedSize()
		}
	}
	image := max(1, newPlan(p, 1, true, false, nil).arena)
	return max(4, min(largest/blockWeights, all/image), blockFloats/image)
}

// LogDensity writes f of the images x [len(f), H, W, C].
func (e *Evaluator) LogDensity(f, x []float32) {
	e.run("LogDensity", f, nil, x)
}

// LogDensityAndGradient writes f and ∂f/∂x of the images x; grad and x are
// [len(f), H, W, C] and must not overlap.
func (e *Evaluator) LogDensityAndGradient(f, grad, x []float32) {
	if len(grad) != len(x) {
		panic(fmt.Sprintf("nn: LogDensityAndGradient: gradient of %d floats for images of %d", len(grad), len(x)))
	}
	e.run("LogDensityAndGradient", f, grad, x)
}

func (e *Evaluator) run(who string, f, grad, x []float32) {
	dim := e.network.Dim()
	if len(x) != len(f)*dim {
		panic(fmt.Sprintf("nn: %s: %d floats of images for %d values of f; an image has %d", who, len(x), len(f), dim))
	}
	m := e.machine
	blocks := (len(f) + m.capacity - 1) / m.capacity
	for i := range blocks { // of nearly the same size
		first, last := i*len(f)/blocks, (i+1)*len(f)/blocks
		n := last - first
		e.bind.x, e.bind.f, e.bind.df = x[first*dim:last*dim], f[first:last], e.seed[:n]
		e.bind.dx = nil
		if grad != nil {
			e.bind.dx = grad[first*dim : last*dim]
		}
		m.bind(n, &e.bind)
		m.forward()
		if grad != nil {
			for i := range e.bind.df {
				e.bind.df[i] = 1
			}
			m.backward()
		}
	}
}
