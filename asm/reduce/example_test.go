package reduce_test

import (
	"fmt"
	"math"

	"anila/asm/reduce"
)

// Sums are in float64: what float32 would lose stays.
func ExampleSum() {
	fmt.Println(reduce.Sum([]float32{1 << 24, 1, 1}))
	// Output: 1.6777218e+07
}

// The norm of a vector.
func ExampleSumSquares() {
	fmt.Println(math.Sqrt(reduce.SumSquares([]float32{3, 4})))
	// Output: 5
}

// Two rows of four pixels with one channel each become one row of two.
func ExampleMaxPool2() {
	y := make([]float32, 2)
	reduce.MaxPool2(y,
		[]float32{1, 2, 0, 0},
		[]float32{3, 4, 0, 9}, 1)
	fmt.Println(y)
	// Output: [4 9]
}
