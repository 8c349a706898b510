package eval

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"anila/nn/weightfile"
	"anila/tensor"
)

// hash is uniform(seed, …)[i] of testdata/statistics.py.
func hash(seed, i int) float32 {
	h := uint32(i + seed*1_000_003)
	h ^= h >> 16
	h *= 0x85EBCA6B
	h ^= h >> 13
	h *= 0xC2B2AE35
	h ^= h >> 16
	return float32(h>>8) / (1 << 24)
}

// mixed is features(seed, n, d) of testdata/statistics.py.
func mixed(seed, n, d int) []float32 {
	x := make([]float32, n*d)
	for i := range n {
		for j := range d {
			share := float32(j) / float32(d)
			x[i*d+j] = hash(seed, i*d+j) + float32(share*hash(seed, i*d)) + float32(seed)/50
		}
	}
	return x
}

// TestDistancesEqualSciPy holds covariance, trace of the root, Fréchet distance and MMD² against testdata/statistics.json,
// with covariances of full and of lower rank.
func TestDistancesEqualSciPy(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "statistics.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		N, M, D                int
		Frechet, Root, Sigma01 float64
		MMD                    *float64
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	near := func(what string, got, want, tolerance float64) {
		t.Helper()
		if !(math.Abs(got-want) <= tolerance) {
			t.Errorf("%s = %.12g, want %.12g", what, got, want)
		}
	}
	workers := tensor.NewWorkers(2)
	defer workers.Close()
	for _, c := range cases {
		x, y := mixed(1, c.N, c.D), mixed(2, c.M, c.D)
		a, b := NewStatistics("", x, c.D), NewStatistics("", y, c.D)
		near("covariance", a.Sigma.At(0, 1), c.Sigma01, 1e-12)
		root, err := traceOfRoot(a.Sigma, b.Sigma)
		if err != nil {
			t.Fatal(err)
		}
		near("trace of the root", root, c.Root, 1e-6*c.Root)
		for _, pair := range [][2]*Statistics{{a, b}, {b, a}} {
			distance, err := Frechet(pair[0], pair[1])
			if err != nil {
				t.Fatal(err)
			}
			near("Fréchet distance", distance, c.Frechet, 1e-6*c.Frechet)
		}
		if c.MMD != nil { // a set of one subset
			mean, sd := KID(x, y, c.D, 1, workers)
			near("MMD²", mean, *c.MMD, 1e-5*math.Abs(*c.MMD))
			near("its spread", sd, 0, 1e-7)
		}
	}
}

func TestFrechetOfASetWithItselfIsZero(t *testing.T) {
	a := NewStatistics("", mixed(3, 40, 64), 64)
	if distance, err := Frechet(a, a); err != nil || math.Abs(distance) > 1e-6 {
		t.Errorf("%g, %v", distance, err)
	}
	constant := NewStatistics("", make([]float32, 10*64), 64) // no variance: the other's trace and mean remain
	want := mat.Trace(a.Sigma)
	for _, m := range a.Mu {
		want += m * m
	}
	for _, pair := range [][2]*Statistics{{a, constant}, {constant, a}} {
		if distance, err := Frechet(pair[0], pair[1]); err != nil || math.Abs(distance-want) > 1e-9 {
			t.Errorf("%g, %v; want %g", distance, err, want)
		}
	}
}

// TestKIDIsUnbiased: two samples of one distribution are at 0 on average, and those of another one are not; workers do not
// matter.
func TestKIDIsUnbiased(t *testing.T) {
	if testing.Short() {
		t.Skip("three hundred subsets")
	}
	const n, d = 1500, 16
	x, same, other := make([]float32, n*d), make([]float32, n*d), make([]float32, n*d)
	for i, dst := range [][]float32{x, same, other} {
		tensor.Key{Seed: uint64(i)}.Normals(dst)
	}
	for i := range other {
		other[i] += 0.3
	}
	one, three := tensor.NewWorkers(1), tensor.NewWorkers(3)
	defer three.Close()
	mean, sd := KID(x, same, d, 7, one)
	if math.Abs(mean) > 0.02 || sd <= 0 || sd > 0.02 {
		t.Errorf("two samples of one distribution: %g, sd %g", mean, sd)
	}
	far, _ := KID(x, other, d, 7, one)
	if far < 0.2 {
		t.Errorf("means apart: %g", far)
	}
	if again, spread := KID(x, same, d, 7, three); again != mean || spread != sd {
		t.Errorf("with three workers %g, %g, with one %g, %g", again, spread, mean, sd)
	}
}

