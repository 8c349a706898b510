package main

import (
	"math"

	"anila/tensor"
	"anila/train/data"
)

// CIFAR-10's pictures.
const (
	side     = 32
	channels = 3
	size     = side * side * channels
)

// pictures are some pictures as bytes, [n, side, side, channels].
type pictures struct {
	name   string
	pixels []byte
}

// spoilt makes the rows of the table, n pictures each.
func spoilt(train, test *data.Images, references, n int, workers *tensor.Workers) []pictures {
	of := func(set *data.Images, first int) []byte {
		var pixels []byte
		for i := range n {
			pixels = append(pixels, set.Bytes(first+i)...)
		}
		return pixels
	}
	clean := of(test, 0)
	return []pictures{
		{"training pictures after the reference", of(train, references)},
		{"test set", clean},
		{"test set, blurred by a 3×3 mean", blurred(clean, 1)},
		{"test set, blurred by a 5×5 mean", blurred(clean, 2)},
		{"Gaussian pictures with the reference's mean and covariance", gaussian(train, references, n, workers)},
		{"test set + noise of sd 0.1 (of [0, 1])", noisy(clean, 0.2)},
		{"uniform noise", uniform(n)},
	}
}

// blurred replaces every pixel by the mean of those at most reach away that are in the picture.
func blurred(pixels []byte, reach int) []byte {
	out := make([]byte, len(pixels))
	for i := range pixels {
		picture, y, x, c := i/size*size, i/(side*channels)%side, i/channels%side, i%channels
		sum, count := 0, 0
		for v := max(y-reach, 0); v <= min(y+reach, side-1); v++ {
			for u := max(x-reach, 0); u <= min(x+reach, side-1); u++ {
				sum += int(pixels[picture+(v*side+u)*channels+c])
				count++
			}
		}
		out[i] = byte((sum + count/2) / count)
	}
	return out
}

// noisy adds normal noise, sd in units of [−1, 1].
func noisy(pixels []byte, sd float32) []byte {
	out := make([]byte, len(pixels))
	noise := make([]float32, size)
	for first := 0; first < len(pixels); first += size {
		tensor.Key{Seed: 1, Purpose: tensor.PurposeDataNoise, Chain: uint32(first / size)}.Normals(noise)
		for i, e := range noise {
			out[first+i] = data.ToByte(data.FromByte(pixels[first+i]) + sd*e)
		}
	}
	return out
}

func uniform(n int) []byte {
	out := make([]byte, n*size)
	u := make([]float32, size)
	for i := range n {
		tensor.Key{Seed: 1, Purpose: tensor.PurposeStart, Chain: uint32(i)}.Uniforms(u)
		for j, v := range u {
			out[i*size+j] = byte(256 * v)
		}
	}
	return out
}

// gaussian draws from the normal distribution with the mean μ and the covariance of some pictures d₁ … dₘ:
// μ + Σ ξᵢ·(dᵢ − μ)/√(m−1), ξ standard normal.
func gaussian(set *data.Images, m, n int, workers *tensor.Workers) []byte {
	x, indices := make([]float32, m*size), make([]int, m)
	for i := range indices {
		indices[i] = i
	}
	set.Items(x, indices)
	mu := make([]float64, size)
	for i, v := range x {
		mu[i%size] += float64(v) / float64(m)
	}
	for i := range x {
		x[i] -= float32(mu[i%size])
	}
	const together = 84
	out := make([]byte, n*size)
	workers.Run((n+together-1)/together, func(_, task int) {
		first := task * together
		count := min(together, n-first)
		weights, drawn := make([]float32, count*m), make([]float32, count*size)
		for i := range count {
			tensor.Key{Seed: 1, Purpose: tensor.PurposeSample, Chain: uint32(first + i)}.Normals(weights[i*m:][:m])
		}
		tensor.MatMul(drawn, weights, x, tensor.Product{Batch: 1, M: count, N: size, K: m}, make([]float32, tensor.MatMulScratch(m)))
		scale := float32(1 / math.Sqrt(float64(m-1)))
		for i, v := range drawn {
			out[first*size+i] = data.ToByte(float32(mu[i%size]) + scale*v)
		}
	})
	return out
}
