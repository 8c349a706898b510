package nn

import (
	"fmt"
	"testing"

	"anila/tensor"
)

// f and ∇f of a batch of 100 images, the network's part of a Langevin step.
func BenchmarkLogDensityAndGradient(b *testing.B) {
	for _, s := range []Spec{{Net: "toy"}, {Net: "vanilla"}, {Net: "vanilla", N: 64}, {Net: "nonlocal"}, {Net: "resnet"}} {
		n := mustNew(b, s)
		n.Init(1)
		b.Run(fmt.Sprintf("net=%s/n=%d", s.Net, n.Spec().N), func(b *testing.B) {
			x := noise("bench", 100*n.Dim())
			f, grad := make([]float32, 100), make([]float32, len(x))
			e := n.NewEvaluator(50)
			e.LogDensityAndGradient(f, grad, x)
			for b.Loop() {
				e.LogDensityAndGradient(f, grad, x)
			}
			perSecond := float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(perSecond*4*float64(n.MACs())*100/1e9, "GFLOP/s")
		})
	}
}

// The parameter gradient of a batch of 100 images on one worker.
func BenchmarkAccumulate(b *testing.B) {
	for _, s := range []Spec{{Net: "vanilla"}, {Net: "nonlocal"}, {Net: "resnet"}} {
		n := mustNew(b, s)
		n.Init(1)
		b.Run(fmt.Sprintf("net=%s/n=%d", s.Net, n.Spec().N), func(b *testing.B) {
			pool := tensor.NewWorkers(1)
			defer pool.Close()
			x := noise("bench", 100*n.Dim())
			f := make([]float32, 100)
			g := n.NewGradient(pool, 0)
			one := func(int, float32) float32 { return 1 }
			g.Accumulate(f, x, one)
			for b.Loop() {
				g.Accumulate(f, x, one)
			}
			perSecond := float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(perSecond*6*float64(n.MACs())*100/1e9, "GFLOP/s")
		})
	}
}

// Packing of all layers, once per parameter update, on one worker.
func BenchmarkPack(b *testing.B) {
	for _, s := range []Spec{{Net: "toy"}, {Net: "vanilla"}, {Net: "vanilla", N: 64}} {
		n := mustNew(b, s)
		n.Init(1)
		b.Run(fmt.Sprintf("net=%s/n=%d", s.Net, n.Spec().N), func(b *testing.B) {
			for b.Loop() {
				n.Pack(nil)
			}
		})
	}
}
