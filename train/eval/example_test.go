package eval_test

import (
	"fmt"

	"anila/train/eval"
)

// Half of the pairs of an inside and an outside value are in order, and one of four is a tie.
func ExampleAUROC() {
	fmt.Println(eval.AUROC([]float32{3, 1}, []float32{2, 1}))
	// Output: 0.625
}
