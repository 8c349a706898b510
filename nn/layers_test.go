package nn

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// unnamed is a list as a user writes it: its layers have their numbers for names.
func unnamed(list []LayerSpec) []LayerSpec {
	list = slices.Clone(list)
	for i := range list {
		list[i].name = ""
	}
	return list
}

// What is written as a list of layers is the built-in network, bit for bit.
func TestListsAreTheBuiltInNetworks(t *testing.T) {
	vanilla := func(n int) []LayerSpec {
		return []LayerSpec{{Type: "conv", Out: n, Kernel: 3, Stride: 1, Padding: 1}, {Type: "leaky_relu", Slope: 0.2},
			{Type: "conv", Out: 2 * n, Kernel: 4, Stride: 2, Padding: 1}, {Type: "leaky_relu", Slope: 0.2},
			{Type: "conv", Out: 4 * n, Kernel: 4, Stride: 2, Padding: 1}, {Type: "leaky_relu", Slope: 0.2},
			{Type: "conv", Out: 8 * n, Kernel: 4, Stride: 2, Padding: 1}, {Type: "leaky_relu", Slope: 0.2},
			{Type: "conv", Out: 1, Kernel: 4}, {Type: "sum"}}
	}
	for _, c := range []struct {
		spec Spec
		list []LayerSpec // nil: the built-in's own
	}{
		{Spec{Net: "vanilla", N: 6, Leak: 0.2}, vanilla(6)},
		{Spec{Net: "vanilla", N: 4, Leak: 0.2, H: 48, W: 40, C: 1}, vanilla(4)},
		{Spec{Net: "toy", N: 5}, nil}, {Spec{Net: "nonlocal", N: 4}, nil}, {Spec{Net: "resnet", N: 4}, nil}, {Spec{Net: "mlp", C: 7}, nil},
	} {
		builtIn := mustNew(t, c.spec)
		spec := builtIn.Spec()
		list := c.list
		if list == nil {
			list = unnamed(spec.list())
		}
		own := mustNew(t, Spec{Net: "layers", Layers: list, Leak: spec.Leak, H: spec.H, W: spec.W, C: spec.C})
		builtIn.Init(5)
		own.Init(5)
		x := noise("lists", 3*builtIn.Dim())
		f, grad, params := evaluation(builtIn, x, 2, 2)
		g, d, q := evaluation(own, x, 2, 2)
		if !sameBits(f, g) || !sameBits(grad, d) || !sameBits(params, q) {
			t.Errorf("%s of %d×%d: the list has other bits", spec.Net, spec.H, spec.W)
		}
		for i, p := range own.Params() {
			if want := builtIn.Params()[i]; !slices.Equal(p.Shape, want.Shape) || !sameBits(p.Data, want.Data) {
				t.Errorf("%s: parameter %s is not %s", spec.Net, p.Name, want.Name)
			}
		}
	}
	var names []string
	for _, p := range mustNew(t, Spec{Net: "layers", H: 14, W: 12, C: 2, Layers: everyLayer()}).Params() {
		names = append(names, strings.TrimSuffix(p.Name, ".weight"))
	}
	want := "0 0.bias 2.conv1 2.conv1.bias 2.conv2 2.conv2.bias 2.shortcut 4.g.0 4.g.0.bias 4.theta 4.theta.bias 4.phi.0 4.phi.0.bias " +
		"4.W 4.W.bias 5 7.conv1 7.conv1.bias 7.conv2 7.conv2.bias 10 10.bias 12"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("names %s\n want %s", got, want)
	}
}

