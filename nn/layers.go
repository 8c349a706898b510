package nn

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// LayerSpec is one layer of a network that is a list of them. Which fields a type
// has, LayerFields says; a field of 0 means its default. The tags are the names
// that files use.
type LayerSpec struct {
	Type    string  `json:"type"`              // one of LayerTypes
	Out     int     `json:"out,omitempty"`     // channels that come out; residual: those that came in
	Kernel  int     `json:"kernel,omitempty"`  // side of the window, 3
	Stride  int     `json:"stride,omitempty"`  // 1
	Padding int     `json:"padding,omitempty"` // zeros on every side, 0
	Size    int     `json:"size,omitempty"`    // side and stride of a pooling window, 2
	Slope   float64 `json:"slope,omitempty"`   // of leaky_relu below zero, Spec.Leak
	NoBias  bool    `json:"no_bias,omitempty"` // no bias is added

	name string // before the names of its parameters; "" is its number
}

// layerType is what a list may hold. draw has checked nothing but the fields'
// ranges: what does not fit is an error that names shapes.
type layerType struct {
	name, fields string
	takes, gives form
	draw         func(g *Graph, l LayerSpec, x *Value) (*Value, error)
	torch        func(l LayerSpec, x *Value) string
}

// form is what a layer takes or gives: PyTorch tells [n, c, h, w] from [n, c].
type form int

const (
	either form = iota // as it comes; of data, an item of one pixel
	anImage
	aVector
)

var layerTypes = []layerType{
	{"conv", "out kernel stride padding no_bias", anImage, anImage, drawConv, func(l LayerSpec, x *Value) string {
		return torchBias(fmt.Sprintf("nn.Conv2d(%d, %d, %d, %d, %d", x.c, l.Out, l.Kernel, l.Stride, l.Padding), l)
	}},
	{"linear", "out no_bias", aVector, aVector, drawLinear, func(l LayerSpec, x *Value) string {
		return torchBias(fmt.Sprintf("nn.Linear(%d, %d", x.Len(), l.Out), l)
	}},
	{"residual", "out", anImage, anImage, drawResidual, func(l LayerSpec, x *Value) string {
		return fmt.Sprintf("Residual(%d, %d)", x.c, l.Out)
	}},
	{"nonlocal", "", anImage, anImage, drawNonlocal, func(l LayerSpec, x *Value) string {
		return fmt.Sprintf("NonLocal(%d)", x.c)
	}},
	{"max_pool", "size", anImage, anImage, drawPool((*Graph).MaxPool), func(l LayerSpec, x *Value) string {
		return fmt.Sprintf("nn.MaxPool2d(%d)", l.Size)
	}},
	{"avg_pool", "size", anImage, anImage, drawPool((*Graph).AvgPool), func(l LayerSpec, x *Value) string {
		return fmt.Sprintf("nn.AvgPool2d(%d)", l.Size)
	}},
	{"leaky_relu", "slope", either, either, func(g *Graph, l LayerSpec, x *Value) (*Value, error) {
		return g.LeakyReLU(x, l.Slope), nil
	}, func(l LayerSpec, x *Value) string { return fmt.Sprintf("nn.LeakyReLU(%v)", l.Slope) }},
	{"relu", "", either, either, func(g *Graph, l LayerSpec, x *Value) (*Value, error) {
		return g.LeakyReLU(x, 0), nil
	}, func(l LayerSpec, x *Value) string { return "nn.ReLU()" }},
	{"swish", "", either, either, func(g *Graph, l LayerSpec, x *Value) (*Value, error) {
		return g.Swish(x), nil
	}, func(l LayerSpec, x *Value) string { return "nn.SiLU()" }},
	{"flatten", "", anImage, aVector, func(g *Graph, l LayerSpec, x *Value) (*Value, error) {
		return g.Flatten(x), nil
	}, func(l LayerSpec, x *Value) string { return "nn.Flatten()" }},
	{"sum", "", anImage, aVector, func(g *Graph, l LayerSpec, x *Value) (*Value, error) {
		return g.SumPixels(x), nil
	}, func(l LayerSpec, x *Value) string { return "SumPixels()" }},
}

// LayerTypes lists what a LayerSpec's Type may be: conv, linear, residual (two 3×3
// convolutions with swish between them and after the sum with what came in, which
// goes through a 1×1 convolution without bias where widths differ), nonlocal
// (self-attention, see Spec's network of that name), max_pool, avg_pool,
// leaky_relu, relu, swish, flatten (in C, H, W order), sum (over the pixels).
func LayerTypes() []string {
	var names []string
	for _, t := range layerTypes {
		names = append(names, t.name)
	}
	return names
}

