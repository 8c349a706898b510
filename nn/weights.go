package nn

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"anila/nn/weightfile"
)

// Tensors returns the parameters as tensors that share their memory.
func (n *Network) Tensors() []weightfile.Tensor {
	var t []weightfile.Tensor
	for _, p := range n.params {
		t = append(t, weightfile.Tensor{Name: p.Name, Shape: p.Shape, Data: p.Data})
	}
	return t
}

// NewFromTensors returns the network that s names with the parameters that
// tensors hold. They are compared before any memory is taken, so that a file
// cannot ask for more than it brings.
func NewFromTensors(s Spec, tensors []weightfile.Tensor) (*Network, error) {
	s, g, f, err := s.graph()
	if err != nil {
		return nil, err
	}
	if err := matchTensors(g.params, tensors); err != nil {
		return nil, fmt.Errorf("%w (network %s, n = %d, images %d×%d×%d)", err, s.Net, s.N, s.H, s.W, s.C)
	}
	n := NewNetwork(g, f)
	n.spec = s
	return n, n.SetTensors(tensors)
}

// SetTensors copies tensors into the parameters of the same names and packs them.
// Every parameter must be there and nothing else; shapes may differ in ones (a
// 1×1 convolution and a linear layer), and names may begin with what wrappers of
// PyTorch put before them. On an error nothing is changed.
func (n *Network) SetTensors(tensors []weightfile.Tensor) error {
	if err := fill(n.params, tensors); err != nil {
		return err
	}
	n.Pack(nil)
	return nil
}

// fill copies tensors into the parameters that they are. On an error nothing is changed.
func fill(params []*Param, tensors []weightfile.Tensor) error {
	if err := matchTensors(params, tensors); err != nil {
		return err
	}
	for _, t := range tensors {
		name := plainName(t.Name)
		i := slices.IndexFunc(params, func(p *Param) bool { return p.Name == name })
		copy(params[i].Data, t.Data)
	}
	return nil
}

// wrappers are what DataParallel and AveragedModel, torch.compile, FSDP, and
// classes that keep the network in a field put before names.
var wrappers = []string{"module.", "_orig_mod.", "_fsdp_wrapped_module.", "net.", "model.", "ema_model.", "network.", "ebm."}

// plainName is the name without wrappers, in whatever combination.
func plainName(name string) string {
	for {
		short := name
		for _, w := range wrappers {
			short = strings.TrimPrefix(short, w)
		}
		if short == name {
			return name
		}
		name = short
	}
}

// matchTensors checks that tensors are these parameters.
func matchTensors(params []*Param, tensors []weightfile.Tensor) error {
	byName := map[string]weightfile.Tensor{}
	for _, t := range tensors {
		name := plainName(t.Name)
		if _, ok := byName[name]; ok {
			return fmt.Errorf("nn: two tensors %q", name)
		}
		byName[name] = t
	}
	for _, p := range params {
		t, ok := byName[p.Name]
		if !ok {
			return fmt.Errorf("nn: no tensor %q; the network needs it with shape %v", p.Name, p.Shape)
		}
		if !slices.Equal(withoutOnes(t.Shape), withoutOnes(p.Shape)) || len(t.Data) != p.Len() {
			return fmt.Errorf("nn: tensor %q has shape %v; the network needs %v", p.Name, t.Shape, p.Shape)
		}
		delete(byName, p.Name)
	}
	for _, t := range tensors {
		if name := plainName(t.Name); byName[name].Name != "" {
			return fmt.Errorf("nn: the network has no parameter %q", name)
		}
	}
	return nil
}

func withoutOnes(shape []int) []int {
	return slices.DeleteFunc(slices.Clone(shape), func(d int) bool { return d == 1 })
}

// Metadata returns what a weight file has to say so that SpecFromTensors finds
// the network again. The training program adds temperature and sampler.
func (s Spec) Metadata() map[string]string {
	m := map[string]string{
		"net":      s.Net,
		"n":        strconv.Itoa(s.N),
		"leak":     strconv.FormatFloat(s.Leak, 'g', -1, 64),
		"height":   strconv.Itoa(s.H),
		"width":    strconv.Itoa(s.W),
		"channels": strconv.Itoa(s.C),
	}
	if s.SpectralNorm {
		m["spectral_norm"] = "true"
	}
	if s.Fade != 0 {
		m["fade"] = strconv.FormatFloat(s.Fade, 'g', -1, 64)
	}
	for key, list := range map[string]any{"widths": s.Widths, "layers": s.Layers} {
		if text, _ := json.Marshal(list); string(text) != "null" {
			m[key] = string(text)
		}
	}
	return m
}

