package main

import (
	"fmt"
	"path/filepath"

	"anila/internal/measure"
	"anila/nn"
	"anila/nn/weightfile"
)

// writeFixture writes the weights of a network of the timed steps, in PyTorch's format and names, and with them images where
// its chains start, f and its gradient, as this engine computes them. A peer that reads it computes with the same network.
func writeFixture(dir string, s nn.Spec, batch int) (string, error) {
	network, err := measure.StepNetwork(s)
	if err != nil {
		return "", err
	}
	h, w, c := network.Shape()
	images := measure.StepStart(batch, network.Dim())
	f, gradient := make([]float32, batch), make([]float32, len(images))
	network.NewEvaluator(batch).LogDensityAndGradient(f, gradient, images)
	tensors := append(network.Tensors(),
		weightfile.Tensor{Name: "fixture.images", Shape: []int{batch, h, w, c}, Data: images},
		weightfile.Tensor{Name: "fixture.f", Shape: []int{batch}, Data: f},
		weightfile.Tensor{Name: "fixture.gradient", Shape: []int{batch, h, w, c}, Data: gradient})
	path := filepath.Join(dir, fmt.Sprintf("%s-%d.pth", s.Net, s.N))
	return path, weightfile.SavePTH(path, tensors, nil)
}
