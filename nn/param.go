package nn

import (
	"math"

	"anila/tensor"
)

// Param is one parameter tensor, in PyTorch's layout (OIHW for convolutions,
// [out, in] for linear layers) and under PyTorch's name.
type Param struct {
	Name  string
	Shape []int
	Data  []float32 // row major
	Grad  []float32 // ∂L/∂Data, added into by Gradient.Accumulate

	init initializer
}

// Len returns the number of floats.
func (p *Param) Len() int {
	n := 1
	for _, d := range p.Shape {
		n *= d
	}
	return n
}

// fanInBound is the bound of PyTorch's default initialisation of convolutions
// and linear layers: kaiming_uniform with a = √5 for weights and
// uniform(±1/√fan_in) for biases are both uniform on ±1/√fan_in.
func fanInBound(fanIn int) initializer {
	return initializer{bound: 1 / math.Sqrt(float64(fanIn))}
}

// initParams draws every parameter from its distribution. Parameter number i
// takes stream i of PurposeWeights, so that a network's weights depend on the
// seed and on nothing else.
func initParams(params []*Param, seed uint64) {
	for i, p := range params {
		if p.init.bound == 0 {
			clear(p.Data)
			continue
		}
		tensor.Key{Seed: seed, Purpose: tensor.PurposeWeights, Chain: uint32(i)}.Uniforms(p.Data)
		for j, u := range p.Data {
			p.Data[j] = float32((2*float64(u) - 1) * p.init.bound)
		}
	}
}
