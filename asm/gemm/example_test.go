package gemm_test

import (
	"fmt"

	"anila/asm/gemm"
)

// C = A·B for A [m][k] and a panel B [k][nr] of as many columns as the tier's tile has.
func ExampleMicro() {
	const m, k = 3, 2
	_, nr := gemm.Tile()
	a := []float32{1, 2, 3, 4, 5, 6}
	b, c := make([]float32, k*nr), make([]float32, m*nr)
	b[0], b[nr] = 10, 1 // column 0
	b[1], b[nr+1] = 1, 0
	gemm.Micro(c, nr, a, k, 1, b, nr, nr, k, m, false)
	for i := range m {
		fmt.Println(c[i*nr : i*nr+2])
	}
	// Output:
	// [12 1]
	// [34 3]
	// [56 5]
}

// Two rows times one vector.
func ExampleDots() {
	dst := make([]float32, 2)
	gemm.Dots(dst, 1, []float32{1, 2, 3, 4, 5, 6}, []float32{1, 0, 2}, 2)
	fmt.Println(dst)
	// Output: [7 16]
}