// An error says which layer, what comes to it, and what would be right.
func TestLayersThatDoNotFit(t *testing.T) {
	linear := LayerSpec{Type: "linear", Out: 1}
	for _, c := range []struct {
		h, w, c int
		list    []LayerSpec
		want    string
	}{
		{8, 8, 3, nil, "a list of layers"},
		{8, 8, 3, []LayerSpec{{Type: "convolution"}}, "layer 0 (convolution), to which 8×8×3 comes: is none of conv, linear"},
		{8, 8, 3, []LayerSpec{{Type: "conv", Out: 4, Kernel: 9}}, "layer 0 (conv), to which 8×8×3 comes: its 9×9 window is larger than that with a padding of 0"},
		{8, 8, 3, []LayerSpec{{Type: "conv", Out: 4}, {Type: "max_pool", Size: 7}}, "layer 1 (max_pool), to which 6×6×4 comes: its 7×7 window"},
		{8, 8, 3, []LayerSpec{{Type: "conv"}}, "out = 0; it lies in 1 … 65536"},
		{8, 8, 3, []LayerSpec{{Type: "conv", Out: 1, Stride: -1}}, "stride = -1"},
		{8, 8, 3, []LayerSpec{{Type: "conv", Out: 1, Padding: 65}}, "padding = 65"},
		{8, 8, 3, []LayerSpec{{Type: "leaky_relu", Slope: 1}}, "slope = 1"},
		{8, 8, 3, []LayerSpec{linear}, `layer 0 (linear), to which 8×8×3 comes: it takes a vector: put {type = "flatten"}`},
		{1, 1, 3, []LayerSpec{{Type: "conv", Out: 4, Kernel: 1}, linear}, "layer 1 (linear), to which 1×1×4 comes: it takes a vector"},
		{1, 1, 3, []LayerSpec{{Type: "linear", Out: 4}, {Type: "conv", Out: 1, Kernel: 1}}, "layer 1 (conv), to which 1×1×4 comes: it takes an image"},
		{8, 8, 3, []LayerSpec{{Type: "nonlocal"}}, "an even number of channels"},
		{4096, 4096, 2, []LayerSpec{{Type: "nonlocal"}}, "its attention"},
		{4096, 4096, 1, []LayerSpec{{Type: "conv", Out: 64}}, "4094×4094×64"},
		{4096, 4096, 1, []LayerSpec{{Type: "residual", Out: 64}}, "4096×4096×64"},
		{8, 8, 3, []LayerSpec{{Type: "swish"}}, "the layers end in 8×8×3"},
		{8, 8, 3, []LayerSpec{{Type: "conv", Out: 1}}, "the layers end in 6×6×1"},
		{1, 1, 1 << 12, []LayerSpec{{Type: "linear", Out: 1 << 16}, {Type: "linear", Out: 1 << 16}, linear}, "more than 1073741824 parameters"},
		{1, 1, 2, slices.Repeat([]LayerSpec{{Type: "swish"}}, 1001), "1001 layers"},
	} {
		_, err := New(Spec{Net: "layers", H: c.h, W: c.w, C: c.c, Layers: c.list})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v\nwant %q", c.list, err, c.want)
		}
	}
	if _, err := New(Spec{Net: "vanilla", Layers: []LayerSpec{linear}}); err == nil {
		t.Error("layers beside a built-in network")
	}
	for _, text := range []string{`3`, `[3]`, `[{"out": 1}]`, `[{"type": 3}]`, `[{"type": "unet"}]`, `[{"type": "conv", "width": 3}]`,
		`[{"type": "swish", "slope": 0.1}]`, `[{"type": "conv", "out": 1.5}]`, `[{"type": "conv", "out": "four"}]`, `[{"type": "conv", "name": "x"}]`,
		"[" + strings.Repeat(`{"type":"swish"},`, 1000) + `{"type":"swish"}]`} {
		if got, err := ParseLayers([]byte(text)); err == nil {
			t.Errorf("%.60s is read as %v", text, got)
		}
	}
	text, err := json.Marshal(everyLayer())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseLayers(text); err != nil || !reflect.DeepEqual(got, everyLayer()) {
		t.Errorf("%s is read as %v, %v", text, got, err)
	}
}

func TestTorchModule(t *testing.T) {
	for _, c := range []struct {
		spec Spec
		want []string
	}{
		{Spec{Net: "mlp", C: 3, Widths: []int{4}}, []string{"items [n, 3]:", "model = nn.Sequential(\n    nn.Linear(3, 4),\n    nn.SiLU(),\n    nn.Linear(4, 1),\n)\n"}},
		{Spec{Net: "toy"}, []string{"items [n, 2, 1, 1]", `("f", nn.Sequential(`, "nn.LeakyReLU(0.05)"}},
		{Spec{Net: "resnet", N: 4}, []string{"class Residual", `("stages", nn.Sequential(`, `("pool", nn.AvgPool2d(2))`}},
		{Spec{Net: "layers", H: 14, W: 12, C: 2, Layers: everyLayer()}, []string{"bias=False)", "class NonLocal", "nn.ReLU()"}},
	} {
		got, err := c.spec.TorchModule()
		for _, want := range c.want {
			if err != nil || !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in %s, %v", c.spec.Net, want, got, err)
			}
		}
	}
	for _, s := range []Spec{{Net: "pyramid"}, {Net: "vanilla", SpectralNorm: true}, {Net: "vanilla", H: 8}} {
		if got, err := s.TorchModule(); err == nil {
			t.Errorf("%v has the module %s", s, got)
		}
	}
}
