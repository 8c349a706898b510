package features

import (
	"context"
	"fmt"

	"anila/tensor"
	"anila/train/data"
)

// Network is a classifier up to its features. It may be shared.
type Network struct {
	graph
	source          string
	frechet, kernel string
	mean, sd        [3]float32 // of [0, 1] inputs, taken off and divided by
}

// Dim is the number of features of a picture.
func (n *Network) Dim() int { return n.output.c }

// Source names network and weights, "resnet56/4bfd9763": features of other sources cannot be compared.
func (n *Network) Source() string { return n.source }

// Frechet is the name of the Fréchet distance of these features: "FID" is that of Inception alone.
func (n *Network) Frechet() string { return n.frechet }

// Kernel is the name of their kernel distance, "KID" for Inception.
func (n *Network) Kernel() string { return n.kernel }

// block is the number of pictures that a worker takes through the network at a time: the weights of the last layers are then
// read once for several pictures, and the activations of the first ones still are not many. It changes no bit.
const block = 4

// Features computes the features [count, Dim()] of the first count items of a set of pictures with one or three channels. A
// picture is seen as its file has it: values in [−1, 1] are rounded to bytes, grey becomes three equal channels, other sizes
// are resized. progress, unless nil, is told how many pictures are done, one call at a time. It panics when the set has
// fewer items.
func (n *Network) Features(ctx context.Context, set data.Set, count int, workers *tensor.Workers, progress func(done int)) ([]float32, error) {
	h, w, c := set.Shape()
	if c != 1 && c != 3 {
		return nil, fmt.Errorf("features: %s holds %d×%d×%d items; pictures have 1 or 3 channels", set.Name(), h, w, c)
	}
	if count < 1 || count > set.Len() {
		panic(fmt.Sprintf("features: %d of %d pictures", count, set.Len()))
	}
	side := n.input.h
	rooms := make([]*room, workers.Count())
	inputs := make([]*resize, workers.Count())
	dst := make([]float32, count*n.Dim())
	round := block * workers.Count()
	if progress != nil {
		round *= 4
	}
	for first := 0; first < count; first += round {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		last := min(first+round, count)
		workers.Run((last-first+block-1)/block, func(worker, task int) {
			if rooms[worker] == nil {
				rooms[worker], inputs[worker] = n.newRoom(block), newResize(h, w, c, side)
			}
			r, in := rooms[worker], inputs[worker]
			from := first + task*block
			pictures := min(block, last-from)
			size := n.input.slot.size
			for i := range pictures {
				set.Items(in.picture, []int{from + i})
				in.run(r.of(n.input, pictures)[i*size:][:size], n.mean, n.sd)
			}
			n.run(r, pictures)
			copy(dst[from*n.Dim():], r.of(n.output, pictures))
		})
		if progress != nil {
			progress(last)
		}
	}
	return dst, nil
}
