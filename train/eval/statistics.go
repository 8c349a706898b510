package eval

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"anila/nn/weightfile"
)

// Statistics are what a Fréchet distance needs to know of a set of pictures: mean and covariance of their features.
type Statistics struct {
	Source string        // network and weights, features.Network.Source; "" where a file does not say
	Data   string        // what the pictures are, "" where nobody says
	N      int           // pictures; 0 where a file does not say
	Mu     []float64     // [d]
	Sigma  *mat.SymDense // [d, d], divided by N − 1
}

// NewStatistics takes features x [N, d] together. It panics when x is no whole number of them, and with fewer than two.
func NewStatistics(source string, x []float32, d int) *Statistics {
	n := rows(x, d)
	if n < 2 {
		panic("eval: statistics of fewer than two pictures")
	}
	m := mat.NewDense(n, d, nil)
	raw := m.RawMatrix().Data
	for i, v := range x {
		raw[i] = float64(v)
	}
	s := &Statistics{Source: source, N: n, Mu: make([]float64, d), Sigma: new(mat.SymDense)}
	for j := range d {
		s.Mu[j] = stat.Mean(mat.Col(nil, j, m), nil)
	}
	stat.CovarianceMatrix(s.Sigma, m, nil)
	return s
}

// rows is the number of rows of x [n, d].
func rows(x []float32, d int) int {
	if d < 1 || len(x)%d != 0 {
		panic(fmt.Sprintf("eval: %d values are no whole number of features of %d", len(x), d))
	}
	return len(x) / d
}

// Save writes the archive that pytorch-fid writes, .npz with mu [d] and sigma [d, d], float64; the number of pictures, what they
// are and whose features go into its metadata, which pytorch-fid passes over.
func (s *Statistics) Save(path string) error {
	d := len(s.Mu)
	sigma := make([]float64, 0, d*d)
	for i := range d {
		for j := range d {
			sigma = append(sigma, s.Sigma.At(i, j))
		}
	}
	return weightfile.SaveNPZ(path, []weightfile.Array[float64]{
		{Name: "mu", Shape: []int{d}, Data: s.Mu}, {Name: "sigma", Shape: []int{d, d}, Data: sigma},
	}, map[string]string{"n": strconv.Itoa(s.N), "data": s.Data, "features": s.Source})
}

// LoadStatistics reads an archive of Save or of pytorch-fid.
func LoadStatistics(path string) (*Statistics, error) {
	arrays, metadata, err := weightfile.LoadNPZ[float64](path)
	if err != nil {
		return nil, err
	}
	s := &Statistics{Source: metadata["features"], Data: metadata["data"]}
	if text := metadata["n"]; text != "" {
		if s.N, err = strconv.Atoi(text); err != nil || s.N < 0 {
			return nil, fmt.Errorf("eval: %s: n is %q, not a number of pictures", path, text)
		}
	}
	var sigma []float64
	for _, a := range arrays {
		switch a.Name {
		case "mu":
			s.Mu = a.Data
		case "sigma":
			sigma = a.Data
		}
	}
	d := len(s.Mu)
	if d == 0 || len(sigma) != d*d {
		return nil, fmt.Errorf("eval: %s holds mu of %d numbers and sigma of %d; statistics are mu [d] and sigma [d, d]", path, d, len(sigma))
	}
	s.Sigma = mat.NewSymDense(d, sigma)
	for i, m := range s.Mu {
		if m-m != 0 {
			return nil, fmt.Errorf("eval: %s: mu[%d] = %g; a mean is finite", path, i, m)
		}
		for j := range d {
			if v := sigma[i*d+j]; v-v != 0 || math.Abs(v-sigma[j*d+i]) > 1e-6*(1+math.Abs(v)) {
				return nil, fmt.Errorf("eval: %s: sigma[%d, %d] = %g; a covariance is finite and symmetric", path, i, j, v)
			}
		}
	}
	return s, nil
}

// errNegative says what a covariance must not have.
var errNegative = errors.New("eval: a covariance has a direction of negative variance")

// Frechet is the Fréchet distance of two normal distributions with these means and covariances (Heusel et al. 2017),
//
//	|μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½)
//
// Statistics of different features are an error.
func Frechet(a, b *Statistics) (float64, error) {
	if len(a.Mu) != len(b.Mu) {
		return 0, fmt.Errorf("eval: statistics of %d and of %d features cannot be compared", len(a.Mu), len(b.Mu))
	}
	if a.Source != b.Source && a.Source != "" && b.Source != "" {
		return 0, fmt.Errorf("eval: statistics of %s and of %s cannot be compared", a.Source, b.Source)
	}
	root, err := traceOfRoot(a.Sigma, b.Sigma)
	if err != nil {
		return 0, err
	}
	mean := 0.0
	for i, m := range a.Mu {
		mean += (m - b.Mu[i]) * (m - b.Mu[i])
	}
	return mean + mat.Trace(a.Sigma) + mat.Trace(b.Sigma) - 2*root, nil
}

// traceOfRoot is tr (S₁S₂)^½, the sum of the roots of the eigenvalues of S₁^½ S₂ S₁^½. With any S₁ = L·Lᵀ they are those of
// Lᵀ S₂ L too, so that a pivoted Cholesky factor serves in place of the symmetric root; of a singular S₁ (fewer pictures than
// features) it has only as many columns as the rank.
func traceOfRoot(s1, s2 *mat.SymDense) (float64, error) {
	d := s1.SymmetricDim()
	var cholesky mat.PivotedCholesky
	cholesky.Factorize(s1, -1)
	rank := cholesky.Rank()
	if rank == 0 {
		return 0, nil
	}
	var u mat.TriDense
	cholesky.UTo(&u)
	factor := mat.NewDense(d, rank, nil) // L, with its rows back in order
	for i, row := range cholesky.ColumnPivots(nil) {
		for j := range min(i+1, rank) {
			factor.Set(row, j, u.At(j, i))
		}
	}
	var half, product mat.Dense
	half.Mul(s2, factor)
	product.Mul(factor.T(), &half)
	between := mat.NewSymDense(rank, nil)
	for i := range rank {
		for j := i; j < rank; j++ {
			between.SetSym(i, j, (product.At(i, j)+product.At(j, i))/2)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(between, false) {
		return 0, errors.New("eval: the eigenvalues of the covariances' product did not converge")
	}
	root, values := 0.0, eigen.Values(nil)
	for _, v := range values {
		if v < -1e-6*math.Abs(values[rank-1]) {
			return 0, errNegative
		}
		root += math.Sqrt(max(v, 0))
	}
	return root, nil
}
