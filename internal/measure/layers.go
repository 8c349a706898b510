package measure

import (
	"fmt"
	"strings"

	"anila/tensor"
)

// VanillaLayers lists the convolutions of the vanilla network of width n on 32×32 images of 3 channels.
func VanillaLayers(n int) []tensor.Conv {
	return []tensor.Conv{
		{InH: 32, InW: 32, InC: 3, OutC: n, KernelH: 3, KernelW: 3, Stride: 1, Padding: 1},
		{InH: 32, InW: 32, InC: n, OutC: 2 * n, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1},
		{InH: 16, InW: 16, InC: 2 * n, OutC: 4 * n, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1},
		{InH: 8, InW: 8, InC: 4 * n, OutC: 8 * n, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1},
		{InH: 4, InW: 4, InC: 8 * n, OutC: 1, KernelH: 4, KernelW: 4, Stride: 1},
	}
}

// Layers lists the three directions of a convolution over a batch, on one thread. Their operations are the nominal ones
// of direct convolution without the taps on padding, so that an algorithm that saves multiplications may exceed the peak.
func Layers(c tensor.Conv, batch int) []Case {
	return layersWith(c, batch, tensor.NewConvPlan)
}

// LayersWith is Layers with a given algorithm in place of the table's.
func LayersWith(c tensor.Conv, batch int, a tensor.Algorithm) []Case {
	return layersWith(c, batch, func(c tensor.Conv) *tensor.ConvPlan { return tensor.NewConvPlanWith(c, a) })
}

func layersWith(c tensor.Conv, batch int, makePlan func(tensor.Conv) *tensor.ConvPlan) []Case {
	flops := 2 * float64(c.MACs()) * float64(batch)
	shape, _, _ := strings.Cut(c.String(), " pad")
	var cases []Case
	for _, direction := range []string{"forward", "input-gradient", "weight-gradient"} {
		cases = append(cases, Case{Name: "layer/" + direction, Shape: shape, Flops: flops, Setup: func() func() {
			plan := makePlan(c)
			x, y := filled(batch*c.InSize(), 21), filled(batch*c.OutSize(), 22)
			weights := plan.NewWeights()
			oihw := filled(c.WeightSize(), 23)
			weights.Pack(oihw, filled(c.OutC, 24), nil)
			switch direction {
			case "forward":
				scratch := zeros(plan.Scratch(batch, nil))
				return func() { plan.Forward(y, x, batch, weights, 0.05, scratch, nil) }
			case "input-gradient":
				scratch, dx := zeros(plan.Scratch(batch, nil)), zeros(len(x))
				return func() { plan.InputGradient(dx, y, batch, weights, x, 0.05, scratch, nil) }
			}
			scratch := zeros(plan.WeightScratch(nil))
			dw, db := zeros(len(oihw)), zeros(c.OutC)
			return func() { plan.WeightGradient(dw, db, x, y, batch, scratch, nil) }
		}})
	}
	return cases
}

// StepShape names the network of a step or an iteration.
func StepShape(net string, n, batch int) string {
	if net == "toy" {
		return fmt.Sprintf("net=toy/batch=%d", batch)
	}
	return fmt.Sprintf("net=%s/n=%d/batch=%d", net, n, batch)
}
