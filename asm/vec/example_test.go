package vec_test

import (
	"fmt"

	"anila/asm/vec"
)

func ExampleAxpy() {
	y := []float32{1, 2, 3}
	vec.Axpy(y, []float32{1, 10, 100}, 0.5)
	fmt.Println(y)
	// Output: [1.5 7 53]
}

// Two rows of scores become probabilities.
func ExampleSoftmax() {
	x := []float32{0, 1, 2, 5, 5, 5}
	vec.Softmax(x, x, 3)
	fmt.Printf("%.3f\n%.3f\n", x[:3], x[3:])
	// Output:
	// [0.090 0.245 0.665]
	// [0.333 0.333 0.333]
}

// Adam goes to the minimum of (p − 3)², whose gradient is 2·(p − 3).
func ExampleAdam() {
	var p, g, m, v [1]float32
	step := vec.AdamStep{Rate: 0.1, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}
	for step.Step = 1; step.Step <= 500; step.Step++ {
		g[0] = 2 * (p[0] - 3)
		vec.Adam(p[:], g[:], m[:], v[:], &step)
	}
	fmt.Printf("%.3f\n", p[0])
	// Output: 3.000
}
