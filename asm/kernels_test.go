package asm_test

import (
	"fmt"
	"math"
	"testing"

	"anila/asm/chain"
	"anila/asm/isa"
	"anila/asm/lanes"
	"anila/asm/reduce"
	"anila/asm/vec"
	"anila/internal/asmtest"
)

// kernels is the table that parity tests, allocation tests and benchmarks go
// through. The first writes of x are written (and may be read), the others are
// only read; all have the same length. A sum returns its value.
var kernels = []struct {
	name   string
	slices int
	writes int
	row    int // lengths are multiples of this, 0 for 1
	run    func(x [][]float32) float64
}{
	{"Axpy", 2, 1, 0, func(x [][]float32) float64 { vec.Axpy(x[0], x[1], 1.7); return 0 }},
	{"Add", 2, 1, 0, func(x [][]float32) float64 { vec.Add(x[0], x[1]); return 0 }},
	{"Scale", 1, 1, 0, func(x [][]float32) float64 { vec.Scale(x[0], -0.3); return 0 }},
	{"Affine", 2, 1, 0, func(x [][]float32) float64 { vec.Affine(x[0], x[1], 1.7, -0.6); return 0 }},
	{"Sub", 3, 1, 0, func(x [][]float32) float64 { vec.Sub(x[0], x[1], x[2]); return 0 }},
	{"Mul", 3, 1, 0, func(x [][]float32) float64 { vec.Mul(x[0], x[1], x[2]); return 0 }},
	{"MulAdd", 3, 1, 0, func(x [][]float32) float64 { vec.MulAdd(x[0], x[1], x[2]); return 0 }},
	{"Div", 3, 1, 0, func(x [][]float32) float64 { vec.Div(x[0], x[1], x[2]); return 0 }},
	{"Max", 3, 1, 0, func(x [][]float32) float64 { vec.Max(x[0], x[1], x[2]); return 0 }},
	{"Sqrt", 2, 1, 0, func(x [][]float32) float64 { vec.Sqrt(x[0], x[1]); return 0 }},
	{"Log", 2, 1, 0, func(x [][]float32) float64 { vec.Log(x[0], x[1]); return 0 }},
	{"Clamp", 1, 1, 0, func(x [][]float32) float64 { vec.Clamp(x[0], 0.7); return 0 }},
	{"Sum", 1, 0, 0, func(x [][]float32) float64 { return reduce.Sum(x[0]) }},
	{"SumSquares", 1, 0, 0, func(x [][]float32) float64 { return reduce.SumSquares(x[0]) }},
	{"Dot", 2, 0, 0, func(x [][]float32) float64 { return reduce.Dot(x[0], x[1]) }},
	{"DotRows/1", 2, 0, 0, dotRowsCase(1)},
	{"DotRows/10", 2, 0, 10, dotRowsCase(10)},
	{"DotRows/20", 2, 0, 20, dotRowsCase(20)},
	{"DotRows/70", 2, 0, 70, dotRowsCase(70)},
	{"SquaredDistance", 2, 0, 0, func(x [][]float32) float64 { return reduce.SquaredDistance(x[0], x[1]) }},
	{"Max", 1, 0, 0, func(x [][]float32) float64 { return float64(reduce.Max(x[0])) }},
	{"CountBeyond", 1, 0, 0, func(x [][]float32) float64 { return float64(reduce.CountBeyond(x[0], 1.5)) }},
	{"Transition/plain", 3, 0, 0, transitionCase(chain.Update{Drift: 0.5})},
	{"Transition/coord", 3, 0, 0, transitionCase(chain.Update{Drift: 0.5, B: 0.4, Scope: chain.Coord})},
	{"Transition/coord-linear", 3, 0, 0, transitionCase(chain.Update{Drift: 0.5, B: 0.4, Scope: chain.Coord, Linear: true})},
	{"Transition/pixel", 3, 0, 3, transitionCase(chain.Update{Drift: 0.5, B: 2, Scope: chain.Pixel, Channels: 3})},
	{"Transition/sample", 3, 0, 0, transitionCase(chain.Update{Drift: 0.5, B: 5, Scope: chain.Sample})},
	{"LeakyReLU", 2, 1, 0, func(x [][]float32) float64 { vec.LeakyReLU(x[0], x[1], 0.05); return 0 }},
	{"LeakyReLU/inplace", 1, 1, 0, func(x [][]float32) float64 { vec.LeakyReLU(x[0], x[0], 0.2); return 0 }},
	{"LeakyReLUGradient", 3, 1, 0, func(x [][]float32) float64 { vec.LeakyReLUGradient(x[0], x[1], x[2], 0.05); return 0 }},
	{"LeakyReLUGradient/inplace", 2, 1, 0, func(x [][]float32) float64 { vec.LeakyReLUGradient(x[0], x[0], x[1], 0.05); return 0 }},
	{"Signs, MaskSigns", 2, 1, 0, signsCase()},
	{"Exp", 2, 1, 0, func(x [][]float32) float64 { vec.Exp(x[0], x[1]); return 0 }},
	{"Swish", 3, 2, 0, func(x [][]float32) float64 { vec.Swish(x[0], x[1], x[2]); return 0 }},
	{"Swish/inplace", 2, 2, 0, func(x [][]float32) float64 { vec.Swish(x[0], x[1], x[1]); return 0 }},
	{"Softmax", 2, 1, 0, func(x [][]float32) float64 { vec.Softmax(x[0], x[1], len(x[0])); return 0 }},
	{"Softmax/64", 2, 1, 64, func(x [][]float32) float64 { vec.Softmax(x[0], x[1], 64); return 0 }},
	{"SoftmaxGradient", 3, 1, 0, func(x [][]float32) float64 { vec.SoftmaxGradient(x[0], x[1], x[2], len(x[0])); return 0 }},
	{"SGD", 2, 1, 0, func(x [][]float32) float64 { vec.SGD(x[0], x[1], 0.1, 0.01); return 0 }},
	{"Momentum", 3, 2, 0, func(x [][]float32) float64 { vec.Momentum(x[0], x[2], x[1], 0.1, 0.9, 0.01); return 0 }},
	{"Adam", 4, 3, 0, func(x [][]float32) float64 {
		vec.Adam(x[0], x[3], x[1], x[2], &vec.AdamStep{Rate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, WeightDecay: 0.01, Step: 3})
		return 0
	}},
	{"AdamW", 4, 3, 0, func(x [][]float32) float64 {
		vec.Adam(x[0], x[3], x[1], x[2], &vec.AdamStep{Rate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, WeightDecay: 0.01, Decoupled: true, Step: 1})
		return 0
	}},
	{"EMA", 2, 1, 0, func(x [][]float32) float64 { vec.EMA(x[0], x[1], 0.999); return 0 }},
	{"MaxPool2/3", 3, 1, 3, poolCase(3)},
	{"MaxPool2/32", 3, 1, 32, poolCase(32)},
	{"MaxPool2/21", 3, 1, 21, poolCase(21)},
	{"MaxPool2Gradient/3", 5, 2, 6, poolGradCase(3)},
	{"MaxPool2Gradient/32", 5, 2, 64, poolGradCase(32)},
	{"MaxPool2Gradient/21", 5, 2, 42, poolGradCase(21)},
	{"Columns/2", 2, 1, 2, func(x [][]float32) float64 { lanes.Columns(x[0], x[1], 2); return 0 }},
	{"Columns/3", 2, 1, 3, func(x [][]float32) float64 { lanes.Columns(x[0], x[1], 3); return 0 }},
	{"Rows/2", 2, 1, 2, func(x [][]float32) float64 { lanes.Rows(x[0], x[1], 2); return 0 }},
	{"Rows/3", 2, 1, 3, func(x [][]float32) float64 { lanes.Rows(x[0], x[1], 3); return 0 }},
	{"AvgPool2/3", 3, 1, 3, avgPoolCase(3)},
	{"AvgPool2/32", 3, 1, 32, avgPoolCase(32)},
	{"AvgPool2/21", 3, 1, 21, avgPoolCase(21)},
	{"AvgPool2Gradient/3", 3, 2, 6, avgPoolGradCase(3)},
	{"AvgPool2Gradient/32", 3, 2, 64, avgPoolGradCase(32)},
	{"AvgPool2Gradient/21", 3, 2, 42, avgPoolGradCase(21)},
	{"Uniforms", 1, 1, 0, func(x [][]float32) float64 { chain.Uniforms(x[0], testNoise); return 0 }},
	{"Normals", 1, 1, 0, func(x [][]float32) float64 { chain.Normals(x[0], testNoise); return 0 }},
	{"Langevin/plain", 2, 1, 0, langevinCase(chain.Update{Drift: 0.5, Noise: 1, Scope: chain.Plain})},
	{"Langevin/gd", 2, 1, 0, langevinCase(chain.Update{Drift: 0.5, B: 0.4, Scope: chain.Coord})},
	{"Langevin/coord", 2, 1, 0, langevinCase(chain.Update{Drift: 0.5, Noise: 1, B: 0.4, Scope: chain.Coord})},
	{"Langevin/coord-linear", 2, 1, 0, langevinCase(chain.Update{Drift: 0.5, Noise: 1, B: 0.4, Scope: chain.Coord, Linear: true})},
	{"Langevin/pixel", 2, 1, 3, langevinCase(chain.Update{Drift: 0.5, Noise: 1, B: 2, Scope: chain.Pixel, Channels: 3})},
	{"Langevin/pixel-linear", 2, 1, 2, langevinCase(chain.Update{Drift: 0.5, Noise: 1, B: 2, Scope: chain.Pixel, Channels: 2, Linear: true})},
	{"Langevin/pixel-7", 2, 1, 7, langevinCase(chain.Update{Drift: 0.5, Noise: 1, B: 2, Scope: chain.Pixel, Channels: 7})},
	{"Langevin/sample", 2, 1, 0, langevinCase(chain.Update{Drift: 0.5, Noise: 1, B: 5, Scope: chain.Sample})},
	{"Langevin/sample-linear", 2, 1, 0, langevinCase(chain.Update{Drift: 0.5, Noise: 1, B: 5, Scope: chain.Sample, Linear: true})},
	{"Langevin/toy", 2, 1, 2, func(x [][]float32) float64 {
		chain.Langevin(x[0], x[1], 2, &chain.Update{Drift: 0.5, Noise: 1, B: 2, Scope: chain.Sample, Random: testNoise})
		return 0
	}},
	{"Langevin/toy-coord", 2, 1, 2, func(x [][]float32) float64 {
		chain.Langevin(x[0], x[1], 2, &chain.Update{Drift: 0.5, Noise: 1, B: 2, Scope: chain.Coord, Random: testNoise})
		return 0
	}},
	{"Langevin/3-sample", 2, 1, 3, func(x [][]float32) float64 {
		chain.Langevin(x[0], x[1], 3, &chain.Update{Drift: 0.5, Noise: 1, B: 2, Scope: chain.Sample, Random: testNoise})
		return 0
	}},
	{"Corrected/coord", 4, 3, 0, correctedCase(0, chain.Update{Drift: 0.5, Noise: 1, B: 0.4, Scope: chain.Coord})},
	{"Corrected/pixel", 4, 3, 3, correctedCase(0, chain.Update{Drift: 0.5, Noise: 1, B: 2, Scope: chain.Pixel, Channels: 3})},
	{"Corrected/sample", 4, 3, 0, correctedCase(0, chain.Update{Drift: 0.5, Noise: 1, B: 5, Scope: chain.Sample})},
	{"Corrected/toy", 4, 3, 2, correctedCase(2, chain.Update{Drift: 0.5, Noise: 1, B: 2, Scope: chain.Sample})},
	{"Corrected/3-coord", 4, 3, 3, correctedCase(3, chain.Update{Drift: 0.5, Noise: 1, B: 0.4, Scope: chain.Coord})},
}

