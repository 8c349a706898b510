package features

import "fmt"

// resNet56 is the CIFAR-10 classifier of 56 layers (He et al. 2016, section 4.2, shortcuts of option A) up to its global
// pooling: 64 features of 32×32 pictures; others are resized to that. Tensors are named as in
// github.com/akamaster/pytorch_resnet_cifar10 (conv1.weight, bn1.*, layer1.0.conv1.weight …).
func resNet56(find find) (*Network, error) {
	b := newBuilder(find, 32, 1e-5)
	x := b.conv("conv1", "bn1", b.input, 16, square(3, 1, 1), 0)
	for stage := range 3 {
		for block := range 9 {
			name := fmt.Sprintf("layer%d.%d.", stage+1, block)
			stride := 1
			if stage > 0 && block == 0 {
				stride = 2
			}
			y := b.conv(name+"conv1", name+"bn1", x, 16<<stage, square(3, stride, 1), 0)
			y = b.conv(name+"conv2", name+"bn2", y, 16<<stage, square(3, 1, 1), 1)
			x = b.add(&addReLU{y, x})
		}
	}
	return b.finish("resnet56", "FD-ResNet56", "KD-ResNet56", b.add(newMean(&b.graph, x)),
		[3]float32{0.485, 0.456, 0.406}, [3]float32{0.229, 0.224, 0.225})
}
