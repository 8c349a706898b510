package nn_test

import (
	"fmt"

	"anila/nn"
	"anila/tensor"
)

// One maximum-likelihood step: f up on data, down on samples.
func ExampleGradient() {
	n, err := nn.New(nn.Spec{Net: "toy"})
	if err != nil {
		panic(err)
	}
	n.Init(1)
	pool := tensor.NewWorkers(2)
	defer pool.Close()
	gradient, optimizer := n.NewGradient(pool, 0), nn.NewAdam(0)
	data, samples := []float32{1, 0, 0, 1}, []float32{-2, 1, 3, 3} // two points each
	f, g := make([]float32, 2), make([]float32, 2)
	gap := func() float32 {
		e := n.NewEvaluator(2)
		e.LogDensity(f, data)
		e.LogDensity(g, samples)
		return (f[0] + f[1] - g[0] - g[1]) / 2
	}
	before := gap()
	n.ZeroGrad(nil)
	gradient.Accumulate(f, data, func(int, float32) float32 { return -0.5 })
	gradient.Accumulate(g, samples, func(int, float32) float32 { return 0.5 })
	optimizer.Step(n.Params(), 1e-3, nil)
	n.Pack(nil)
	fmt.Println("the gap grows:", gap() > before)
	// Output: the gap grows: true
}

func ExampleNewNetwork() {
	g := nn.NewGraph(8, 8, 3)
	x := g.LeakyReLU(g.Conv("features", g.Input(), 16, 3, 1, 1, true), 0.1)
	x = g.Add(x, g.Swish(g.Conv("more", x, 16, 3, 1, 1, true))) // a residual branch
	x = g.AvgPool(x, 2)
	n := nn.NewNetwork(g, g.Linear("out", g.SumPixels(x), 1, true))
	n.Init(1)

	images := make([]float32, 5*n.Dim())
	f, grad := make([]float32, 5), make([]float32, len(images))
	n.NewEvaluator(2).LogDensityAndGradient(f, grad, images)
	fmt.Println(n.ParamCount(), "parameters;", "equal images, equal f:", f[0] == f[4])
	// Output: 2785 parameters; equal images, equal f: true
}

// A network as a list of layers: the words are those of model.layers in TOML.
func ExampleSpec_layers() {
	list, err := nn.ParseLayers([]byte(`[{"type": "conv", "out": 8, "padding": 1}, {"type": "swish"}, {"type": "avg_pool"},
		{"type": "residual", "out": 16}, {"type": "sum"}, {"type": "linear", "out": 1}]`))
	if err != nil {
		panic(err)
	}
	n, err := nn.New(nn.Spec{Net: "layers", Layers: list, H: 28, W: 28, C: 1})
	if err != nil {
		panic(err)
	}
	fmt.Println(n.ParamCount(), n.Params()[0].Name, n.Params()[2].Name)
	_, err = nn.New(nn.Spec{Net: "layers", Layers: list, H: 1, W: 28, C: 1})
	fmt.Println(err)
	// Output:
	// 3713 0.weight 3.conv1.weight
	// nn: layer 2 (avg_pool), to which 1×28×8 comes: its 2×2 window is larger than that
}