// SpecFromTensors finds the network that tensors belong to, from the metadata
// that our files carry, and else from names and shapes. guessed says that leak or
// image size, which shapes do not tell, are defaults.
func SpecFromTensors(tensors []weightfile.Tensor, metadata map[string]string) (s Spec, guessed bool, err error) {
	if metadata["net"] != "" {
		s, err = specFromMetadata(metadata)
		return s, false, err
	}
	shapes := map[string][]int{}
	for _, t := range tensors {
		shapes[plainName(t.Name)] = t.Shape
	}
	dim := func(name string, rank, k int) int {
		if s := shapes[name]; len(s) == rank {
			return s[k]
		}
		return 0
	}
	switch {
	case shapes["convs.0.weight"] != nil:
		s.Net = "nonlocal"
		s.N, s.C = dim("convs.0.weight", 4, 0), dim("convs.0.weight", 4, 1)
		if s.N > 0 {
			side := int(math.Round(math.Sqrt(float64(dim("fc.0.weight", 2, 1)) / float64(4*s.N))))
			s.H, s.W = 8*side, 8*side
		}
	case shapes["stem.weight"] != nil:
		s.Net = "resnet"
		s.N, s.C = dim("stem.weight", 4, 0), dim("stem.weight", 4, 1)
	case shapes["head.2.weight"] != nil:
		s.Net = "pyramid"
		s.N = dim("head.2.weight", 4, 0) / 4
		for s.H = 8; shapes[fmt.Sprintf("blocks.%d.conv1.weight", 2*s.H)] != nil; s.H *= 2 {
		}
		s.W, s.C = s.H, dim(fmt.Sprintf("rgb.%d.weight", s.H), 4, 1)
	case dim("f.0.weight", 4, 2) == 1:
		s.Net = "toy"
		s.N, s.C = dim("f.0.weight", 4, 0), dim("f.0.weight", 4, 1)
	case dim("f.0.weight", 4, 2) == 3:
		s.Net = "vanilla"
		s.N, s.C = dim("f.0.weight", 4, 0), dim("f.0.weight", 4, 1)
	case dim("0.weight", 2, 0) > 0:
		s.Net = "mlp"
		s.C = dim("0.weight", 2, 1)
		for i := 0; shapes[fmt.Sprintf("%d.weight", i+2)] != nil; i += 2 {
			s.Widths = append(s.Widths, dim(fmt.Sprintf("%d.weight", i), 2, 0))
		}
	default:
		return s, true, fmt.Errorf("nn: the tensors' names and shapes fit none of %s", strings.Join(Nets(), ", "))
	}
	s, err = s.complete()
	return s, true, err
}

func specFromMetadata(m map[string]string) (Spec, error) {
	s := Spec{Net: m["net"]}
	for key, p := range map[string]*int{"n": &s.N, "height": &s.H, "width": &s.W, "channels": &s.C} {
		if m[key] == "" {
			continue
		}
		v, err := strconv.Atoi(m[key])
		if err != nil || v < 1 {
			return s, fmt.Errorf("nn: metadata %s = %q is not a positive number", key, m[key])
		}
		*p = v
	}
	for key, p := range map[string]*float64{"leak": &s.Leak, "fade": &s.Fade} {
		if m[key] == "" {
			continue
		}
		v, err := strconv.ParseFloat(m[key], 64)
		if err != nil {
			return s, fmt.Errorf("nn: metadata %s = %q is not a number", key, m[key])
		}
		*p = v
	}
	if v := m["spectral_norm"]; v != "" {
		on, err := strconv.ParseBool(v)
		if err != nil {
			return s, fmt.Errorf("nn: metadata spectral_norm = %q is neither true nor false", v)
		}
		s.SpectralNorm = on
	}
	if v := m["widths"]; v != "" {
		if err := json.Unmarshal([]byte(v), &s.Widths); err != nil {
			return s, fmt.Errorf("nn: metadata widths = %.40q is no list of widths", v)
		}
	}
	if v := m["layers"]; v != "" {
		var err error
		if s.Layers, err = ParseLayers([]byte(v)); err != nil {
			return s, fmt.Errorf("%w (metadata layers)", err)
		}
	}
	return s.complete()
}
