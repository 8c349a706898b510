package nn

import "fmt"

// Evaluator computes f and its gradient with respect to the image, for one
// worker: no two goroutines may use it at once. After NewEvaluator it allocates
// nothing. Any number of evaluators may work beside each other on one network,
// as long as nobody changes its parameters.
type Evaluator struct {
	network *Network
	machine *machine
	seed    []float32
	bind    buffers
}

// NewEvaluator returns an evaluator that works through images in blocks of up to
// batch. The block size changes speed and memory, and no bit of any result.
func (n *Network) NewEvaluator(batch int) *Evaluator {
	if batch < 1 {
		panic(fmt.Sprintf("nn: NewEvaluator: batch of %d", batch))
	}
	pl := newPlan(n.program, batch, true, false)
	return &Evaluator{network: n, machine: newMachine(n.program, pl, batch), seed: make([]float32, batch)}
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
	for first := 0; first < len(f); first += m.capacity {
		last := min(first+m.capacity, len(f))
		n := last - first
		e.bind.x, e.bind.f, e.bind.df = x[first*dim:last*dim], f[first:last], e.seed[:n]
		e.bind.dx = nil
		if grad != nil {
			e.bind.dx = grad[first*dim : last*dim]
		}
		m.bind(n, &e.bind)
		m.forward(n)
		if grad != nil {
			for i := range e.bind.df {
				e.bind.df[i] = 1
			}
			m.backward(n)
		}
	}
}
