package measure

import (
	"fmt"
	"math"

	"anila/asm/chain"
	"anila/asm/gemm"
	"anila/asm/reduce"
	"anila/asm/vec"
	"anila/tensor"
)

// Sizes of the kernels' operands: activations of 64 images after the first layer of vanilla (n = 32), the coordinates of
// 100 CIFAR-10 chains, the parameters of vanilla.
const (
	activations = 64 * 32 * 32 * 32
	coordinates = 100 * 32 * 32 * 3
	parameters  = 693569
)

// zeros takes memory as the engine does: on huge pages where they are to be had.
func zeros(n int) []float32 { return tensor.NewArena(n).Alloc(n) }

func filled(n int, seed uint64) []float32 {
	x := zeros(n)
	tensor.Key{Seed: seed, Purpose: tensor.PurposeEval}.Normals(x)
	return x
}

// Kernels lists the kernels of package asm at the sizes that training gives them.
func Kernels() []Case {
	cases := []Case{product()}
	cases = append(cases, noise()...)
	cases = append(cases, updates()...)
	cases = append(cases, activation()...)
	cases = append(cases, sums()...)
	return append(cases, optimizers()...)
}

func product() Case {
	const k = 512
	mr, nr := gemm.Tile()
	return Case{Name: "gemm-micro", Shape: fmt.Sprintf("m=%d/n=%d/k=%d", mr, nr, k), Flops: 2 * float64(mr*nr*k), Setup: func() func() {
		mr, nr := gemm.Tile()
		c, a, b := make([]float32, mr*nr), filled(mr*k, 1), filled(nr*k, 2)
		return func() { gemm.Micro(c, nr, a, k, 1, b, nr, nr, k, mr, false) }
	}}
}

func noise() []Case {
	shape, key := fmt.Sprintf("floats=%d", coordinates), chain.Noise{Seed: 1}
	return []Case{
		{Name: "uniforms", Shape: shape, Bytes: 4 * coordinates, Setup: func() func() {
			dst := make([]float32, coordinates)
			return func() { chain.Uniforms(dst, key) }
		}},
		{Name: "normals", Shape: shape, Bytes: 4 * coordinates, Setup: func() func() {
			dst := make([]float32, coordinates)
			return func() { chain.Normals(dst, key) }
		}},
	}
}

// Update is the fused Langevin update of chains of dim coordinates in all forms of a: 8 bytes read and 4 written a float.
func Update(name string, chains, dim int, u chain.Update) Case {
	n := chains * dim
	return Case{Name: name, Shape: fmt.Sprintf("dim=%d", n), Bytes: 12 * float64(n), Setup: func() func() {
		z, g := filled(n, 3), filled(n, 4)
		vec.Scale(g, 1e-4)
		return func() {
			u.Random.Step++
			chain.Langevin(z, g, dim, &u)
		}
	}}
}

// corrected is Update with corrected noise: 16 bytes read and 12 written a float.
func corrected(name string, chains, dim int, u chain.Update) Case {
	n := chains * dim
	return Case{Name: name, Shape: fmt.Sprintf("dim=%d", n), Bytes: 28 * float64(n), Setup: func() func() {
		z, g := filled(n, 3), filled(n, 4)
		vec.Scale(g, 1e-4)
		m := chain.Memory{Root: make([]float32, n), Noise: make([]float32, n)}
		return func() {
			u.Random.Step++
			chain.Corrected(z, g, m, dim, &u)
		}
	}}
}

