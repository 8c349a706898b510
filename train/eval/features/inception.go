package features

import "strconv"

// inception is Inception-v3 as the Fréchet inception distance uses it (Szegedy et al. 2016, in the version of 2015-12-05 with
// 1,008 classes) up to its global pooling, as pytorch-fid has it: 2,048 features of pictures that are resized to 299×299.
// Average pools do not count the padding, and the last block has a max pool where the one before it has an average pool.
// Tensors are named as in torchvision (Conv2d_1a_3x3.conv.weight, Conv2d_1a_3x3.bn.*, Mixed_5b.branch1x1.conv.weight …).
func inception(find find) (*Network, error) {
	b := inceptionBuilder{newBuilder(find, 299, 1e-3)}
	x := b.unit("Conv2d_1a_3x3", b.input, 32, square(3, 2, 0))
	x = b.unit("Conv2d_2a_3x3", x, 32, square(3, 1, 0))
	x = b.unit("Conv2d_2b_3x3", x, 64, square(3, 1, 1))
	x = b.add(newMaxPool(&b.graph, x, 2))
	x = b.unit("Conv2d_3b_1x1", x, 80, square(1, 1, 0))
	x = b.unit("Conv2d_4a_3x3", x, 192, square(3, 1, 0))
	x = b.add(newMaxPool(&b.graph, x, 2))
	x = b.blockA("Mixed_5b", x, 32)
	x = b.blockA("Mixed_5c", x, 64)
	x = b.blockA("Mixed_5d", x, 64)
	x = b.blockB("Mixed_6a", x)
	x = b.blockC("Mixed_6b", x, 128)
	x = b.blockC("Mixed_6c", x, 160)
	x = b.blockC("Mixed_6d", x, 160)
	x = b.blockC("Mixed_6e", x, 192)
	x = b.blockD("Mixed_7a", x)
	x = b.blockE("Mixed_7b", x, false)
	x = b.blockE("Mixed_7c", x, true)
	half := [3]float32{0.5, 0.5, 0.5}
	return b.finish("inception", "FID", "KID", b.add(newMean(&b.graph, x)), half, half)
}

// inceptionBuilder builds by the names of the blocks.
type inceptionBuilder struct{ *builder }

// unit is a convolution with batch normalisation and ReLU.
func (b inceptionBuilder) unit(name string, in *value, out int, w window) *value {
	return b.conv(name+".conv", name+".bn", in, out, w, 0)
}

// same is a window of h×w taps that keeps height and width.
func same(h, w int) window { return window{h, w, 1, h / 2, w / 2} }

// chain is units PREFIX1, PREFIX2 … after one another.
func (b inceptionBuilder) chain(prefix string, x *value, outs []int, windows ...window) *value {
	for i, w := range windows {
		x = b.unit(prefix+strconv.Itoa(i+1), x, outs[i], w)
	}
	return x
}

// pooled is the branch that averages, then a 1×1 convolution.
func (b inceptionBuilder) pooled(name string, x *value, out int) *value {
	return b.unit(name+".branch_pool", b.add(newAveragePool(&b.graph, x)), out, same(1, 1))
}

func (b inceptionBuilder) blockA(name string, x *value, pool int) *value {
	one := b.unit(name+".branch1x1", x, 64, same(1, 1))
	five := b.chain(name+".branch5x5_", x, []int{48, 64}, same(1, 1), same(5, 5))
	three := b.chain(name+".branch3x3dbl_", x, []int{64, 96, 96}, same(1, 1), same(3, 3), same(3, 3))
	return b.concat(one, five, three, b.pooled(name, x, pool))
}

func (b inceptionBuilder) blockB(name string, x *value) *value {
	three := b.unit(name+".branch3x3", x, 384, square(3, 2, 0))
	double := b.chain(name+".branch3x3dbl_", x, []int{64, 96, 96}, same(1, 1), same(3, 3), square(3, 2, 0))
	return b.concat(three, double, b.add(newMaxPool(&b.graph, x, 2)))
}

func (b inceptionBuilder) blockC(name string, x *value, width int) *value {
	one := b.unit(name+".branch1x1", x, 192, same(1, 1))
	seven := b.chain(name+".branch7x7_", x, []int{width, width, 192}, same(1, 1), same(1, 7), same(7, 1))
	double := b.chain(name+".branch7x7dbl_", x, []int{width, width, width, width, 192},
		same(1, 1), same(7, 1), same(1, 7), same(7, 1), same(1, 7))
	return b.concat(one, seven, double, b.pooled(name, x, 192))
}

func (b inceptionBuilder) blockD(name string, x *value) *value {
	three := b.chain(name+".branch3x3_", x, []int{192, 320}, same(1, 1), square(3, 2, 0))
	seven := b.chain(name+".branch7x7x3_", x, []int{192, 192, 192, 192}, same(1, 1), same(1, 7), same(7, 1), square(3, 2, 0))
	return b.concat(three, seven, b.add(newMaxPool(&b.graph, x, 2)))
}

func (b inceptionBuilder) blockE(name string, x *value, last bool) *value {
	one := b.unit(name+".branch1x1", x, 320, same(1, 1))
	three := b.unit(name+".branch3x3_1", x, 384, same(1, 1))
	wide := b.unit(name+".branch3x3_2a", three, 384, same(1, 3))
	high := b.unit(name+".branch3x3_2b", three, 384, same(3, 1))
	double := b.chain(name+".branch3x3dbl_", x, []int{448, 384}, same(1, 1), same(3, 3))
	doubleWide := b.unit(name+".branch3x3dbl_3a", double, 384, same(1, 3))
	doubleHigh := b.unit(name+".branch3x3dbl_3b", double, 384, same(3, 1))
	pool := b.pooled
	if last {
		pool = func(name string, x *value, out int) *value {
			return b.unit(name+".branch_pool", b.add(newMaxPool(&b.graph, x, 1)), out, same(1, 1))
		}
	}
	return b.concat(one, wide, high, doubleWide, doubleHigh, pool(name, x, 192))
}
