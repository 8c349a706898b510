package tensor

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"anila/asm/vec"
	"anila/internal/asmtest"
)

// What is fused into a convolution has the bits of the steps one after the other, by
// every algorithm and team; images whose sides fill no whole tiles too.
func TestEpilogues(t *testing.T) {
	asmtest.EveryTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(31, 1))
		for _, c := range []Conv{
			{InH: 9, InW: 7, InC: 32, OutC: 32, KernelH: 3, KernelW: 3, Stride: 1, Padding: 1},
			{InH: 8, InW: 12, InC: 32, OutC: 64, KernelH: 3, KernelW: 3, Stride: 1, Padding: 1},
			{InH: 12, InW: 8, InC: 16, OutC: 32, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1},
			{InH: 6, InW: 5, InC: 3, OutC: 7, KernelH: 3, KernelW: 3, Stride: 1, Padding: 1},
			{InH: 5, InW: 5, InC: 32, OutC: 32, KernelH: 1, KernelW: 1, Stride: 1},
			{InH: 2, InW: 2, InC: 8, OutC: 2, KernelH: 2, KernelW: 2, Stride: 1},
		} {
			for _, a := range Algorithms(c) {
				p := NewConvPlanWith(c, a)
				w := p.NewWeights()
				w.Pack(random(r, p.WeightSize()), random(r, p.OutC), nil)
				const n = 5
				x, dy := random(r, n*p.InSize()), random(r, n*p.OutSize())
				for _, workers := range []int{1, 3} {
					team := NewWorkers(workers)
					defer team.Close()
					checkEpilogues(t, fmt.Sprintf("%v, %d workers", p, workers), p, w, x, dy, n, team)
				}
			}
		}
	})
}

func checkEpilogues(t *testing.T, name string, p *ConvPlan, w *ConvWeights, x, dy []float32, n int, team *Workers) {
	r := rand.New(rand.NewPCG(32, 1))
	scratch := make([]float32, p.Scratch(n, team))
	same := func(what string, got, want []float32) {
		t.Helper()
		if d := asmtest.Difference(got, want); d != "" {
			t.Errorf("%s: %s: %s", name, what, d)
		}
	}
	sum, back := make([]float32, len(dy)), make([]float32, len(x))
	p.Forward(sum, x, n, w, Epilogue{Leak: 1}, scratch, team)
	p.InputGradient(back, dy, n, w, Epilogue{Leak: 1}, scratch, team)

	add, y, slope := random(r, len(sum)), make([]float32, len(sum)), make([]float32, len(sum))
	total, wantY, wantSlope := slices.Clone(sum), make([]float32, len(sum)), make([]float32, len(sum))
	vec.Add(total, add)
	p.Forward(y, x, n, w, Epilogue{Leak: 1, Add: add}, scratch, team)
	same("sum", y, total)
	vec.Swish(wantY, wantSlope, total)
	p.Forward(y, x, n, w, Epilogue{Leak: 1, Add: add, Slope: slope}, scratch, team)
	same("swish of a sum", y, wantY)
	same("slope of a sum", slope, wantSlope)
	vec.Swish(wantY, wantSlope, sum)
	p.Forward(y, x, n, w, Epilogue{Leak: 1, Slope: slope}, scratch, team)
	same("swish", y, wantY)
	same("slope", slope, wantSlope)

	add, slope = random(r, len(back)), random(r, len(back))
	dx, want := make([]float32, len(back)), slices.Clone(back)
	vec.Mul(want, want, slope)
	p.InputGradient(dx, dy, n, w, Epilogue{Leak: 1, Slope: slope}, scratch, team)
	same("gradient times slope", dx, want)
	want = slices.Clone(back)
	vec.Add(want, add)
	p.InputGradient(dx, dy, n, w, Epilogue{Leak: 1, Add: add}, scratch, team)
	same("gradient and another", dx, want)
	vec.Mul(want, want, slope)
	p.InputGradient(dx, dy, n, w, Epilogue{Leak: 1, Add: add, Slope: slope}, scratch, team)
	same("gradient and another times slope", dx, want)
}