var testNoise = chain.Noise{Seed: 0x0123456789abcdef, Purpose: 0xa5, Chain: 1<<32 - 3, Step: 0x00fedcba98765432}

// langevinCase steps one chain that is as long as the slice.
func langevinCase(u chain.Update) func([][]float32) float64 {
	u.Random = testNoise
	return func(x [][]float32) float64 {
		chain.Langevin(x[0], x[1], max(1, len(x[0])), &u)
		return 0
	}
}

// correctedCase steps chains of dim coordinates, or one that is as long as the slice.
func correctedCase(dim int, u chain.Update) func([][]float32) float64 {
	u.Random = testNoise
	return func(x [][]float32) float64 {
		row := dim
		if row == 0 {
			row = max(1, len(x[0]))
		}
		chain.Corrected(x[0], x[3], chain.Memory{Root: x[1], Noise: x[2]}, row, &u)
		return 0
	}
}

// transitionCase adds both sums of a transition.
func transitionCase(u chain.Update) func([][]float32) float64 {
	return func(x [][]float32) float64 {
		quadratic, logInverse := chain.Transition(x[0], x[1], x[2], &u)
		return quadratic + 3*logInverse
	}
}

// dotRowsCase adds the products of all rows with weights of their own, and NaN where
// more is written.
func dotRowsCase(dim int) func([][]float32) float64 {
	memory := make([]float64, 1<<13)
	return func(x [][]float32) float64 {
		rows := len(x[0]) / dim
		if rows == 0 {
			return 0
		}
		memory[rows] = 1
		reduce.DotRows(memory[:rows], x[0], x[1])
		sum := 0.0
		for i, v := range memory[:rows] {
			sum += float64(1+i) * v
		}
		if memory[rows] != 1 {
			return math.NaN()
		}
		return sum
	}
}

