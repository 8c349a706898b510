package nn

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ErrNoModule says that a network has no PyTorch module of standard layers.
var ErrNoModule = errors.New("nn: no PyTorch module")

// torchClasses are the modules of a list that PyTorch has none of. Their parameters
// have the names that this package gives them.
var torchClasses = []struct{ name, text string }{
	{"Residual", `class Residual(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(i, o, 3, 1, 1), nn.Conv2d(o, o, 3, 1, 1)
        self.shortcut = nn.Conv2d(i, o, 1, bias=False) if i != o else nn.Identity()

    def forward(self, x):
        return F.silu(self.conv2(F.silu(self.conv1(x))) + self.shortcut(x))
`},
	{"NonLocal", `class NonLocal(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.g = nn.Sequential(nn.Conv2d(c, c // 2, 1), nn.MaxPool2d(2))
        self.phi = nn.Sequential(nn.Conv2d(c, c // 2, 1), nn.MaxPool2d(2))
        self.theta, self.W = nn.Conv2d(c, c // 2, 1), nn.Conv2d(c // 2, c, 1)

    def forward(self, x):
        rows = lambda y: y.flatten(2).transpose(1, 2)
        weights = torch.softmax(rows(self.theta(x)) @ self.phi(x).flatten(2), -1)
        y = (weights @ rows(self.g(x))).transpose(1, 2)
        return self.W(y.reshape(x.shape[0], -1, *x.shape[2:])) + x
`},
	{"SumPixels", `class SumPixels(nn.Module):
    def forward(self, x):
        return x.sum((2, 3))
`},
}

// TorchModule returns Python that makes the network as a PyTorch module, model,
// whose state_dict has the names and shapes of the files that this package writes.
// Its input is [n, c, h, w], or [n, c] where a list of layers starts with vectors,
// and model(x).flatten() is f. The error is ErrNoModule for pyramid and where
// weights are normalised.
func (s Spec) TorchModule() (string, error) {
	s, err := s.complete()
	if err != nil {
		return "", err
	}
	switch {
	case s.Net == "pyramid":
		return "", fmt.Errorf("%w for network pyramid, which is no list of layers", ErrNoModule)
	case s.SpectralNorm:
		return "", fmt.Errorf("%w for normalised weights: PyTorch's spectral_norm keeps other tensors", ErrNoModule)
	}
	drawn, err := drawLayers(NewGraph(s.H, s.W, s.C), s.list(), s.Leak)
	if err != nil {
		return "", err
	}
	input := fmt.Sprintf("[n, %d, %d, %d]", s.C, s.H, s.W)
	var parts []torchPart
	form := either
	for _, l := range drawn {
		t := typeOf(l.Type)
		if form == either {
			form = t.takes
		}
		parts = append(parts, torchPart{strings.Split(l.name, "."), t.torch(l.LayerSpec, l.in)})
	}
	if form == aVector {
		input = fmt.Sprintf("[n, %d]", s.C)
	}
	module := torchSequential(parts, "")
	var b strings.Builder
	fmt.Fprintf(&b, "# Network %s for items %s: f = model(x).flatten(), high on data.\n", s.Net, input)
	b.WriteString("import torch\n")
	if strings.Contains(module, "OrderedDict") {
		b.WriteString("from collections import OrderedDict\n")
	}
	b.WriteString("import torch.nn as nn\nimport torch.nn.functional as F\n\n\n")
	for _, class := range torchClasses {
		if strings.Contains(module, class.name+"(") {
			b.WriteString(class.text + "\n\n")
		}
	}
	fmt.Fprintf(&b, "model = %s\n", module)
	return b.String(), nil
}

// torchPart is a module's expression and its dotted name.
type torchPart struct {
	name []string
	text string
}

// torchSequential is a Sequential of parts, in which those that begin with the
// same name are one of their own.
func torchSequential(parts []torchPart, indent string) string {
	var names, texts []string
	inner := indent + "    "
	for len(parts) > 0 {
		name, n := parts[0].name[0], 1
		for n < len(parts) && parts[n].name[0] == name {
			n++
		}
		text := parts[0].text
		if len(parts[0].name) > 1 {
			below := slices.Clone(parts[:n])
			for i := range below {
				below[i].name = below[i].name[1:]
			}
			text = torchSequential(below, inner)
		}
		names, texts = append(names, name), append(texts, text)
		parts = parts[n:]
	}
	numbered := true
	for i, name := range names {
		numbered = numbered && name == strconv.Itoa(i)
	}
	var b strings.Builder
	if numbered {
		b.WriteString("nn.Sequential(\n")
		for _, text := range texts {
			fmt.Fprintf(&b, "%s%s,\n", inner, text)
		}
		return b.String() + indent + ")"
	}
	b.WriteString("nn.Sequential(OrderedDict([\n")
	for i, text := range texts {
		fmt.Fprintf(&b, "%s(%q, %s),\n", inner, names[i], text)
	}
	return b.String() + indent + "]))"
}

// torchBias ends the arguments of a layer with a bias.
func torchBias(call string, l LayerSpec) string {
	if l.NoBias {
		return call + ", bias=False)"
	}
	return call + ")"
}
