package diag

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
	"gonum.org/v1/gonum/stat/distuv"
)

const minDraws = 4

// ESSBulk is the effective sample size of the rank-normalised draws, chains
// split in halves: how well the middle of the distribution is known.
func ESSBulk(chains [][]float64) float64 {
	if !valid(chains, 1) {
		return math.NaN()
	}
	return ess(rankNormalize(split(chains)))
}

// ESSTail is the smaller of the effective sample sizes of the indicators of
// the 5 % and the 95 % quantile.
func ESSTail(chains [][]float64) float64 {
	if !valid(chains, 1) {
		return math.NaN()
	}
	sorted := sortedDraws(chains)
	return min(essQuantile(chains, quantile(sorted, 0.05)), essQuantile(chains, quantile(sorted, 0.95)))
}

// ESSMean is the effective sample size for the mean of the draws as they are.
func ESSMean(chains [][]float64) float64 {
	if !valid(chains, 1) {
		return math.NaN()
	}
	return ess(split(chains))
}

// MCSEMean is the Monte Carlo standard error of the mean of all draws: their
// standard deviation over √ESSMean.
func MCSEMean(chains [][]float64) float64 {
	if !valid(chains, 1) {
		return math.NaN()
	}
	e := ESSMean(chains)
	_, variance := meanVariance(flatten(chains))
	return math.Sqrt(variance / e)
}

func essQuantile(chains [][]float64, q float64) float64 {
	below := make([][]float64, len(chains))
	for c, chain := range chains {
		below[c] = make([]float64, len(chain))
		for i, v := range chain {
			if v <= q {
				below[c][i] = 1
			}
		}
	}
	return ess(split(below))
}

// ess is the multi-chain effective sample size with Geyer's initial monotone
// sequence (Vehtari et al. 2021, section 3.2; Stan reference manual), and at
// most n·log10(n) for antithetic chains.
func ess(chains [][]float64) float64 {
	m, n := len(chains), len(chains[0])
	total := float64(m * n)
	if constant(chains) { // an indicator that all draws fulfil
		return total
	}

	covariance := make([]float64, n) // mean over the chains
	means := make([]float64, m)
	auto := newAutocovariance(n)
	for c, chain := range chains {
		means[c] = auto.add(covariance, chain)
	}
	for t := range covariance {
		covariance[t] /= float64(m)
	}
	within := covariance[0] * float64(n) / float64(n-1)
	variance := covariance[0]
	if m > 1 {
		_, between := meanVariance(means)
		variance += between
	}
	correlation := func(t int) float64 { return 1 - (within-covariance[t])/variance }

	rho := make([]float64, n)
	even, odd := 1.0, correlation(1)
	rho[0], rho[1] = even, odd
	t := 1
	for ; t < n-3 && even+odd > 0; t += 2 {
		even, odd = correlation(t+1), correlation(t+2)
		if even+odd >= 0 {
			rho[t+1], rho[t+2] = even, odd
		}
	}
	last := t - 2
	if even > 0 {
		rho[last+1] = even
	}
	for t := 1; t <= last-2; t += 2 {
		if pair := rho[t-1] + rho[t]; rho[t+1]+rho[t+2] > pair {
			rho[t+1], rho[t+2] = pair/2, pair/2
		}
	}
	tau := -1.0
	for _, r := range rho[:max(last+1, 0)] {
		tau += 2 * r
	}
	tau += rho[last+1]
	for _, r := range rho {
		if math.IsNaN(r) {
			return math.NaN()
		}
	}
	return total / max(tau, 1/math.Log10(total))
}

// Autocorrelation returns the autocorrelation of one chain at lags 0 … maxLag
// (divisor n, by FFT). maxLag is cut to len(draws)−1.
func Autocorrelation(draws []float64, maxLag int) []float64 {
	if len(draws) == 0 {
		return nil
	}
	r := make([]float64, len(draws))
	newAutocovariance(len(draws)).add(r, draws)
	r = r[:min(maxLag, len(draws)-1)+1]
	for t := len(r) - 1; t >= 0; t-- {
		r[t] /= r[0]
	}
	return r
}

// autocovariance computes autocovariances of series of one length by FFT.
type autocovariance struct {
	n            int
	fft          *fourier.FFT
	padded       []float64
	coefficients []complex128
}

func newAutocovariance(n int) *autocovariance {
	size := fastLength(2 * n)
	return &autocovariance{n, fourier.NewFFT(size), make([]float64, size), make([]complex128, size/2+1)}
}

// add adds the autocovariances of x (divisor n) to dst and returns x's mean.
func (a *autocovariance) add(dst, x []float64) (mean float64) {
	mean, _ = meanVariance(x)
	clear(a.padded)
	for i, v := range x {
		a.padded[i] = v - mean
	}
	a.coefficients = a.fft.Coefficients(a.coefficients, a.padded)
	for i, c := range a.coefficients {
		a.coefficients[i] = complex(real(c)*real(c)+imag(c)*imag(c), 0)
	}
	a.fft.Sequence(a.padded, a.coefficients)
	scale := 1 / (float64(a.n) * float64(a.fft.Len()))
	for t := range dst {
		dst[t] += a.padded[t] * scale
	}
	return mean
}

// fastLength is the smallest even number of the form 2ⁱ3ʲ5ᵏ that is ≥ n.
func fastLength(n int) int {
	for n += n & 1; ; n += 2 {
		rest := n
		for _, p := range []int{2, 3, 5} {
			for rest%p == 0 {
				rest /= p
			}
		}
		if rest == 1 {
			return n
		}
	}
}

// rankNormalize replaces draws by the normal scores of their average ranks
// over all chains: Φ⁻¹((r − 3/8)/(S + 1/4)).
func rankNormalize(chains [][]float64) [][]float64 {
	order := ranked(chains)
	size := float64(len(order))
	z := make([]float64, len(order))
	for i := 0; i < len(order); {
		j := i + 1
		for j < len(order) && order[j].value == order[i].value {
			j++
		}
		rank := float64(i+j+1) / 2
		score := distuv.UnitNormal.Quantile((rank - 0.375) / (size + 0.25))
		for ; i < j; i++ {
			z[order[i].place] = score
		}
	}
	return reshape(z, len(chains))
}
