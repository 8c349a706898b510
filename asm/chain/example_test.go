package chain_test

import (
	"fmt"
	"math"

	"anila/asm/chain"
	"anila/asm/reduce"
)

// A stream can be made from any place on: its numbers depend on the key and their place alone.
func ExampleNormals() {
	key := chain.Noise{Seed: 1, Chain: 7, Step: 3}
	all, few := make([]float32, 1000), make([]float32, 2)
	chain.Normals(all, key)
	chain.Normals(few, key)
	fmt.Println(all[0] == few[0], all[1] == few[1])
	fmt.Printf("%.2f\n", reduce.SumSquares(all)/1000)
	// Output:
	// true true
	// 1.01
}

// Chains of Langevin dynamics with the gradient −z of the log-density of a normal, z' = z + ½·ε²·∇f + ε·ξ: their variance
// is 1/(1 − ε²/4), 1.067 with ε = ½.
func ExampleLangevin() {
	const chains, dim, step = 10000, 2, 0.5
	z, gradient := make([]float32, chains*dim), make([]float32, chains*dim)
	u := chain.Update{Drift: step * step / 2, Noise: step, B: float32(math.Inf(1)), Random: chain.Noise{Seed: 1}}
	for range 100 {
		for i, v := range z {
			gradient[i] = -v
		}
		chain.Langevin(z, gradient, dim, &u)
		u.Random.Step++
	}
	fmt.Printf("mean %.2f, variance %.2f\n", math.Abs(reduce.Sum(z)/(chains*dim)), reduce.SumSquares(z)/(chains*dim))
	// Output: mean 0.00, variance 1.06
}
