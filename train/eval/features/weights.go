package features

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"anila/nn/weightfile"
	"anila/train/data"
)

// Names lists the networks that Load knows.
func Names() []string { return []string{"resnet56", "inception"} }

// Load reads the weights of a network, a safetensors file or one of torch.save.
//
// "inception" is the network of the Fréchet inception distance as pytorch-fid has it (pt_inception-2015-12-05-6726825d.pth),
// with 2,048 features of pictures resized to 299×299; "resnet56" is a CIFAR-10 classifier of
// github.com/akamaster/pytorch_resnet_cifar10 with 64 features of 32×32 pictures.
func Load(name, path string) (*Network, error) {
	if !slices.Contains(Names(), name) {
		return nil, fmt.Errorf("features: no network %q; there are %s", name, strings.Join(Names(), ", "))
	}
	file, err := weightfile.Load(path, "")
	if err != nil {
		return nil, fmt.Errorf("features: %w", err)
	}
	build := map[string]func(find) (*Network, error){"resnet56": resNet56, "inception": inception}[name]
	n, err := build(named(file.Tensors))
	if err != nil {
		return nil, fmt.Errorf("%w (in %s)", err, path)
	}
	return n, nil
}

// Find names the weights of a network in the data folder dir ("" is ANILA_DATA's): those of resnet56 lie in cifar10-resnet, under
// the names that their authors gave them.
func Find(name, dir string) (string, error) {
	if dir == "" {
		dir = os.Getenv(data.EnvDir)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "cifar10-resnet", name+"-*.th"))
	if len(files) != 1 {
		return "", fmt.Errorf("the data folder %q has no cifar10-resnet/%s-*.th (github.com/akamaster/pytorch_resnet_cifar10)", dir, name)
	}
	return files[0], nil
}

// find returns the elements of the tensor of a name and a shape.
type find func(name string, shape ...int) ([]float32, error)

// named finds tensors by their names, with or without "module." before them.
func named(tensors []weightfile.Tensor) find {
	byName := map[string]weightfile.Tensor{}
	for _, t := range tensors {
		byName[strings.TrimPrefix(t.Name, "module.")] = t
	}
	return func(name string, shape ...int) ([]float32, error) {
		t, ok := byName[name]
		switch {
		case !ok:
			return nil, fmt.Errorf("features: no tensor %q", name)
		case !slices.Equal(t.Shape, shape):
			return nil, fmt.Errorf("features: tensor %q is %v, not %v", name, t.Shape, shape)
		}
		return t.Data, nil
	}
}

// builder makes a network from tensors. The first error stays, and steps after it are only shapes.
type builder struct {
	graph
	find    find
	used    hash.Hash // of what was found, in order
	epsilon float64   // of batch normalisation
	err     error
}

func newBuilder(find find, side int, epsilon float64) *builder {
	b := &builder{find: find, used: sha256.New(), epsilon: epsilon}
	b.input = b.newValue(side, side, 3)
	return b
}

// take returns the elements of a tensor, nil after an error.
func (b *builder) take(name string, shape ...int) []float32 {
	if b.err == nil {
		var x []float32
		if x, b.err = b.find(name, shape...); b.err == nil {
			binary.Write(b.used, binary.LittleEndian, x)
			return x
		}
	}
	return nil
}

// conv adds a convolution without bias, batch normalisation folded into it, and ReLU (leak 0) or nothing (1): y = γ·(x − μ)/√(σ²
// + ε) + β. weights and norm are the tensors' names without their last part.
func (b *builder) conv(weights, norm string, in *value, out int, w window, leak float32) *value {
	oihw := b.take(weights+".weight", out, in.c, w.h, w.w)
	scale, shift := b.take(norm+".weight", out), b.take(norm+".bias", out)
	mu, variance := b.take(norm+".running_mean", out), b.take(norm+".running_var", out)
	if b.err != nil {
		return b.newValue(w.outSize(in.h, w.h, w.padH), w.outSize(in.w, w.w, w.padW), out)
	}
	oihw = slices.Clone(oihw)
	bias := make([]float32, out)
	terms := len(oihw) / out
	for o := range out {
		s := float64(scale[o]) / math.Sqrt(float64(variance[o])+b.epsilon)
		if s-s != 0 {
			b.err = fmt.Errorf("features: %s of channel %d: variance %g gives no scale", norm, o, variance[o])
		}
		bias[o] = float32(float64(shift[o]) - float64(mu[o])*s)
		for i := range terms {
			oihw[o*terms+i] = float32(float64(oihw[o*terms+i]) * s)
		}
	}
	return b.add(newConv(&b.graph, in, w, oihw, bias, leak))
}

// finish plans the network whose features are output.
func (b *builder) finish(name, frechet, kernel string, output *value, mean, sd [3]float32) (*Network, error) {
	if b.err != nil {
		return nil, fmt.Errorf("%w; these are not the weights of %s", b.err, name)
	}
	b.output = output
	b.plan()
	return &Network{graph: b.graph, frechet: frechet, kernel: kernel, mean: mean, sd: sd,
		source: name + "/" + hex.EncodeToString(b.used.Sum(nil))[:8]}, nil
}
