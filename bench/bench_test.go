// Package bench holds the Go benchmarks of the engine: every kernel, layer and step on every instruction set that this CPU
// has, with the share of the measured limit, under keys that benchstat can compare (impl=avx512/n=32).
//
//	go test -run '^$' -bench Kernels/gemm -count 6 ./bench/
//	benchstat -col /impl out.txt
package bench

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"anila/asm/isa"
	"anila/internal/measure"
	"anila/internal/roofline"
	"anila/nn"
)

// limits of the tier in force on so many threads, measured once.
var limits = func() func(threads int) measure.Limits {
	var mutex sync.Mutex
	known := map[string]measure.Limits{}
	return func(threads int) measure.Limits {
		mutex.Lock()
		defer mutex.Unlock()
		key := fmt.Sprint(isa.Current(), threads)
		if _, ok := known[key]; !ok {
			known[key] = measure.Limits{GFLOPS: roofline.FMAPeak(threads, 100*time.Millisecond), GBS: roofline.Bandwidth(threads, roofline.LargeArray)}
		}
		return known[key]
	}
}()

// onEveryTier runs f with each instruction set in force.
func onEveryTier(b *testing.B, f func(b *testing.B, impl string)) {
	best := isa.Current()
	defer isa.Select(best.String())
	for _, tier := range isa.Available() {
		if err := isa.Select(tier.String()); err != nil {
			b.Fatal(err)
		}
		f(b, "impl="+tier.String())
	}
}

// run times one case.
func run(b *testing.B, c measure.Case, impl string) {
	b.Run(c.Name+"/"+impl+"/"+c.Shape, func(b *testing.B) {
		limit := limits(1)
		work := c.Setup()
		work()
		b.ResetTimer()
		for b.Loop() {
			work()
		}
		second := b.Elapsed().Seconds() / float64(b.N)
		if c.Flops > 0 {
			b.ReportMetric(c.Flops/second/1e9, "GFLOP/s")
			b.ReportMetric(100*c.Flops/second/1e9/limit.GFLOPS, "%peak")
		} else {
			b.ReportMetric(c.Bytes/second/1e9, "GB/s")
			b.ReportMetric(100*c.Bytes/second/1e9/limit.GBS, "%memory")
		}
	})
}

func BenchmarkKernels(b *testing.B) {
	onEveryTier(b, func(b *testing.B, impl string) {
		for _, c := range measure.Kernels() {
			run(b, c, impl)
		}
	})
}

func BenchmarkLayers(b *testing.B) {
	onEveryTier(b, func(b *testing.B, impl string) {
		for _, n := range []int{32, 64} {
			convs, err := measure.Convolutions(nn.Spec{Net: "vanilla", N: n})
			if err != nil {
				b.Fatal(err)
			}
			for _, layer := range convs {
				for _, c := range measure.Layers(layer, 16) {
					run(b, c, fmt.Sprintf("%s/n=%d", impl, n))
				}
			}
		}
	})
}

// BenchmarkStep is the Langevin step that training runs, with its allocations: none.
func BenchmarkStep(b *testing.B) {
	onEveryTier(b, func(b *testing.B, impl string) {
		for _, threads := range []int{1, 2} {
			for _, c := range []struct {
				spec   nn.Spec
				chains int
			}{{nn.Spec{Net: "toy"}, 256}, {nn.Spec{Net: "vanilla", N: 32}, 100}, {nn.Spec{Net: "vanilla", N: 64}, 100},
				{nn.Spec{Net: "resnet", N: 32}, 100}, {nn.Spec{Net: "nonlocal", N: 32}, 100}} {
				if isa.Current() == isa.Generic && c.spec.Net != "toy" {
					continue // many seconds a step: `anila-cpu bench` times it
				}
				name := fmt.Sprintf("%s/threads=%d/%s", impl, threads, measure.StepShape(c.spec.Net, c.spec.N, c.chains))
				b.Run(name, func(b *testing.B) {
					work, err := measure.NewStep(c.spec, c.chains, threads)
					if err != nil {
						b.Fatal(err)
					}
					defer work.Close()
					work.Advance(1)
					b.ReportAllocs()
					b.ResetTimer()
					for b.Loop() {
						work.Advance(1)
					}
					flops := 4 * float64(work.Network.MACs()) * float64(c.chains)
					rate := flops / (b.Elapsed().Seconds() / float64(b.N)) / 1e9
					b.ReportMetric(rate, "GFLOP/s")
					b.ReportMetric(100*rate/limits(threads).GFLOPS, "%peak")
				})
			}
		}
	})
}
