package train_test

import (
	"fmt"
	"math"

	"anila/langevin"
	"anila/nn"
	"anila/tensor"
	"anila/train"
)

// crosses is a loader of one's own: grey pictures of a cross at a random place.
type crosses struct{}

func (crosses) Shape() (h, w, c int) { return 8, 8, 1 }

// Batch draws with the key's generator alone: the same key gives the same batch, whatever was drawn before. A run that is
// resumed relies on it.
func (crosses) Batch(dst []float32, key tensor.Key) {
	random := key.Rand()
	for ; len(dst) > 0; dst = dst[64:] {
		row, column := random.IntN(8), random.IntN(8)
		for i := range 64 {
			dst[i] = -1
			if i/8 == row || i%8 == column {
				dst[i] = 1
			}
		}
	}
}

// A trainer takes any network of one number for each item, and any source of items. It is Algorithm 1 without files: the
// loop is the program's own.
func Example() {
	g := nn.NewGraph(8, 8, 1)
	x := g.Swish(g.Conv("conv1", g.Input(), 8, 3, 1, 1, true))
	x = g.Swish(g.Conv("conv2", g.AvgPool(x, 2), 16, 3, 1, 1, true))
	network := nn.NewNetwork(g, g.Linear("out", g.SumPixels(x), 1, true))
	network.Init(1)

	workers := tensor.NewWorkers(2)
	defer workers.Close()
	trainer, err := train.New(network, crosses{}, train.Config{
		Seed:      1,
		Sampler:   langevin.Config{Kernel: "langevin", Steps: 10, Step: 0.02, Temperature: 0.1},
		Start:     langevin.StartConfig{Kind: "replay", Bank: 256, Restart: 0.05},
		Batch:     32,
		Optimizer: nn.OptimizerConfig{Name: "adam"},
		Rate:      nn.Schedule{Rate: 1e-3},
		EMA:       0.99,
	}, workers)
	if err != nil {
		fmt.Println(err)
		return
	}
	guard, good := train.Guard{Gap: 1e3, State: 100}, trainer.Snapshot()
	for trainer.Iteration() < 30 {
		m := trainer.Iterate()
		if why := guard.Check(m); why != "" {
			fmt.Println(why, trainer.Restore(good))
			return
		}
		if trainer.Iteration()%10 == 0 {
			good = trainer.Snapshot()
			fmt.Println(trainer.Iteration(), math.Abs(m.Gap) < 1e3, len(trainer.Chains())/64)
		}
	}
	fmt.Println(len(trainer.Average().Tensors()), "averaged tensors")
	// Output:
	// 10 true 32
	// 20 true 32
	// 30 true 32
	// 6 averaged tensors
}
