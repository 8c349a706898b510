package train_test

import (
	"fmt"

	"anila/tensor"
	"anila/train"
	"anila/train/data"
)

// A Trainer is Algorithm 1 without files: for programs with a loop of their own.
func ExampleTrainer() {
	config, err := train.Resolve(train.Layers{Preset: "rings-small", Settings: []string{"sampler.kernel = langevin", "train.batch = 32"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	rings, err := data.Open("rings", "", 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	workers := tensor.NewWorkers(2)
	defer workers.Close()
	trainer, err := train.NewTrainer(config, rings, workers)
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 3 {
		m := trainer.Iterate()
		fmt.Println(trainer.Iteration(), m.GradientNorm > 0, m.Rate)
	}
	fmt.Println(len(trainer.Chains()), trainer.Network().ParamCount())
	// Output:
	// 1 true 0.003
	// 2 true 0.0029979
	// 3 true 0.00299580147
	// 64 10593
}
