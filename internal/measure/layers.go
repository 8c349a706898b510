package measure

import (
	"fmt"
	"slices"
	"strings"

	"anila/nn"
	"anila/tensor"
)

// Convolutions lists the different convolutions and linear layers of a network in the order of its forward pass.
func Convolutions(s nn.Spec) ([]tensor.Conv, error) {
	network, err := nn.New(s)
	if err != nil {
		return nil, err
	}
	var convs []tensor.Conv
	for _, layer := range network.Layers() {
		if c := layer.Plan.Conv; !slices.Contains(convs, c) {
			convs = append(convs, c)
		}
	}
	return convs, nil
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
				return func() { plan.Forward(y, x, batch, weights, tensor.Epilogue{Leak: 0.05}, scratch, nil) }
			case "input-gradient":
				scratch, dx := zeros(plan.Scratch(batch, nil)), zeros(len(x))
				return func() { plan.InputGradient(dx, y, batch, weights, tensor.Epilogue{Act: x, Leak: 0.05}, scratch, nil) }
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
