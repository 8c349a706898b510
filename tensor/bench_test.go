package tensor

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"anila/asm/isa"
)

// vanillaConvs are the layers of the vanilla network of width n on 32×32×3.
func vanillaConvs(n int) []Conv {
	return []Conv{
		{InH: 32, InW: 32, InC: 3, OutC: n, KernelH: 3, KernelW: 3, Stride: 1, Padding: 1},
		{InH: 32, InW: 32, InC: n, OutC: 2 * n, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1},
		{InH: 16, InW: 16, InC: 2 * n, OutC: 4 * n, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1},
		{InH: 8, InW: 8, InC: 4 * n, OutC: 8 * n, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1},
		{InH: 4, InW: 4, InC: 8 * n, OutC: 1, KernelH: 4, KernelW: 4, Stride: 1},
	}
}

// BenchmarkConv times the layers of the vanilla network in all directions on
// one worker: the best run, and nominal GFLOP/s, that is, of the direct
// algorithm without padding.
func BenchmarkConv(b *testing.B) {
	defer isa.Select("")
	r := rand.New(rand.NewPCG(1, 1))
	const images = 100
	for _, tier := range isa.Available()[1:] {
		if err := isa.Select(tier.String()); err != nil {
			b.Fatal(err)
		}
		for _, n := range []int{32, 64} {
			for i, c := range vanillaConvs(n) {
				p := NewConvPlan(c)
				w := p.NewWeights()
				weights := random(r, c.WeightSize())
				w.Pack(weights, random(r, c.OutC), nil)
				x, dy := random(r, images*c.InSize()), random(r, images*c.OutSize())
				y, dx := make([]float32, len(dy)), make([]float32, len(x))
				scratch, weightScratch := make([]float32, p.Scratch(images, nil)), make([]float32, p.WeightScratch(nil))
				run := func(direction string, f func()) {
					b.Run(fmt.Sprintf("impl=%s/n=%d/layer=%d/op=%s", tier, n, i+1, direction), func(b *testing.B) {
						best := time.Hour
						for b.Loop() {
							start := time.Now()
							f()
							best = min(best, time.Since(start))
						}
						b.ReportMetric(best.Seconds()*1e3, "best-ms")
						b.ReportMetric(float64(2*c.MACs()*images)/best.Seconds()/1e9, "GFLOP/s")
					})
				}
				run("forward", func() { p.Forward(y, x, images, w, Epilogue{Leak: 0.05}, scratch, nil) })
				run("input", func() { p.InputGradient(dx, dy, images, w, Epilogue{Act: x, Leak: 0.05}, scratch, nil) })
				run("weight", func() { p.WeightGradient(weights, nil, x, dy, images, weightScratch, nil) })
				run("pack", func() { w.Pack(weights, nil, nil) })
			}
		}
	}
}
