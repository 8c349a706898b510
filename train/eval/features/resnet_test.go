package features

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"anila/nn/weightfile"
	"anila/tensor"
	"anila/train/data"
)

// TestResNet56IsAsAccurateAsPublished: with the published weights and its last layer, the network is right on 93.39 % of the
// test images of CIFAR-10.
func TestResNet56IsAsAccurateAsPublished(t *testing.T) {
	if testing.Short() {
		t.Skip("ten thousand pictures")
	}
	dir := os.Getenv(data.EnvDir)
	if dir == "" {
		t.Skip("ANILA_DATA is not set")
	}
	files, _ := filepath.Glob(filepath.Join(dir, "cifar10-resnet", "resnet56-*.th"))
	if len(files) != 1 {
		t.Skipf("%s has no cifar10-resnet/resnet56-*.th", dir)
	}
	network, err := Load("resnet56", files[0])
	if err != nil {
		t.Fatal(err)
	}
	file, err := weightfile.Load(files[0], "")
	if err != nil {
		t.Fatal(err)
	}
	weights, err := named(file.Tensors)("linear.weight", 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	bias, err := named(file.Tensors)("linear.bias", 10)
	if err != nil {
		t.Fatal(err)
	}
	source, err := data.Open("cifar10-test", dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	set := source.(data.Set)
	workers := tensor.NewWorkers(2)
	defer workers.Close()
	x, err := network.Features(context.Background(), set, set.Len(), workers, nil)
	if err != nil {
		t.Fatal(err)
	}
	right := 0
	for i := range set.Len() {
		var scores [10]float32
		for class := range scores {
			scores[class] = bias[class]
			for j, v := range x[i*64 : (i+1)*64] {
				scores[class] += v * weights[class*64+j]
			}
		}
		if label, _ := set.Label(i); scores[label] == slices.Max(scores[:]) {
			right++
		}
	}
	accuracy := 100 * float64(right) / float64(set.Len())
	t.Logf("%s: %.2f %%", network.Source(), accuracy)
	if math.Abs(accuracy-93.39) > 0.05 {
		t.Errorf("right on %.2f %% of the test images, not 93.39", accuracy)
	}
}

// TestFeaturesDoNotDependOnTheBatch: alone, in blocks, with one worker and with three, a picture has the same features.
func TestFeaturesDoNotDependOnTheBatch(t *testing.T) {
	network := tiny(t)
	one, three := tensor.NewWorkers(1), tensor.NewWorkers(3)
	defer three.Close()
	features := func(set data.Set, count int, workers *tensor.Workers) []float32 {
		t.Helper()
		x, err := network.Features(context.Background(), set, count, workers, nil)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	const count = 2*block + 1
	dim := network.Dim()
	alone := features(noise(t, 32, 32, 3, 1), 1, one)
	if slices.Max(alone) < 0.01 {
		t.Errorf("features %v", alone)
	}
	for _, workers := range []*tensor.Workers{one, three} {
		many := features(noise(t, 32, 32, 3, count), count, workers)
		for i := range count {
			if !slices.Equal(many[i*dim:(i+1)*dim], alone) {
				t.Errorf("picture %d with %d workers is not as it is alone", i, workers.Count())
			}
		}
	}
	// Grey is three equal channels.
	grey := noise(t, 28, 28, 1, 1)
	colour, err := data.NewImages("colour", slices.Repeat(grey.Bytes(0)[:1], 28*28*3), 28, 28, 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range grey.Bytes(0) {
		copy(colour.Bytes(0)[3*i:], []byte{v, v, v})
	}
	if !slices.Equal(features(grey, 1, one), features(colour, 1, one)) {
		t.Error("a grey picture is not as its three equal channels are")
	}
}

// TestSamplesAreSeenAsTheirFilesAre: values between two bytes and outside [−1, 1] are rounded and clamped as in a PNG.
func TestSamplesAreSeenAsTheirFilesAre(t *testing.T) {
	network := tiny(t)
	written := noise(t, 32, 32, 3, 1)
	values := make([]float32, 32*32*3)
	between := uniform("between", len(values))
	for i, v := range written.Bytes(0) {
		values[i] = data.FromByte(v) + float32(0.9*(between[i]-0.5)/127.5)
		if v == 0 || v == 255 {
			values[i] *= 1.5
		}
	}
	path := filepath.Join(t.TempDir(), "x.npy")
	if err := weightfile.SaveNPY(path, []int{1, 32, 32, 3}, values); err != nil {
		t.Fatal(err)
	}
	samples, err := data.ReadImages(path)
	if err != nil {
		t.Fatal(err)
	}
	workers := tensor.NewWorkers(1)
	var x [2][]float32
	for i, set := range []data.Set{written, samples} {
		if x[i], err = network.Features(context.Background(), set, 1, workers, nil); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(x[0], x[1]) {
		t.Error("a sample and its file have other features")
	}
}

func TestWeightsOfAnotherNetworkAreRefused(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, tensors ...weightfile.Tensor) string {
		path := filepath.Join(dir, name)
		if err := weightfile.SaveSafetensors(path, tensors, nil); err != nil {
			t.Fatal(err)
		}
		return path
	}
	first := weightfile.Tensor{Name: "module.conv1.weight", Shape: []int{16, 3, 5, 5}, Data: make([]float32, 16*75)}
	for want, f := range map[string]func() (*Network, error){
		"no network":                        func() (*Network, error) { return Load("vgg", "x.pth") },
		"no such file":                      func() (*Network, error) { return Load("resnet56", filepath.Join(dir, "none.pth")) },
		`"conv1.weight" is [16 3 5 5]`:      func() (*Network, error) { return Load("resnet56", write("a.safetensors", first)) },
		`no tensor "Conv2d_1a_3x3.conv.wei`: func() (*Network, error) { return Load("inception", write("b.safetensors", first)) },
		"variance -1 gives no scale": func() (*Network, error) {
			return resNet56(func(name string, shape ...int) ([]float32, error) {
				x, err := hashed(name, shape...)
				if name == "bn1.running_var" {
					x[3] = -1
				}
				return x, err
			})
		},
	} {
		if _, err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	workers := tensor.NewWorkers(1)
	network, err := resNet56(hashed)
	if err != nil {
		t.Fatal(err)
	}
	points := filepath.Join(dir, "points.npy")
	if err := weightfile.SaveNPY(points, []int{3, 2}, make([]float32, 6)); err != nil {
		t.Fatal(err)
	}
	set, err := data.ReadImages(points)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := network.Features(context.Background(), set, 1, workers, nil); err == nil {
		t.Error("points of the plane have features")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := network.Features(ctx, noise(t, 32, 32, 3, 1), 1, workers, nil); err == nil {
		t.Error("an interruption was not seen")
	}
}
