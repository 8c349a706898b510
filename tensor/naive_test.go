package tensor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"anila/asm/isa"
)

// eachTier runs a test on every tier that this processor and build have.
func eachTier(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	defer isa.Select("")
	for _, tier := range isa.Available() {
		t.Run(tier.String(), func(t *testing.T) {
			if err := isa.Select(tier.String()); err != nil {
				t.Fatal(err)
			}
			test(t)
		})
	}
}

func random(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// naiveConv calls f for every product of a convolution.
func naiveConv(c Conv, n int, f func(x, y, w int)) {
	for i := range n {
		for oy := range c.OutH() {
			for ox := range c.OutW() {
				for ky := range c.KernelH {
					for kx := range c.KernelW {
						iy, ix := oy*c.Stride-c.Padding+ky, ox*c.Stride-c.Padding+kx
						if iy < 0 || iy >= c.InH || ix < 0 || ix >= c.InW {
							continue
						}
						for ic := range c.InC {
							for oc := range c.OutC {
								f(((i*c.InH+iy)*c.InW+ix)*c.InC+ic,
									((i*c.OutH()+oy)*c.OutW()+ox)*c.OutC+oc,
									((oc*c.InC+ic)*c.KernelH+ky)*c.KernelW+kx)
							}
						}
					}
				}
			}
		}
	}
}

// naiveDirections returns a convolution without bias, its input gradient and its
// weight gradient, summed in float64.
func naiveDirections(c Conv, n int, x, dy, w []float32) (y, dx, dw []float64) {
	y, dx, dw = make([]float64, len(dy)), make([]float64, len(x)), make([]float64, len(w))
	naiveConv(c, n, func(ix, iy, iw int) {
		y[iy] += float64(x[ix]) * float64(w[iw])
		dx[ix] += float64(dy[iy]) * float64(w[iw])
		dw[iw] += float64(dy[iy]) * float64(x[ix])
	})
	return y, dx, dw
}

// near fails when got differs from want by more than tolerance times the root
// mean square of want.
func near(t *testing.T, what string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	square := 0.0
	for _, v := range want {
		square += v * v
	}
	limit := tolerance * (math.Sqrt(square/float64(len(want))) + 1e-3)
	for i, v := range got {
		if !(math.Abs(float64(v)-want[i]) <= limit) {
			t.Fatalf("%s[%d] = %v, want %v ± %v", what, i, v, want[i], limit)
		}
	}
}

func leaky(v, leak float64) float64 {
	if v > 0 {
		return v
	}
	return v * leak
}

// checkConv holds one shape's three directions against float64.
func checkConv(t *testing.T, r *rand.Rand, c Conv, n int) {
	t.Helper()
	checkPlan(t, r, NewConvPlan(c), n)
}

func checkPlan(t *testing.T, r *rand.Rand, p *ConvPlan, n int) {
	t.Helper()
	c := p.Conv
	const leak = 0.1
	x, w, bias := random(r, n*c.InSize()), random(r, c.WeightSize()), random(r, c.OutC)
	dy := random(r, n*c.OutSize())
	y64, dx64, dw64 := naiveDirections(c, n, x, dy, w)
	db64 := make([]float64, c.OutC)
	for i := range y64 {
		db64[i%c.OutC] += float64(dy[i])
		y64[i] = leaky(y64[i]+float64(bias[i%c.OutC]), leak)
	}
	packed := p.NewWeights()
	packed.Pack(w, bias, nil)
	scratch := random(r, p.Scratch(n, nil))
	y, dx := random(r, len(dy)), random(r, len(x))
	p.Forward(y, x, n, packed, Epilogue{Leak: leak}, scratch, nil)
	near(t, fmt.Sprintf("%v n=%d forward", p, n), y, y64, 1e-4)
	p.InputGradient(dx, dy, n, packed, Epilogue{Leak: leak}, scratch, nil)
	near(t, fmt.Sprintf("%v n=%d input gradient", p, n), dx, dx64, 1e-4)
	p.InputGradient(dx, dy, n, packed, Epilogue{Act: x, Leak: leak}, scratch, nil)
	for i := range dx64 {
		if !(x[i] > 0) {
			dx64[i] *= leak
		}
	}
	near(t, fmt.Sprintf("%v n=%d masked input gradient", p, n), dx, dx64, 1e-4)
	dw, db := random(r, len(w)), random(r, c.OutC)
	for i := range dw {
		dw64[i] += float64(dw[i])
	}
	for i := range db {
		db64[i] += float64(db[i])
	}
	p.WeightGradient(dw, db, x, dy, n, random(r, p.WeightScratch(nil)), nil)
	near(t, fmt.Sprintf("%v n=%d weight gradient", p, n), dw, dw64, 1e-4)
	near(t, fmt.Sprintf("%v n=%d bias gradient", p, n), db, db64, 1e-4)
}

// checkBatchInvariance holds each image's bits alone, with one set of packed
// weights, against those in a batch with another.
func checkBatchInvariance(t *testing.T, r *rand.Rand, n int, batch, alone *ConvWeights) {
	t.Helper()
	p := batch.plan
	in, out := p.InSize(), p.OutSize()
	x, dy := random(r, n*in), random(r, n*out)
	y, dx := make([]float32, len(dy)), make([]float32, len(x))
	scratch := make([]float32, p.Scratch(n, nil))
	p.Forward(y, x, n, batch, Epilogue{Leak: 0.2}, scratch, nil)
	p.InputGradient(dx, dy, n, batch, Epilogue{Act: x, Leak: 0.2}, scratch, nil)
	y1, dx1 := make([]float32, out), make([]float32, in)
	for i := range n {
		xi := x[i*in:][:in]
		p.Forward(y1, xi, 1, alone, Epilogue{Leak: 0.2}, scratch, nil)
		p.InputGradient(dx1, dy[i*out:][:out], 1, alone, Epilogue{Act: xi, Leak: 0.2}, scratch, nil)
		if !slices.Equal(y1, y[i*out:][:out]) || !slices.Equal(dx1, dx[i*in:][:in]) {
			t.Fatalf("%v: image %d differs alone and in a batch of %d", p, i, n)
		}
	}
}
