package data_test

import (
	"fmt"

	"anila/tensor"
	"anila/train/data"
)

// Pictures of one's own, from memory: bytes become values in [−1, 1] when they are drawn, and the same key draws the same.
func ExampleNewImages() {
	pixels := []byte{0, 255, 255, 0} // two pictures of 1×2 grey pixels
	set, err := data.NewImages("mine", pixels, 1, 2, 1, []uint16{3, 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	x := make([]float32, 4)
	set.Items(x, []int{1, 0})
	label, _ := set.Label(1)
	fmt.Println(x, label)
	again := make([]float32, 4)
	set.Batch(x, tensor.Key{Seed: 1, Purpose: tensor.PurposeBatch})
	set.Batch(again, tensor.Key{Seed: 1, Purpose: tensor.PurposeBatch})
	fmt.Println(x[0] == again[0], x[2] == again[2])
	// Output:
	// [1 -1 -1 1] 4
	// true true
}
