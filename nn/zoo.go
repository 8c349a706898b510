package nn

import "fmt"

// The networks of the paper and of ebm-anatomy (Nijkamp et al. 2019) as lists of
// layers, with the parameter names of their PyTorch state_dicts, and the others.

// list returns the layers of a completed spec, nil for pyramid, which is none.
func (s Spec) list() []LayerSpec {
	switch s.Net {
	case "toy":
		return toy(s)
	case "vanilla":
		return vanilla(s)
	case "nonlocal":
		return nonlocal(s)
	case "resnet":
		return resnet(s)
	case "mlp":
		return mlp(s)
	}
	return s.Layers
}

// toy is 1×1 convolutions c → n → 2n → 2n → 2n → 1 on points, 10,593 parameters.
func toy(s Spec) (list []LayerSpec) {
	for i, out := range []int{s.N, 2 * s.N, 2 * s.N, 2 * s.N} {
		list = append(list, LayerSpec{Type: "conv", Out: out, Kernel: 1, name: fmt.Sprintf("f.%d", 2*i)},
			LayerSpec{Type: "leaky_relu", name: fmt.Sprintf("f.%d", 2*i+1)})
	}
	return append(list, LayerSpec{Type: "conv", Out: 1, Kernel: 1, name: "f.8"})
}

// vanilla is 3×3 c → n, three 4×4 stride 2 convolutions to 8n, and a 4×4 window
// 8n → 1. On images of 32…39 pixels that window is the whole; on larger ones f is
// its sum over all positions.
func vanilla(s Spec) []LayerSpec {
	list := []LayerSpec{{Type: "conv", Out: s.N, Padding: 1, name: "f.0"}, {Type: "leaky_relu", name: "f.1"}}
	for i, out := range []int{2 * s.N, 4 * s.N, 8 * s.N} {
		list = append(list, LayerSpec{Type: "conv", Out: out, Kernel: 4, Stride: 2, Padding: 1, name: fmt.Sprintf("f.%d", 2*i+2)},
			LayerSpec{Type: "leaky_relu", name: fmt.Sprintf("f.%d", 2*i+3)})
	}
	return append(list, LayerSpec{Type: "conv", Out: 1, Kernel: 4, name: "f.8"}, LayerSpec{Type: "sum", name: "sum"})
}

// nonlocal is three times convolution, leaky ReLU and pooling, with self-attention
// after the first two, then two linear layers.
func nonlocal(s Spec) (list []LayerSpec) {
	add := func(l LayerSpec) {
		l.name = fmt.Sprintf("convs.%d", len(list))
		list = append(list, l)
	}
	for i, out := range []int{s.N, 2 * s.N, 4 * s.N} {
		add(LayerSpec{Type: "conv", Out: out, Padding: 1})
		add(LayerSpec{Type: "leaky_relu"})
		add(LayerSpec{Type: "max_pool"})
		if i < 2 {
			add(LayerSpec{Type: "nonlocal"})
		}
	}
	return append(list, LayerSpec{Type: "flatten", name: "flatten"}, LayerSpec{Type: "linear", Out: 8 * s.N, name: "fc.0"},
		LayerSpec{Type: "leaky_relu", name: "fc.1"}, LayerSpec{Type: "linear", Out: 1, name: "fc.2"})
}

// resnet is a 3×3 stem and three stages of two residual blocks with swish, widths
// n, 2n, 2n, each stage halving the image; then a sum over pixels and a linear
// layer.
func resnet(s Spec) []LayerSpec {
	list := []LayerSpec{{Type: "conv", Out: s.N, Padding: 1, name: "stem"}}
	for stage, out := range []int{s.N, 2 * s.N, 2 * s.N} {
		name := fmt.Sprintf("stages.%d.", stage)
		list = append(list, LayerSpec{Type: "residual", Out: out, name: name + "0"},
			LayerSpec{Type: "avg_pool", name: name + "pool"}, LayerSpec{Type: "residual", Out: out, name: name + "1"})
	}
	return append(list, LayerSpec{Type: "sum", name: "sum"}, LayerSpec{Type: "linear", Out: 1, name: "fc"})
}

// mlp is linear layers of the given widths with swish behind each, and a last one
// to one number; images are flattened. Its names are those of one Sequential.
func mlp(s Spec) (list []LayerSpec) {
	if s.H*s.W > 1 {
		list = append(list, LayerSpec{Type: "flatten"})
	}
	for _, out := range s.Widths {
		list = append(list, LayerSpec{Type: "linear", Out: out}, LayerSpec{Type: "swish"})
	}
	return append(list, LayerSpec{Type: "linear", Out: 1})
}
