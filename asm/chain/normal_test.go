package chain

import (
	"math"
	"testing"
)

// draws is how many normals the statistical tests look at: chains of 2,500
// coordinates over two steps.
const (
	drawChains = 2048
	drawDim    = 2500
	drawSteps  = 2
	draws      = drawChains * drawDim * drawSteps
)

// TestNormalsDistribution holds the moments, the tails and the distribution
// function of 10⁷ normals, and their correlation along and across streams,
// against those of independent standard normals. The seed is fixed; the bounds
// are 5 standard errors, which a random seed passes with probability above
// 0.9999.
func TestNormalsDistribution(t *testing.T) {
	if testing.Short() {
		t.Skip("statistics of 10⁷ draws")
	}
	var (
		moment [5]float64
		// cells of equal probability for the distribution function
		cells [1 << 12]int
		// counts beyond ±1 … ±5, below and above
		tail [2][6]int
		lag  [9]float64
		// with the same coordinate of the chain and of the step before
		chains, steps float64
		cosine        float64 // (x² − 1)(y² − 1) of a Box–Muller pair
		last          [drawChains][]float32
	)
	for step := range drawSteps {
		var before []float32
		for c := range drawChains {
			x := make([]float32, drawDim)
			Normals(x, Noise{Seed: 20240607, Purpose: 3, Chain: uint32(c), Step: uint64(step)})
			for i, v := range x {
				z := float64(v)
				z2 := z * z
				moment[1] += z
				moment[2] += z2
				moment[3] += z2 * z
				moment[4] += z2 * z2
				cells[int(cdf(z)*float64(len(cells)))]++
				for k := 1; k <= 5 && math.Abs(z) > float64(k); k++ {
					if z < 0 {
						tail[0][k]++
					} else {
						tail[1][k]++
					}
				}
				for k := 1; k < len(lag); k++ {
					if i >= k {
						lag[k] += z * float64(x[i-k])
					}
				}
				if i%2 == 1 {
					y := float64(x[i-1])
					cosine += (z2 - 1) * (y*y - 1)
				}
				if before != nil {
					chains += z * float64(before[i])
				}
				if last[c] != nil {
					steps += z * float64(last[c][i])
				}
			}
			before, last[c] = x, x
		}
	}

	// within checks a sum of n independent terms of the given variance.
	within := func(name string, sum, mean, variance float64, n int) {
		t.Helper()
		if z := (sum - mean*float64(n)) / math.Sqrt(variance*float64(n)); math.Abs(z) > 5 {
			t.Errorf("%s: mean %v over %d draws, %.1f standard errors from %v", name, sum/float64(n), n, z, mean)
		}
	}
	within("mean", moment[1], 0, 1, draws)
	within("variance", moment[2], 1, 2, draws)
	within("third moment", moment[3], 0, 15, draws)
	within("fourth moment", moment[4], 3, 96, draws)
	for k := 1; k < len(lag); k++ {
		within("autocorrelation", lag[k], 0, 1, draws)
	}
	within("correlation of neighbouring chains", chains, 0, 1, draws)
	within("correlation of successive steps", steps, 0, 1, draws/drawSteps)
	within("correlation of squares in a pair", cosine, 0, 4, draws/2)
	for k := 1; k <= 5; k++ {
		p := cdf(-float64(k))
		within("lower tail", float64(tail[0][k]), p, p*(1-p), draws)
		within("upper tail", float64(tail[1][k]), p, p*(1-p), draws)
	}

	// Kolmogorov and Smirnov: the distance exceeds 2.6/√n with probability
	// 2·exp(−2·2.6²) = 2.7e-6. Pearson's χ² over the same cells sees what lies
	// between.
	sum, distance, chi := 0, 0.0, 0.0
	expected := float64(draws) / float64(len(cells))
	for i, n := range cells {
		sum += n
		distance = max(distance, math.Abs(float64(sum)/draws-float64(i+1)/float64(len(cells))))
		chi += (float64(n) - expected) * (float64(n) - expected) / expected
	}
	if limit := 2.6 / math.Sqrt(draws); distance > limit {
		t.Errorf("Kolmogorov–Smirnov distance %v, limit %v", distance, limit)
	}
	freedom := float64(len(cells) - 1)
	if z := (chi - freedom) / math.Sqrt(2*freedom); math.Abs(z) > 5 {
		t.Errorf("χ² of %d cells is %v, %.1f standard errors from its mean", len(cells), chi, z)
	}
}

// cdf is the distribution function of the standard normal.
func cdf(z float64) float64 { return 0.5 * math.Erfc(-z/math.Sqrt2) }

// TestUniformsDistribution checks that uniforms fill (0, 1) evenly and never
// reach its ends.
func TestUniformsDistribution(t *testing.T) {
	const n = 1 << 20
	x := make([]float32, n)
	Uniforms(x, Noise{Seed: 9})
	var cells [1024]int
	for _, u := range x {
		if u <= 0 || u >= 1 {
			t.Fatalf("uniform %v is not inside (0, 1)", u)
		}
		cells[int(u*float32(len(cells)))]++
	}
	chi := 0.0
	for _, k := range cells {
		chi += math.Pow(float64(k)-n/1024, 2) / (n / 1024)
	}
	if z := (chi - 1023) / math.Sqrt(2*1023); math.Abs(z) > 5 {
		t.Errorf("χ² of 1024 cells is %v, %.1f standard errors from its mean", chi, z)
	}
	if uniform(0) != 0x1p-24 || uniform(1<<32-1) != 1-0x1p-24 {
		t.Errorf("ends are %v and %v, want 2⁻²⁴ and 1−2⁻²⁴", uniform(0), uniform(1<<32-1))
	}
}
