package diag_test

import (
	"fmt"
	"math/rand/v2"

	"anila/langevin/diag"
)

// Four chains of 1,000 draws, each 0.9 times the one before and noise: a draw is worth about a nineteenth of an independent
// one. A fifth that stays elsewhere is seen.
func Example() {
	random := rand.New(rand.NewPCG(1, 2))
	chains := make([][]float64, 4)
	for i := range chains {
		x := 0.0
		for range 1000 {
			x = 0.9*x + random.NormFloat64()
			chains[i] = append(chains[i], x)
		}
	}
	size, rhat := diag.ESSMean(chains), diag.RHat(chains)
	fmt.Println(size > 100 && size < 400, rhat < 1.05)
	elsewhere := make([]float64, 1000)
	for i := range elsewhere {
		elsewhere[i] = 20 + random.NormFloat64()
	}
	fmt.Println(diag.RHat(append(chains, elsewhere)) > 1.2)
	// Output:
	// true true
	// true
}
