package tensor_test

import (
	"fmt"

	"anila/tensor"
)

// A 3×3 convolution of a 4×4 image of ones: nine inputs inside, six at an edge, four in a corner.
func ExampleConvPlan() {
	plan := tensor.NewConvPlan(tensor.Conv{InH: 4, InW: 4, InC: 1, OutC: 1, KernelH: 3, KernelW: 3, Stride: 1, Padding: 1})
	ones := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = 1
		}
		return x
	}
	weights := plan.NewWeights()
	weights.Pack(ones(plan.WeightSize()), nil, nil)
	y := make([]float32, plan.OutSize())
	plan.Forward(y, ones(plan.InSize()), 1, weights, tensor.Epilogue{Leak: 1}, make([]float32, plan.Scratch(1, nil)), nil)
	fmt.Println(y[:4], y[4:8])
	// Output: [4 6 6 4] [6 9 9 6]
}

// The same key gives the same numbers, on every machine.
func ExampleKey() {
	key := tensor.Key{Seed: 1, Purpose: tensor.PurposeSample, Chain: 7}
	a, b := make([]float32, 3), make([]float32, 3)
	key.Normals(a)
	key.Normals(b)
	key.Step++
	c := make([]float32, 3)
	key.Normals(c)
	fmt.Println(a[0] == b[0], a[0] == c[0])
	// Output: true false
}
