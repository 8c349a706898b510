package langevin_test

import (
	"fmt"
	"math"

	"anila/langevin"
	"anila/tensor"
)

// crankNicolson is a kernel that the package does not have: the proposal
// √(1−β²)·z + β·ξ keeps N(0, I), so that the accept step sees f + |z|²/2 alone
// (Cotter, Roberts, Stuart and White 2013).
type crankNicolson struct{ beta float32 }

// room is what a block of chains works with.
type room struct {
	proposal   *langevin.State
	acceptance []float32
}

func (crankNicolson) NewState(n, dim int) *langevin.State {
	s := langevin.NewState(n, dim)
	s.Work = &room{langevin.NewState(n, dim), make([]float32, n)}
	return s
}

func (crankNicolson) Init(ev langevin.Evaluator, s *langevin.State) { s.Evaluate(ev) }

func (k crankNicolson) Step(key tensor.Key, ev langevin.Evaluator, s *langevin.State) langevin.Info {
	r := s.Work.(*room)
	p := r.proposal
	keep := float32(math.Sqrt(float64(1 - k.beta*k.beta)))
	for i := range s.Len() {
		noise := tensor.Key{Seed: key.Seed, Purpose: tensor.PurposeLangevin, Chain: key.Chain + uint32(i), Step: key.Step}
		noise.Normals(p.Row(i))
		for j, z := range s.Row(i) {
			p.Row(i)[j] = float32(keep*z) + float32(k.beta*p.Row(i)[j])
		}
	}
	p.Evaluate(ev)
	for i := range s.Len() {
		logAlpha := p.F[i] - s.F[i] + (square(p.Row(i))-square(s.Row(i)))/2
		r.acceptance[i] = float32(min(1, math.Exp(logAlpha)))
		var u [1]float32
		tensor.Key{Seed: key.Seed, Purpose: tensor.PurposeAccept, Chain: key.Chain + uint32(i), Step: key.Step}.Uniforms(u[:])
		if u[0] < r.acceptance[i] {
			copy(s.Row(i), p.Row(i))
			s.F[i] = p.F[i]
		}
	}
	return langevin.Info{Acceptance: r.acceptance}
}

func square(x []float32) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return sum
}

// A kernel of one's own, on N(0, I) times a wall that rises from the left.
func ExampleNewKernelPool() {
	d := langevin.Func(2, func(grad, x []float64) float64 {
		grad[0], grad[1] = 1-x[0], -x[1]
		return x[0] - (x[0]*x[0]+x[1]*x[1])/2
	})
	workers := tensor.NewWorkers(2)
	defer workers.Close()
	p, err := langevin.NewKernelPool(d, crankNicolson{0.6}, 100, workers, 4_000)
	if err != nil {
		fmt.Println(err)
		return
	}
	z := make([]float32, 4_000*2)
	stats := p.Run(z, 1, 0)
	mean := 0.0
	for i := 0; i < len(z); i += 2 {
		mean += float64(z[i]) / 4_000
	}
	fmt.Printf("mean %.1f, accepting: %v\n", mean, stats.Acceptance > 0.5)
	// Output: mean 1.0, accepting: true
}
