package vec

import (
	"math"
	"testing"

	"anila/internal/asmtest"
)

// TestExpAccuracy bounds the error of the exponential in units in the last
// place, through the subnormal results.
func TestExpAccuracy(t *testing.T) {
	for x := float32(-105); x < 90; x += 0.00037 {
		want := math.Exp(float64(x))
		got := exp32(x)
		if want > math.MaxFloat32 {
			if x >= expHigh && !math.IsInf(float64(got), 1) {
				t.Fatalf("exp(%v) = %v, want +Inf", x, got)
			}
			continue
		}
		ulp := math.Max(math.Abs(want)*0x1p-23, 0x1p-149)
		if math.Abs(float64(got)-want) > 1.1*ulp {
			t.Fatalf("exp(%v) = %v, want %v: %.2f units off", x, got, want, math.Abs(float64(got)-want)/ulp)
		}
	}
	inf := float32(math.Inf(1))
	if exp32(inf) != inf || exp32(-inf) != 0 || exp32(0) != 1 || !math.IsNaN(float64(exp32(float32(math.NaN())))) {
		t.Errorf("exp of +Inf, −Inf, 0, NaN: %v, %v, %v, %v", exp32(inf), exp32(-inf), exp32(0), exp32(float32(math.NaN())))
	}
}

// TestLogAccuracy bounds the error of the logarithm in units in the last place, over
// all exponents and around 1.
func TestLogAccuracy(t *testing.T) {
	try := func(x float32) {
		want, got := math.Log(float64(x)), log32(x)
		if ulp := math.Max(math.Abs(want)*0x1p-23, 0x1p-149); math.Abs(float64(got)-want) > ulp {
			t.Fatalf("log(%v) = %v, want %v: %.2f units off", x, got, want, math.Abs(float64(got)-want)/ulp)
		}
	}
	for bits := math.Float32bits(logLow); bits < math.Float32bits(math.MaxFloat32); bits += 12347 {
		try(math.Float32frombits(bits))
	}
	for bits := math.Float32bits(0.97); bits < math.Float32bits(1.03); bits += 7 {
		try(math.Float32frombits(bits))
	}
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	if log32(1) != 0 || log32(0) != log32(logLow) || log32(-3) != log32(logLow) || log32(inf) != log32(math.MaxFloat32) || log32(nan) == log32(nan) {
		t.Errorf("log of 1, 0, −3, +Inf, NaN: %v, %v, %v, %v, %v", log32(1), log32(0), log32(-3), log32(inf), log32(nan))
	}
}

func TestSwish(t *testing.T) {
	asmtest.EveryTier(t, func(t *testing.T) {
		for _, v := range []float64{-30, -5, -1, -0.1, 0, 0.3, 2, 40} {
			s := 1 / (1 + math.Exp(-v))
			x, y, slope := []float32{float32(v)}, []float32{0}, []float32{0}
			Swish(y, slope, x)
			if want := v * s; math.Abs(float64(y[0])-want) > 1e-6*math.Abs(want) {
				t.Errorf("swish(%v) = %v, want %v", v, y[0], want)
			}
			if want := s + v*s*(1-s); math.Abs(float64(slope[0])-want) > 2e-6*math.Abs(want)+1e-12 {
				t.Errorf("swish'(%v) = %v, want %v", v, slope[0], want)
			}
		}
	})
}

func TestSoftmax(t *testing.T) {
	asmtest.EveryTier(t, func(t *testing.T) {
		for _, row := range []int{1, 2, 7, 64, 100} {
			x, y := make([]float32, 3*row), make([]float32, 3*row)
			for i := range x {
				x[i] = float32(i%11)*20 - 100
			}
			Softmax(y, x, row)
			for r := range 3 {
				var sum float64
				for _, v := range x[r*row : (r+1)*row] {
					sum += math.Exp(float64(v))
				}
				for j, v := range x[r*row : (r+1)*row] {
					want := math.Exp(float64(v)) / sum
					if got := float64(y[r*row+j]); math.Abs(got-want) > 1e-6*want+1e-40 {
						t.Fatalf("row of %d: softmax of %v is %v, want %v", row, v, got, want)
					}
				}
			}
		}
	})
}