// LayerFields lists the fields, by their names in files, that layers of a type have
// beside "type"; nil for a type that is none.
func LayerFields(name string) []string {
	if t := typeOf(name); t != nil {
		return strings.Fields(t.fields)
	}
	return nil
}

func typeOf(name string) *layerType {
	i := slices.IndexFunc(layerTypes, func(t layerType) bool { return t.name == name })
	if i < 0 {
		return nil
	}
	return &layerTypes[i]
}

// ParseLayers reads a list of layers as JSON: objects of "type" and its fields. An
// error names the layer, counted from 0 as in PyTorch's Sequential.
func ParseLayers(text []byte) ([]LayerSpec, error) {
	var list []map[string]json.RawMessage
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("nn: layers: a list of tables, each with a type, is wanted")
	}
	if len(list) > maxLayers {
		return nil, fmt.Errorf("nn: %d layers; at most %d are taken", len(list), maxLayers)
	}
	if len(list) == 0 {
		return nil, nil
	}
	layers := make([]LayerSpec, len(list))
	for i, fields := range list {
		l := &layers[i]
		_ = json.Unmarshal(fields["type"], &l.Type) // what is no string is no type
		t := typeOf(l.Type)
		if t == nil {
			return nil, fmt.Errorf("nn: layer %d: type %.40s is none of %s", i, fields["type"], strings.Join(LayerTypes(), ", "))
		}
		for name, value := range fields {
			if name != "type" && !slices.Contains(strings.Fields(t.fields), name) {
				has := "no fields"
				if t.fields != "" {
					has = strings.ReplaceAll(t.fields, " ", ", ")
				}
				return nil, fmt.Errorf("nn: layer %d (%s) has no field %.40q; it has %s", i, l.Type, name, has)
			}
			one, _ := json.Marshal(map[string]json.RawMessage{name: value})
			if err := json.Unmarshal(one, l); err != nil {
				return nil, fmt.Errorf("nn: layer %d (%s): %s = %.40s: a whole number is wanted (slope: a number, no_bias: true or false)",
					i, l.Type, name, value)
			}
		}
	}
	return layers, nil
}

const (
	maxLayers = 1000
	maxWidth  = 1 << 16
)

// complete fills in the defaults of a layer that x comes to, and checks the ranges.
func (l LayerSpec) complete(x *Value, leak float64) (LayerSpec, error) {
	t := typeOf(l.Type)
	if t == nil {
		return l, fmt.Errorf("is none of %s", strings.Join(LayerTypes(), ", "))
	}
	for _, f := range []struct {
		name           string
		value          *int
		standard, most int
	}{{"out", &l.Out, 0, maxWidth}, {"kernel", &l.Kernel, 3, 64}, {"stride", &l.Stride, 1, 64}, {"size", &l.Size, 2, 4096}} {
		if !slices.Contains(strings.Fields(t.fields), f.name) {
			continue
		}
		if *f.value == 0 {
			*f.value = f.standard
		}
		if l.Type == "residual" && l.Out == 0 {
			l.Out = x.c
		}
		if *f.value < 1 || *f.value > f.most {
			return l, fmt.Errorf("%s = %d; it lies in 1 … %d", f.name, *f.value, f.most)
		}
	}
	if l.Padding < 0 || l.Padding > 64 {
		return l, fmt.Errorf("padding = %d; it lies in 0 … 64", l.Padding)
	}
	if l.Slope == 0 {
		l.Slope = leak
	}
	if !(l.Slope >= 0 && l.Slope < 1) {
		return l, fmt.Errorf("slope = %v; it lies between 0 and 1", l.Slope)
	}
	return l, nil
}

// A drawnLayer is a layer with what came to it and what it gives.
type drawnLayer struct {
	LayerSpec // completed
	in, out   *Value
}

