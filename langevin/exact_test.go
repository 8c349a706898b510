package langevin_test

import (
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"anila/asm/isa"
	"anila/langevin"
	"anila/langevin/target"
	"anila/tensor"
)

// The proof that the Metropolis kernels are exact. Many independent chains
// start from exact draws of the target and run 200 steps; if the kernel leaves
// the target invariant, the end states are again independent exact draws. The
// levels of the tests are therefore exact, and Bonferroni's bound over all of
// them keeps the family-wise rate of false alarms at 1e-3. A kernel that stands
// still would pass, so acceptance and mean squared jump have floors.
//
// ANILA_LONG=1 runs every case at full size; without it the large ones run
// with fewer chains.

const (
	exactChains = 20_000
	exactSteps  = 200
	alarms      = 1e-3 // family-wise
)

func long() bool { return os.Getenv("ANILA_LONG") != "" }

// statistical skips a test that need not run on every tier, nor under the race
// detector.
func statistical(t *testing.T) {
	t.Helper()
	available := isa.Available()
	if race || isa.Current() != available[len(available)-1] {
		t.Skip("statistics run on the best tier, without the race detector")
	}
}

// proof is one kernel on one target, with the floor of its mean squared jump.
type proof struct {
	target target.Target
	config langevin.Config
	jump   float64
	chains int // in the short form
}

// quantity is a number that end states and exact draws are compared by.
type quantity struct {
	name  string
	value func(x []float64, f float64) float64
	cdf   func(v float64) float64 // nil where only draws are known
}

func quantities(t target.Target) []quantity {
	var all []quantity
	for _, i := range slices.Compact([]int{0, 1, t.Dim() / 2, t.Dim() - 1}) {
		q := quantity{name: fmt.Sprintf("x%d", i), value: func(x []float64, _ float64) float64 { return x[i] }}
		if g, ok := unwrap(t).(*target.Gaussian); ok {
			sd := math.Sqrt(g.Covariance(i, i))
			q.cdf = func(v float64) float64 { return distuv.UnitNormal.CDF(v / sd) }
		}
		if b, ok := unwrap(t).(target.Banana); ok && i == 0 && b.SD > 0 {
			q.cdf = distuv.UnitNormal.CDF
		}
		all = append(all, q)
	}
	norm := quantity{name: "|x|", value: func(x []float64, _ float64) float64 {
		sum := 0.0
		for _, v := range x {
			sum += v * v
		}
		return math.Sqrt(sum)
	}}
	if r, ok := unwrap(t).(*target.Rings); ok {
		norm.cdf = func(v float64) float64 {
			sum := 0.0
			for _, radius := range r.Radii() {
				sum += distuv.UnitNormal.CDF((v-radius)/0.15) / float64(len(r.Radii()))
			}
			return sum
		}
	}
	f := quantity{name: "f", value: func(_ []float64, f float64) float64 { return f }}
	if g, ok := unwrap(t).(*target.Gaussian); ok {
		// f = constant − χ²/2
		top := g.LogDensity(make([]float64, t.Dim()))
		f.cdf = func(v float64) float64 { return distuv.ChiSquared{K: float64(t.Dim())}.Survival(2 * (top - v)) }
	}
	return append(all, norm, f)
}

// shaped and tempered targets show what they are made of.
type shaped struct {
	target.Target
	h, w, c int
}

func (s shaped) Shape() (h, w, c int) { return s.h, s.w, s.c }

func unwrap(t target.Target) target.Target {
	for {
		switch inner := t.(type) {
		case shaped:
			t = inner.Target
		case interface{ Unwrap() target.Target }:
			t = inner.Unwrap()
		default:
			return t
		}
	}
}

// table returns a quantity of all states x [n, dim].
func (q quantity) table(t target.Target, x []float32) []float64 {
	dim := t.Dim()
	values := make([]float64, len(x)/dim)
	point := make([]float64, dim)
	for n := range values {
		for i := range point {
			point[i] = float64(x[n*dim+i])
		}
		f := 0.0
		if q.name == "f" {
			f = t.LogDensity(point)
		}
		values[n] = q.value(point, f)
	}
	slices.Sort(values)
	return values
}

// reference is a target's exact draws, as sorted tables of its quantities.
type reference struct {
	quantities []quantity
	draws      [][]float64
	edges      [][]float64 // of χ² cells, from other draws
}

const cells = 40

func newReference(t target.Target, n int) *reference {
	r := &reference{quantities: quantities(t)}
	x, other := make([]float32, n*t.Dim()), make([]float32, n/4*t.Dim())
	t.Sample(x, tensor.Key{Seed: 1001, Purpose: tensor.PurposeToy})
	t.Sample(other, tensor.Key{Seed: 1002, Purpose: tensor.PurposeToy})
	for _, q := range r.quantities {
		r.draws = append(r.draws, q.table(t, x))
		sorted := q.table(t, other)
		edges := make([]float64, cells-1)
		for i := range edges {
			edges[i] = sorted[(i+1)*len(sorted)/cells]
		}
		r.edges = append(r.edges, edges)
	}
	return r
}

