package langevin_test

import (
	"fmt"
	"testing"

	"anila/langevin"
	"anila/langevin/target"
	"anila/tensor"
)

// BenchmarkStep is the time of one step of one chain, of 128 on one worker.
func BenchmarkStep(b *testing.B) {
	const chains = 128
	for _, name := range []string{"gaussian", "rings", "gaussian-200"} {
		for _, c := range []langevin.Config{{Kernel: "langevin"}, {Kernel: "anila", B: 1}, {Kernel: "mala"}, {Kernel: "anila-mala", B: 1}, {Kernel: "amala", B: 1}, {Kernel: "hmc"}, {Kernel: "rwm"}} {
			b.Run(fmt.Sprintf("target=%s/kernel=%s", name, c.Kernel), func(b *testing.B) {
				d, err := target.ByName(name)
				if err != nil {
					b.Fatal(err)
				}
				c.Step = 0.05
				if name == "gaussian-200" {
					c.Step = 0.001
				}
				workers := tensor.NewWorkers(1)
				defer workers.Close()
				p, err := langevin.NewPool(d, c, workers, chains)
				if err != nil {
					b.Fatal(err)
				}
				if err := p.Start(start(d, chains, 1), 1, 0); err != nil {
					b.Fatal(err)
				}
				p.Advance(100, nil)
				b.ReportAllocs()
				b.ResetTimer()
				for k := 0; k*chains < b.N; k += 100 {
					p.Advance(100, nil)
				}
			})
		}
	}
}