func TestStatisticsFiles(t *testing.T) {
	a := NewStatistics("resnet56/4bfd9763", mixed(1, 30, 5), 5)
	a.Data = "cifar10"
	path := filepath.Join(t.TempDir(), "s.npz")
	if err := a.Save(path); err != nil {
		t.Fatal(err)
	}
	b, err := LoadStatistics(path)
	if err != nil {
		t.Fatal(err)
	}
	if b.N != 30 || b.Data != "cifar10" || b.Source != a.Source || !mat.Equal(a.Sigma, b.Sigma) || b.Mu[4] != a.Mu[4] {
		t.Errorf("came back as %+v", b)
	}
	type array = weightfile.Array[float64]
	write := func(n string, arrays ...array) string {
		path := filepath.Join(t.TempDir(), "x.npz")
		if err := weightfile.SaveNPZ(path, arrays, map[string]string{"n": n}); err != nil {
			t.Fatal(err)
		}
		return path
	}
	mu, sigma := array{Name: "mu", Shape: []int{2}, Data: []float64{1, 2}}, array{Name: "sigma", Shape: []int{2, 2}, Data: []float64{1, 0.5, 0.5, 1}}
	theirs, err := LoadStatistics(write("", mu, sigma)) // of pytorch-fid
	if err != nil || theirs.N != 0 || theirs.Source != "" || theirs.Sigma.At(0, 1) != 0.5 {
		t.Errorf("%+v, %v", theirs, err)
	}
	for want, path := range map[string]string{
		"sigma of 0":       write("", mu),
		"sigma[0, 1]":      write("", mu, array{Name: "sigma", Shape: []int{2, 2}, Data: []float64{1, 0.5, 0.1, 1}}),
		"not a number of":  write("1.5", mu, sigma),
		"a mean is finite": write("", array{Name: "mu", Shape: []int{2}, Data: []float64{1, math.Inf(1)}}, sigma),
		"finite and symme": write("", mu, array{Name: "sigma", Shape: []int{2, 2}, Data: []float64{1, math.NaN(), math.NaN(), 1}}),
	} {
		if _, err := LoadStatistics(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	if _, err := Frechet(a, theirs); err == nil {
		t.Error("five and two features were compared")
	}
	c := NewStatistics("resnet20/12fca82f", mixed(1, 30, 5), 5)
	if _, err := Frechet(a, c); err == nil {
		t.Error("features of two networks were compared")
	}
}

func TestDistancesOfOtherNumbersAreNotCompared(t *testing.T) {
	a := Distance{Measure: "FD-ResNet56", Value: 20.9, N: 2000, Reference: 10000, Features: "resnet56/4bfd9763", Data: "cifar10"}
	b := a
	b.Value = 39
	if less, err := a.Less(b); err != nil || !less {
		t.Errorf("%v, %v", less, err)
	}
	for what, change := range map[string]func(*Distance){
		"samples":   func(d *Distance) { d.N = 10000 },
		"reference": func(d *Distance) { d.Reference = 50000 },
		"measure":   func(d *Distance) { d.Measure = "KID" },
		"features":  func(d *Distance) { d.Features = "resnet56/00000000" },
		"data":      func(d *Distance) { d.Data = "mnist" },
	} {
		other := a
		change(&other)
		if _, err := a.Less(other); err == nil {
			t.Errorf("distances that differ in %s were compared", what)
		}
	}
	if got := a.Name(); got != "FD-ResNet56 (2000 against 10000)" {
		t.Errorf("name %q", got)
	}
}
