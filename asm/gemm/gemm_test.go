package gemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"anila/asm/isa"
	"anila/asm/peak"
	"anila/internal/asmtest"
)

// everyPanel runs a test on every tier with every width of panel that it has.
func everyPanel(t *testing.T, test func(t *testing.T, mr, nr int)) {
	asmtest.EveryTier(t, func(t *testing.T) {
		mr, nr := Tile()
		for _, columns := range slices.Compact([]int{nr, Panel(1)}) {
			t.Run(fmt.Sprintf("columns=%d", columns), func(t *testing.T) { test(t, mr, columns) })
		}
	})
}

func TestMicro(t *testing.T) {
	everyPanel(t, func(t *testing.T, mr, nr int) {
		r := rand.New(rand.NewPCG(1, 1))
		for m := 1; m <= mr; m++ {
			for _, k := range []int{0, 1, 2, 3, 7, 64, 129} {
				for _, accumulate := range []bool{false, true} {
					for _, transposed := range []bool{false, true} {
						ldc, rowA, stepA, stepB := nr+r.IntN(9), k+r.IntN(5), 1, nr+r.IntN(3)
						if transposed {
							rowA, stepA = 1, m+r.IntN(5)
						}
						a := make([]float32, (m-1)*rowA+max(k-1, 0)*stepA+1)
						b := make([]float32, max(k-1, 0)*stepB+nr)
						c := make([]float32, (m-1)*ldc+nr+5)
						for _, s := range [][]float32{a, b, c} {
							for i := range s {
								s[i] = float32(r.NormFloat64())
							}
						}
						before := append([]float32(nil), c...)
						Micro(c[:(m-1)*ldc+nr], ldc, a, rowA, stepA, b, stepB, nr, k, m, accumulate)
						for i := range c {
							row, column := i/ldc, i%ldc
							want, limit := float64(before[i]), 0.0
							if row < m && column < nr {
								if !accumulate {
									want = 0
								}
								limit = 1e-6 * (1 + math.Abs(want))
								for p := range k {
									v := float64(a[row*rowA+p*stepA]) * float64(b[p*stepB+column])
									want += v
									limit += 1e-6 * math.Abs(v)
								}
							}
							if math.Abs(float64(c[i])-want) > limit {
								t.Fatalf("m=%d k=%d accumulate=%v transposed=%v: c[%d][%d] = %v, want %v", m, k, accumulate, transposed, row, column, c[i], want)
							}
						}
					}
				}
			}
		}
	})
}

// TestMicroRows holds the bits of a row against those of the row alone.
func TestMicroRows(t *testing.T) {
	everyPanel(t, func(t *testing.T, mr, nr int) {
		r := rand.New(rand.NewPCG(2, 2))
		const k = 37
		a, b := make([]float32, mr*k), make([]float32, k*nr)
		for _, s := range [][]float32{a, b} {
			for i := range s {
				s[i] = float32(r.NormFloat64())
			}
		}
		one, c := make([]float32, nr), make([]float32, mr*nr)
		for m := 1; m <= mr; m++ {
			Micro(c, nr, a, k, 1, b, nr, nr, k, m, false)
			for i := range m {
				Micro(one, nr, a[i*k:], k, 1, b, nr, nr, k, 1, false)
				for j, v := range one {
					if c[i*nr+j] != v {
						t.Fatalf("row %d of %d: column %d is %v, alone %v", i, m, j, c[i*nr+j], v)
					}
				}
			}
		}
	})
}

// TestSegments holds terms in segments against the same terms in a row.
func TestSegments(t *testing.T) {
	everyPanel(t, func(t *testing.T, mr, nr int) {
		r := rand.New(rand.NewPCG(3, 3))
		for _, k := range []int{1, 4, 9} {
			const segments, line = 3, 200
			for m := 1; m <= 2*mr; m++ {
				image, b := asmtest.Random(r, segments*line), asmtest.Random(r, segments*k*nr)
				rows := make([]float32, m*segments*k)
				for i := range m {
					for s := range segments {
						copy(rows[(i*segments+s)*k:][:k], image[s*line+i*3:])
					}
				}
				got, want := make([]float32, m*nr), make([]float32, m*nr)
				Segments(got, nr, image, 3, 1, b, nr, nr, k, m, false, segments, line-k)
				Micro(want, nr, rows, segments*k, 1, b, nr, nr, segments*k, m, false)
				for i, v := range want {
					if got[i] != v {
						t.Fatalf("k=%d m=%d: [%d] = %v, want %v", k, m, i, got[i], v)
					}
				}
			}
		}
	})
}

// BenchmarkMicro keeps its panels in the first-level cache.
func BenchmarkMicro(b *testing.B) {
	defer asmtest.UseTier(b, isa.Current())
	for _, tier := range isa.Available() {
		asmtest.UseTier(b, tier)
		mr, nr := Tile()
		b.Run("impl="+tier.String()+"/op=peak", func(b *testing.B) {
			flops := 0
			for b.Loop() {
				flops += peak.FMA(1000)
			}
			b.ReportMetric(float64(flops)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
		for _, nr := range slices.Compact([]int{nr, Panel(1)}) {
			for _, k := range []int{64, 128, 256, 512} {
				x, y, c := make([]float32, mr*(k+16)), make([]float32, k*nr), make([]float32, mr*nr)
				b.Run("impl="+tier.String()+fmt.Sprintf("/n=%d/k=%03d", nr, k), func(b *testing.B) {
					for b.Loop() {
						Micro(c, nr, x, k+16, 1, y, nr, nr, k, mr, false)
					}
					b.ReportMetric(float64(b.N)*float64(2*mr*nr*k)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
				})
			}
		}
	}
}
