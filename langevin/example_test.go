package langevin_test

import (
	"fmt"
	"math"

	"anila/langevin"
	"anila/langevin/diag"
	"anila/nn"
	"anila/tensor"
)

// A log-density of one's own, with its gradient by hand: x₁ ~ N(1, 2²) and
// x₂ ~ Laplace(0, 1). Four chains, 20,000 steps, tuned before.
func ExampleFunc() {
	d := langevin.Func(2, func(grad, x []float64) float64 {
		grad[0], grad[1] = -(x[0]-1)/4, -math.Copysign(1, x[1])
		return -(x[0]-1)*(x[0]-1)/8 - math.Abs(x[1])
	})
	workers := tensor.NewWorkers(1)
	defer workers.Close()
	p, err := langevin.NewPool(d, langevin.Config{Kernel: "mala", Step: 1, Adapt: 500}, workers, 4)
	if err != nil {
		fmt.Println(err)
		return
	}
	z := make([]float32, 4*2)
	if err := p.Warmup(z, 1, 0); err != nil {
		fmt.Println(err)
		return
	}
	traces := []*diag.Trace{diag.NewTrace(4096), diag.NewTrace(4096), diag.NewTrace(4096), diag.NewTrace(4096)}
	p.Advance(20_000, func(first int, _ uint64, s *langevin.State, _ langevin.Info) {
		for i := range s.Len() {
			traces[first+i].Add(float64(s.Row(i)[0]))
		}
	})
	s := diag.Summarize(traces)
	fmt.Printf("mean %.1f, sd %.1f; chains agree: %v\n", s.Mean, s.SD, s.RHat < 1.01)
	// Output: mean 1.0, sd 2.0; chains agree: true
}

// The same in float32, many states at a time: two independent logistic laws.
func ExampleFuncBatch() {
	d := langevin.FuncBatch(2, func(f, grad, x []float32) {
		for i := range f {
			f[i] = 0
			for j := 2 * i; j < 2*i+2; j++ {
				e := math.Exp(-math.Abs(float64(x[j])))
				f[i] -= float32(math.Abs(float64(x[j])) + 2*math.Log1p(e))
				grad[j] = float32(-math.Copysign((1-e)/(1+e), float64(x[j])))
			}
		}
	})
	workers := tensor.NewWorkers(2)
	defer workers.Close()
	p, err := langevin.NewPool(d, langevin.Config{Kernel: "mala", Step: 4, Steps: 100}, workers, 10_000)
	if err != nil {
		fmt.Println(err)
		return
	}
	z := make([]float32, 10_000*2)
	p.Run(z, 1, 0)
	sum := 0.0
	for _, v := range z {
		sum += float64(v) * float64(v) / float64(len(z))
	}
	fmt.Printf("sd %.1f, of the law %.1f\n", math.Sqrt(sum), math.Pi/math.Sqrt(3))
	// Output: sd 1.8, of the law 1.8
}

// A log-density by nn's autodiff, made normalisable by a Gaussian reference.
func ExampleWithReference() {
	g := nn.NewGraph(1, 1, 2)
	h := g.Swish(g.Conv("hidden", g.Input(), 16, 1, 1, 0, true))
	network := nn.NewNetwork(g, g.Conv("out", h, 1, 1, 1, 0, true))
	network.Init(1)
	network.Pack(nil)
	d := langevin.WithReference(langevin.FromNetwork(network), 1, 0.5)

	workers := tensor.NewWorkers(2)
	defer workers.Close()
	p, err := langevin.NewPool(d, langevin.Config{Kernel: "anila-mala", Step: 0.2, B: 2, Steps: 200}, workers, 2000)
	if err != nil {
		fmt.Println(err)
		return
	}
	z := make([]float32, 2000*2)
	stats := p.Run(z, 1, 0)
	sum := 0.0
	for _, v := range z {
		sum += float64(v) * float64(v) / float64(len(z))
	}
	fmt.Printf("accepting: %v, spread %.1f\n", stats.Acceptance > 0.5, math.Sqrt(sum))
	// Output: accepting: true, spread 0.5
}