func updates() []Case {
	u := chain.Update{Drift: 0.5, Noise: 0.01, B: 1e-4, Channels: 3}
	form := func(scope chain.Scope, linear bool, b, noise float32) chain.Update {
		v := u
		v.Scope, v.Linear, v.B, v.Noise = scope, linear, b, noise
		return v
	}
	const chains, dim = 100, coordinates / 100
	return []Case{
		Update("langevin-plain", chains, dim, form(chain.Plain, false, float32(math.Inf(1)), u.Noise)),
		Update("langevin-gd", chains, dim, form(chain.Plain, false, float32(math.Inf(1)), 0)),
		Update("langevin-coord", chains, dim, form(chain.Coord, false, u.B, u.Noise)),
		Update("langevin-coord-linear", chains, dim, form(chain.Coord, true, u.B, u.Noise)),
		Update("langevin-pixel", chains, dim, form(chain.Pixel, false, u.B, u.Noise)),
		Update("langevin-sample", chains, dim, form(chain.Sample, false, u.B, u.Noise)),
		Update("langevin-sample-2d", 256, 2, form(chain.Sample, false, u.B, u.Noise)),
		corrected("corrected-coord", chains, dim, form(chain.Coord, false, u.B, u.Noise)),
		corrected("corrected-pixel", chains, dim, form(chain.Pixel, false, u.B, u.Noise)),
		corrected("corrected-sample", chains, dim, form(chain.Sample, false, u.B, u.Noise)),
		corrected("corrected-sample-2d", 256, 2, form(chain.Sample, false, u.B, u.Noise)),
	}
}

func activation() []Case {
	const n = activations
	shape := fmt.Sprintf("floats=%d", n)
	unary := func(name string, f func(dst, x []float32)) Case {
		return Case{Name: name, Shape: shape, Bytes: 8 * n, Setup: func() func() {
			dst, x := make([]float32, n), filled(n, 5)
			return func() { f(dst, x) }
		}}
	}
	binary := func(name string, f func(dst, a, b []float32)) Case { // or of two outputs
		return Case{Name: name, Shape: shape, Bytes: 12 * n, Setup: func() func() {
			dst, a, b := make([]float32, n), filled(n, 6), filled(n, 7)
			return func() { f(dst, a, b) }
		}}
	}
	bias := filled(32, 8)
	return []Case{
		unary("leaky-relu", func(dst, x []float32) { vec.LeakyReLU(dst, x, 0.05) }),
		unary("bias-leaky-relu", func(dst, x []float32) { gemm.StoreBiasLeakyReLU(dst, 32, x, 32, n/32, 32, bias, 0.05) }),
		binary("leaky-relu-gradient", func(dst, a, b []float32) { vec.LeakyReLUGradient(dst, a, b, 0.05) }),
		unary("exp", vec.Exp),
		binary("swish", vec.Swish),
		unary("softmax", func(dst, x []float32) { vec.Softmax(dst, x, 256) }),
		binary("softmax-gradient", func(dst, a, b []float32) { vec.SoftmaxGradient(dst, a, b, 256) }),
	}
}

func sums() []Case {
	const n = activations
	shape := fmt.Sprintf("floats=%d", n)
	two := func(name string, bytes float64, f func(y, x []float32)) Case {
		return Case{Name: name, Shape: shape, Bytes: bytes * n, Setup: func() func() {
			y, x := filled(n, 9), filled(n, 10)
			return func() { f(y, x) }
		}}
	}
	return []Case{
		two("add", 12, vec.Add),
		two("axpy", 12, func(y, x []float32) { vec.Axpy(y, x, 1e-6) }),
		two("sum", 4, func(_, x []float32) { reduce.Sum(x) }),
		two("sum-squares", 4, func(_, x []float32) { reduce.SumSquares(x) }),
		two("dot", 8, func(y, x []float32) { reduce.Dot(y, x) }),
	}
}

func optimizers() []Case {
	const n = parameters
	shape := fmt.Sprintf("floats=%d", n)
	of := func(name string, bytes float64, f func(p, g, m, v []float32)) Case {
		return Case{Name: name, Shape: shape, Bytes: bytes * n, Setup: func() func() {
			p, g, m, v := filled(n, 11), filled(n, 12), make([]float32, n), make([]float32, n)
			return func() { f(p, g, m, v) }
		}}
	}
	adam := vec.AdamStep{Rate: 1e-4, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Step: 1}
	return []Case{
		of("sgd", 12, func(p, g, _, _ []float32) { vec.SGD(p, g, 1e-6, 0) }),
		of("momentum", 20, func(p, g, m, _ []float32) { vec.Momentum(p, g, m, 1e-6, 0.9, 0) }),
		of("adam", 28, func(p, g, m, v []float32) { vec.Adam(p, g, m, v, &adam) }),
		of("ema", 12, func(p, g, _, _ []float32) { vec.EMA(p, g, 0.999) }),
	}
}