// signsCase masks one slice by the signs of the other.
func signsCase() func([][]float32) float64 {
	memory := make([]uint8, 1<<13)
	return func(x [][]float32) float64 {
		bits := memory[:(len(x[1])+7)/8]
		vec.Signs(bits, x[1])
		vec.MaskSigns(x[0], bits, 0.05)
		return 0
	}
}

// poolCase pools two slices of the length of the output, which gets half as many.
func poolCase(c int) func([][]float32) float64 {
	return func(x [][]float32) float64 {
		n := len(x[0]) / 2 / c * c
		reduce.MaxPool2(x[0][:n], x[1][:2*n], x[2][:2*n], c)
		return 0
	}
}

func poolGradCase(c int) func([][]float32) float64 {
	return func(x [][]float32) float64 {
		n := len(x[0]) / 2
		reduce.MaxPool2Gradient(x[0], x[1], x[2][:n], x[3], x[4], c, 0.2)
		return 0
	}
}

func avgPoolCase(c int) func([][]float32) float64 {
	return func(x [][]float32) float64 {
		n := len(x[0]) / 2 / c * c
		reduce.AvgPool2(x[0][:n], x[1][:2*n], x[2][:2*n], c)
		return 0
	}
}

func avgPoolGradCase(c int) func([][]float32) float64 {
	return func(x [][]float32) float64 {
		reduce.AvgPool2Gradient(x[0], x[1], x[2][:len(x[0])/2], c)
		return 0
	}
}