// verdict is the smallest p-value over all tests of end states, and their
// number.
type verdict struct {
	p     float64
	where string
	tests int
}

func (v *verdict) add(p float64, where string) {
	v.tests++
	if v.tests == 1 || p < v.p {
		v.p, v.where = p, where
	}
}

// compare tests end states against the truth.
func (r *reference) compare(t target.Target, ends []float32) verdict {
	var v verdict
	for k, q := range r.quantities {
		got := q.table(t, ends)
		if q.cdf != nil {
			v.add(kolmogorovSmirnov(got, q.cdf), "Kolmogorov–Smirnov of "+q.name)
		} else {
			v.add(kolmogorovSmirnov2(got, r.draws[k]), "Kolmogorov–Smirnov of "+q.name)
		}
		v.add(chiSquared(got, r.draws[k], r.edges[k]), "χ² of "+q.name)
	}
	return v
}

// kolmogorovP is the probability of a distance as large as d from n draws.
func kolmogorovP(d, n float64) float64 {
	lambda := (math.Sqrt(n) + 0.12 + 0.11/math.Sqrt(n)) * d
	if lambda < 0.3 {
		return 1
	}
	sum := 0.0
	for k := 1.0; k < 100; k++ {
		sum += 2 * math.Pow(-1, k-1) * math.Exp(-2*k*k*lambda*lambda)
	}
	return min(max(sum, 0), 1)
}

func kolmogorovSmirnov(sorted []float64, cdf func(float64) float64) float64 {
	n, d := float64(len(sorted)), 0.0
	for i, v := range sorted {
		p := cdf(v)
		d = max(d, float64(i+1)/n-p, p-float64(i)/n)
	}
	return kolmogorovP(d, n)
}

func kolmogorovSmirnov2(a, b []float64) float64 {
	n, m, d := float64(len(a)), float64(len(b)), 0.0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		v := min(a[i], b[j])
		for i < len(a) && a[i] <= v {
			i++
		}
		for j < len(b) && b[j] <= v {
			j++
		}
		d = max(d, math.Abs(float64(i)/n-float64(j)/m))
	}
	return kolmogorovP(d, n*m/(n+m))
}

// chiSquared is the p-value of two samples' counts in the cells between edges.
func chiSquared(a, b, edges []float64) float64 {
	sum, freedom := 0.0, -1.0
	ratio := math.Sqrt(float64(len(b)) / float64(len(a)))
	i, j := 0, 0
	for k := range len(edges) + 1 {
		from, to := [2]int{i, j}, [2]int{len(a), len(b)}
		if k < len(edges) {
			to[0], _ = slices.BinarySearch(a, edges[k])
			to[1], _ = slices.BinarySearch(b, edges[k])
		}
		i, j = to[0], to[1]
		u, v := float64(i-from[0]), float64(j-from[1])
		if u+v > 0 {
			e := ratio*u - v/ratio
			sum += e * e / (u + v)
			freedom++
		}
	}
	return distuv.ChiSquared{K: freedom}.Survival(sum)
}

// start returns exact draws as starts of chains.
func start(t target.Target, chains int, seed uint64) []float32 {
	z := make([]float32, chains*t.Dim())
	t.Sample(z, tensor.Key{Seed: seed, Purpose: tensor.PurposeStart})
	return z
}

func squaredJump(s *langevin.State, before []float32) float64 {
	sum := 0.0
	for i, v := range s.Z {
		d := float64(v) - float64(before[i])
		sum += d * d
	}
	return sum
}

// prove runs a case and reports what is wrong with it.
func prove(t *testing.T, r *reference, c proof, chains, tests int, seed uint64) verdict {
	t.Helper()
	workers := tensor.NewWorkers(1)
	defer workers.Close()
	p, err := langevin.NewPool(c.target, c.config, workers, chains)
	if err != nil {
		t.Fatal(err)
	}
	z := start(c.target, chains, seed)
	name := c.target.Name() + ", " + label(c.config)

	mustStart(t, p, z, seed, 0)
	stats := *p.Advance(exactSteps-1, nil)
	before := slices.Clone(z)
	p.Advance(1, nil)
	jump := squaredJump(&langevin.State{Z: z}, before) / float64(chains)
	v := r.compare(c.target, z)
	t.Logf("%-28s acceptance %.2f, jump² %.3g, smallest p %.2g (%s)", name, stats.Acceptance, jump, v.p, v.where)
	if v.p < alarms/float64(tests) {
		t.Errorf("%s: p = %.2g in %s", name, v.p, v.where)
	}
	if stats.Acceptance < 0.2 || stats.Acceptance > 0.95 {
		t.Errorf("%s: acceptance %.3f", name, stats.Acceptance)
	}
	if jump < c.jump {
		t.Errorf("%s: mean squared jump %.4g, floor %.4g", name, jump, c.jump)
	}
	return v
}