// drawLayers draws a list of layers behind the image of a graph.
func drawLayers(g *Graph, layers []LayerSpec, leak float64) ([]drawnLayer, error) {
	if len(layers) == 0 || len(layers) > maxLayers {
		return nil, fmt.Errorf("nn: %d layers; a network has 1 … %d", len(layers), maxLayers)
	}
	var drawn []drawnLayer
	x, is := g.Input(), anImage
	if x.rows() == 1 {
		is = either
	}
	for i, l := range layers {
		l.name = cmp.Or(l.name, strconv.Itoa(i))
		wrong := func(err error) ([]drawnLayer, error) {
			return nil, fmt.Errorf("nn: layer %d (%s), to which %s comes: %w", i, l.Type, x, err)
		}
		l, err := l.complete(x, leak)
		if err != nil {
			return wrong(err)
		}
		t := typeOf(l.Type)
		switch {
		case t.takes == aVector && is == anImage:
			return wrong(fmt.Errorf(`it takes a vector: put {type = "flatten"} or {type = "sum"} before it`))
		case t.takes == anImage && is == aVector:
			return wrong(fmt.Errorf("it takes an image, and the layers before it have made a vector"))
		}
		y, err := t.draw(g, l, x)
		if err != nil {
			return wrong(err)
		}
		if t.gives != either {
			is = t.gives
		}
		drawn = append(drawn, drawnLayer{l, x, y})
		x = y
	}
	if x.Len() != 1 || x.op == nil {
		return nil, fmt.Errorf(`nn: the layers end in %s for each item; f is one number: end with {type = "linear", out = 1}, or with one channel and {type = "sum"}`, x)
	}
	return drawn, nil
}

func drawConv(g *Graph, l LayerSpec, x *Value) (*Value, error) {
	if x.h+2*l.Padding < l.Kernel || x.w+2*l.Padding < l.Kernel {
		return nil, fmt.Errorf("its %d×%d window is larger than that with a padding of %d", l.Kernel, l.Kernel, l.Padding)
	}
	if rows, columns := (x.h+2*l.Padding-l.Kernel)/l.Stride+1, (x.w+2*l.Padding-l.Kernel)/l.Stride+1; rows*columns*l.Out > maxActivation {
		return nil, fmt.Errorf("it would give %d×%d×%d; at most %d floats are taken", rows, columns, l.Out, maxActivation)
	}
	return g.Conv(l.name, x, l.Out, l.Kernel, l.Stride, l.Padding, !l.NoBias), nil
}

func drawLinear(g *Graph, l LayerSpec, x *Value) (*Value, error) {
	return g.Linear(l.name, x, l.Out, !l.NoBias), nil
}

func drawPool(pool func(*Graph, *Value, int) *Value) func(*Graph, LayerSpec, *Value) (*Value, error) {
	return func(g *Graph, l LayerSpec, x *Value) (*Value, error) {
		if l.Size > x.h || l.Size > x.w {
			return nil, fmt.Errorf("its %d×%d window is larger than that", l.Size, l.Size)
		}
		return pool(g, x, l.Size), nil
	}
}

// drawResidual is a block of the network resnet: two 3×3 convolutions with swish
// between them, added to x, and swish after that.
func drawResidual(g *Graph, l LayerSpec, x *Value) (*Value, error) {
	if x.rows()*l.Out > maxActivation {
		return nil, fmt.Errorf("it would give %d×%d×%d; at most %d floats are taken", x.h, x.w, l.Out, maxActivation)
	}
	y := g.Swish(g.Conv(l.name+".conv1", x, l.Out, 3, 1, 1, true))
	y = g.Conv(l.name+".conv2", y, l.Out, 3, 1, 1, true)
	if x.c != l.Out {
		x = g.Conv(l.name+".shortcut", x, l.Out, 1, 1, 0, false)
	}
	return g.Swish(g.Add(y, x)), nil
}

// drawNonlocal is the embedded-Gaussian non-local block (Wang et al., Non-local
// Neural Networks, 2018): x + W·softmax(θ φᵀ)·g with C/2 inner channels, φ and g
// pooled 2×2, no scaling, and W starting at zero.
func drawNonlocal(g *Graph, l LayerSpec, x *Value) (*Value, error) {
	if x.c%2 != 0 || x.h < 2 || x.w < 2 {
		return nil, fmt.Errorf("it takes an even number of channels and at least 2×2 pixels")
	}
	if x.rows()*(x.h/2)*(x.w/2) > maxActivation {
		return nil, fmt.Errorf("its attention would take %d floats for each item; at most %d are taken", x.rows()*(x.h/2)*(x.w/2), maxActivation)
	}
	inner := x.c / 2
	one := func(part string, in *Value, out int) *Value { return g.Conv(l.name+"."+part, in, out, 1, 1, 0, true) }
	values := g.MaxPool(one("g.0", x, inner), 2)
	w := one("theta", x, inner)
	keys := g.MaxPool(one("phi.0", x, inner), 2)
	weights := g.Softmax(g.MatMul(w, keys, true))
	y := g.MatMul(weights, values, false)
	return g.Add(g.ZeroInit(one("W", y, x.c)), x), nil
}
