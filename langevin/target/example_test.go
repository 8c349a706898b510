package target_test

import (
	"fmt"
	"math"

	"anila/langevin/target"
	"anila/tensor"
)

// Exact draws of a target need no chain, and its density is normalised.
func ExampleFourRings() {
	rings := target.FourRings()
	x := make([]float32, 2*10000)
	rings.Sample(x, tensor.Key{Seed: 1, Purpose: tensor.PurposeToy})
	entropy := 0.0
	for i := 0; i < len(x); i += 2 {
		entropy -= rings.LogDensity([]float64{float64(x[i]), float64(x[i+1])}) / 10000
	}
	fmt.Println("entropy is 3.5345 nats:", math.Abs(entropy-3.5345) < 0.05)
	// Output: entropy is 3.5345 nats: true
}