// TestKernelParity holds every kernel on every tier against the reference: the
// same bits, at every alignment and for every tail, and nothing else touched.
func TestKernelParity(t *testing.T) {
	asmtest.EveryTier(t, func(t *testing.T) {
		for _, k := range kernels {
			for _, n := range asmtest.Lengths() {
				if k.row > 0 && n%k.row != 0 {
					continue
				}
				offsets := 16
				if n > 40 {
					offsets = 3
				}
				for offset := range offsets {
					if !parity(t, k.name, k.slices, k.writes, n, offset*5, k.run) {
						return
					}
				}
			}
		}
	})
}

func parity(t *testing.T, name string, slices, writes, n, offset int, run func([][]float32) float64) bool {
	t.Helper()
	var got, want [][]float32
	var guarded []*asmtest.Slice
	for i := range slices {
		s := asmtest.NewSlice(n, offset+i)
		if seed := uint64(n*slices + i); offset%3 == 2 {
			asmtest.FillWide(s.Data, seed)
		} else {
			asmtest.Fill(s.Data, seed, offset%3 == 1)
		}
		guarded = append(guarded, s)
		got = append(got, s.Data)
		want = append(want, append([]float32(nil), s.Data...))
	}
	var wantSum float64
	asmtest.OnGeneric(func() { wantSum = run(want) })
	gotSum := run(got)
	fail := func(format string, args ...any) bool {
		t.Errorf("%s, length %d, offset %d: %s", name, n, offset, fmt.Sprintf(format, args...))
		return false
	}
	for i, s := range guarded {
		s.Check(t)
		if d := asmtest.Difference(got[i], want[i]); d != "" {
			if i < writes {
				return fail("slice %d: %s", i, d)
			}
			return fail("source %d was changed: %s", i, d)
		}
	}
	if math.Float64bits(gotSum) != math.Float64bits(wantSum) && !(gotSum != gotSum && wantSum != wantSum) {
		return fail("sum %v, want %v", gotSum, wantSum)
	}
	return !t.Failed()
}

// TestKernelsDoNotAllocate runs every kernel over an ordinary length.
func TestKernelsDoNotAllocate(t *testing.T) {
	asmtest.EveryTier(t, func(t *testing.T) {
		for _, k := range kernels {
			x := benchSlices(k.slices, 6720) // a whole number of every row
			if n := testing.AllocsPerRun(5, func() { k.run(x) }); n != 0 {
				t.Errorf("%s allocates %v times", k.name, n)
			}
		}
	})
}

func benchSlices(count, n int) [][]float32 {
	x := make([][]float32, count)
	for i := range x {
		x[i] = make([]float32, n)
		asmtest.Fill(x[i], uint64(i), false)
	}
	return x
}

// BenchmarkKernels reports every kernel on every tier over slices that fit the
// second-level cache: the bytes that go in and out a second, and nanoseconds a
// coordinate.
func BenchmarkKernels(b *testing.B) {
	before := isa.Current()
	defer asmtest.UseTier(b, before)
	for _, k := range kernels {
		for _, tier := range isa.Available() {
			n := 30720
			n -= n % max(1, k.row)
			b.Run(fmt.Sprintf("kernel=%s/impl=%v/n=%d", k.name, tier, n), func(b *testing.B) {
				asmtest.UseTier(b, tier)
				x := benchSlices(k.slices, n)
				b.SetBytes(int64(4 * n * (k.slices + k.writes)))
				for b.Loop() {
					k.run(x)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/coordinate")
			})
		}
	}
}
