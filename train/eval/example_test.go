package eval_test

import (
	"context"
	"fmt"
	"log"

	"anila/tensor"
	"anila/train/data"
	"anila/train/eval"
	"anila/train/eval/features"
)

// Half of the pairs of an inside and an outside value are in order, and one of four is a tie.
func ExampleAUROC() {
	fmt.Println(eval.AUROC([]float32{3, 1}, []float32{2, 1}))
	// Output: 0.625
}

// Samples in a file are held against the training pictures of CIFAR-10.
func ExampleReference_Distances() {
	network, err := features.Load("resnet56", "data/cifar10-resnet/resnet56-4bfd9763.th")
	if err != nil {
		log.Fatal(err)
	}
	train, err := data.Open("cifar10", "data", 0)
	if err != nil {
		log.Fatal(err)
	}
	samples, err := data.ReadImages("samples.npy")
	if err != nil {
		log.Fatal(err)
	}
	workers := tensor.NewWorkers(2)
	defer workers.Close()
	ctx := context.Background()
	known, err := network.Features(ctx, train.(data.Set), 10000, workers, nil)
	if err != nil {
		log.Fatal(err)
	}
	x, err := network.Features(ctx, samples, samples.Len(), workers, nil)
	if err != nil {
		log.Fatal(err)
	}
	distances, err := eval.NewReference("cifar10", network, known).Distances(network, x, 1, workers)
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range distances {
		fmt.Println(d.Name(), d.Value)
	}
}
