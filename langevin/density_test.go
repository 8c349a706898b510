package langevin

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"anila/tensor"
)

// The naive proposals: mean and covariance in float64, from the formulas of the
// papers, without any shortcut. normal is how all of them are compared.

type naive func(z, g []float32) (mean []float64, covariance *mat.SymDense)

func coordinatewise(drift, sd, b float64, group int, linear bool) naive {
	return func(z, g []float32) ([]float64, *mat.SymDense) {
		mean, covariance := make([]float64, len(z)), mat.NewSymDense(len(z), nil)
		for i := range z {
			square := 0.0
			for _, v := range g[i/group*group : i/group*group+group] {
				square += float64(v) * float64(v)
			}
			a := b / math.Max(b, math.Sqrt(square))
			if math.IsInf(b, 1) {
				a = 1
			}
			mean[i] = float64(z[i]) + drift*a*float64(g[i])
			v := sd * sd * a
			if linear {
				v *= a
			}
			covariance.SetSym(i, i, v)
		}
		return mean, covariance
	}
}

func allassonniere(delta, epsilon, b, temperature float64) naive {
	return func(z, g []float32) ([]float64, *mat.SymDense) {
		d := make([]float64, len(z))
		norm := 0.0
		for i, v := range g {
			d[i] = float64(v) / temperature
			norm += d[i] * d[i]
		}
		norm = math.Sqrt(norm)
		mean, covariance := make([]float64, len(z)), mat.NewSymDense(len(z), nil)
		for i := range d {
			d[i] *= b / math.Max(b, norm)
			mean[i] = float64(z[i]) + delta*d[i]
		}
		for i := range d {
			for j := range i + 1 {
				v := delta * d[i] * d[j]
				if i == j {
					v += delta * epsilon
				}
				covariance.SetSym(i, j, v)
			}
		}
		return mean, covariance
	}
}

type proposalCase struct {
	name   string
	config Config
	naive  naive
}

func proposalCases() []proposalCase {
	inf := math.Inf(1)
	cases := []proposalCase{
		{"mala", Config{Kernel: "mala", Drift: 0.2, Noise: 0.5, Temperature: 0.7}, coordinatewise(0.2, 0.5, inf, 1, false)},
		{"amala", Config{Kernel: "amala", Drift: 0.3, Noise: 0.4, B: 1.5, Temperature: 0.7}, allassonniere(0.21, 0.16/0.21, 1.5, 0.7)},
		{"amala, loose", Config{Kernel: "amala", Drift: 0.3, Noise: 0.4, B: 50, Temperature: 0.7}, allassonniere(0.21, 0.16/0.21, 50, 0.7)},
		{"rwm", Config{Kernel: "rwm", Step: 0.3}, coordinatewise(0, math.Sqrt(0.3), inf, 1, false)},
	}
	for scope, group := range map[string]int{"coord": 1, "pixel": 3, "sample": 12} {
		for form, linear := range map[string]bool{"sqrt": false, "linear": true} {
			c := Config{Kernel: "anila-mala", Drift: 0.2, Noise: 0.5, B: 1.4, Temperature: 0.7, Scope: scope, NoiseForm: form}
			cases = append(cases, proposalCase{"anila-mala " + scope + " " + form, c, coordinatewise(0.2, 0.5, 1.4, group, linear)})
		}
	}
	return cases
}

// The ratio is log q(z|z') − log q(z'|z) of the naive densities; with f and T
// that is detailed balance: π(z)·q(z'|z)·α(z, z') = π(z')·q(z|z')·α(z', z).
func TestDetailedBalance(t *testing.T) {
	const chains, temperature = 20, 0.7
	d := pixels{quadratic(12), 2, 2, 3}
	for _, c := range proposalCases() {
		k, ev, s := prepared(t, d, c.config, chains)
		m := k.(metropolis)
		p := s.proposal
		copy(p.Z, s.Z)
		m.propose(tensor.Key{Seed: 8}, s)
		p.Evaluate(ev)
		for i := range chains {
			z, g, z2, g2 := s.Row(i), s.gradient(i), p.Row(i), p.gradient(i)
			log := func(to, from, grad []float32) float64 {
				mean, covariance := c.naive(from, grad)
				var factor mat.Cholesky
				if !factor.Factorize(covariance) {
					t.Fatalf("%s: the covariance is not positive definite", c.name)
				}
				r, solved := mat.NewVecDense(len(to), nil), mat.NewVecDense(len(to), nil)
				for j, v := range to {
					r.SetVec(j, float64(v)-mean[j])
				}
				if err := factor.SolveVecTo(solved, r); err != nil {
					t.Fatal(err)
				}
				return -0.5 * (mat.Dot(r, solved) + factor.LogDet() + float64(len(to))*math.Log(2*math.Pi))
			}
			there, back := log(z2, z, g), log(z, z2, g2)
			ratio := logRatio(m, z, g, z2, g2)
			if math.Abs(ratio-(back-there)) > 2e-5*(1+math.Abs(back)) {
				t.Errorf("%s: log ratio %.9g, naive %.9g", c.name, ratio, back-there)
			}
			// in whole: both sides of the balance, from a kernel's α each way
			f, f2 := s.F[i]/temperature, p.F[i]/temperature
			if c.config.Kernel == "rwm" {
				f, f2 = s.F[i], p.F[i]
			}
			left := f + there + min(0, f2-f+ratio)
			right := f2 + back + min(0, f-f2+logRatio(m, z2, g2, z, g))
			if math.Abs(left-right) > 2e-5*(1+math.Abs(left)) {
				t.Errorf("%s: π·q·α is e^%.9g one way and e^%.9g the other", c.name, left, right)
			}
		}
	}
}

// What propose draws is what the naive density says: whitened by its mean and
// its covariance's root, all draws are standard normal and uncorrelated.
func TestProposalsFollowTheirDensity(t *testing.T) {
	const chains, dim = 4000, 12
	d := pixels{quadratic(dim), 2, 2, 3}
	for _, c := range proposalCases() {
		k, ev, s := prepared(t, d, c.config, chains)
		for i := range chains { // all from one place
			copy(s.Row(i), s.Z[:dim])
		}
		k.Init(ev, s)
		copy(s.proposal.Z, s.Z)
		k.(metropolis).propose(tensor.Key{Seed: 8, Step: 3}, s)
		mean, covariance := c.naive(s.Row(0), s.gradient(0))
		var factor mat.Cholesky
		if !factor.Factorize(covariance) {
			t.Fatal("not positive definite")
		}
		var root mat.TriDense
		factor.LTo(&root)
		sum, second := make([]float64, dim), mat.NewSymDense(dim, nil)
		for i := range chains {
			r, white := mat.NewVecDense(dim, nil), mat.NewVecDense(dim, nil)
			for j, v := range s.proposal.Row(i) {
				r.SetVec(j, float64(v)-mean[j])
			}
			if err := white.SolveVec(&root, r); err != nil {
				t.Fatal(err)
			}
			for a := range dim {
				sum[a] += white.AtVec(a) / chains
			}
			second.SymRankOne(second, 1.0/chains, white)
		}
		for a := range dim {
			if math.Abs(sum[a]) > 5/math.Sqrt(chains) {
				t.Errorf("%s: mean of whitened coordinate %d is %v", c.name, a, sum[a])
			}
			for b := range a + 1 {
				want, sd := 0.0, 1/math.Sqrt(chains)
				if a == b {
					want, sd = 1, math.Sqrt2/math.Sqrt(chains)
				}
				if math.Abs(second.At(a, b)-want) > 5*sd {
					t.Errorf("%s: whitened covariance (%d, %d) is %v", c.name, a, b, second.At(a, b))
				}
			}
		}
	}
}

// Ratios don't change when positions are shifted, or when coordinates (pixels)
// change places.
func TestRatioInvariances(t *testing.T) {
	const chains = 10
	d := pixels{quadratic(12), 2, 2, 3}
	for _, c := range proposalCases() {
		k, ev, s := prepared(t, d, c.config, chains)
		m := k.(metropolis)
		copy(s.proposal.Z, s.Z)
		m.propose(tensor.Key{Seed: 8}, s)
		s.proposal.Evaluate(ev)
		for i := range chains {
			rows := [4][]float32{s.Row(i), s.gradient(i), s.proposal.Row(i), s.proposal.gradient(i)}
			want := logRatio(m, rows[0], rows[1], rows[2], rows[3])
			var shifted, turned [4][]float32
			for r, row := range rows {
				shifted[r], turned[r] = slices.Clone(row), nil
				for _, pixel := range []int{2, 0, 3, 1} {
					turned[r] = append(turned[r], row[3*pixel:3*pixel+3]...)
				}
				for j := range row {
					if r%2 == 0 {
						shifted[r][j] += 0.5
					}
				}
			}
			for what, x := range map[string][4][]float32{"shift": shifted, "permutation": turned} {
				if got := logRatio(m, x[0], x[1], x[2], x[3]); math.Abs(got-want) > 1e-5*(1+math.Abs(want)) {
					t.Errorf("%s: the ratio is %v, after a %s %v", c.name, want, what, got)
				}
			}
		}
	}
}

// A bend that a quadratic doesn't have.
func quartic() LogDensity {
	return Func(2, func(grad, x []float64) float64 {
		r := x[0]*x[0] + 0.5*x[1]*x[1] + x[0]*x[1]/3
		grad[0] = -(1 + r) * (2*x[0] + x[1]/3)
		grad[1] = -(1 + r) * (x[1] + x[0]/3)
		return -r - r*r/2
	})
}

// The leapfrog goes back along its way when the momentum is turned round, keeps
// volume, and one leapfrog step is mala's proposal with mala's ratio.
func TestLeapfrog(t *testing.T) {
	const chains, temperature = 8, 0.6
	d := quartic()
	k, ev, s := prepared(t, d, Config{Kernel: "hmc", Step: 0.1, Leapfrog: 12, Temperature: temperature}, chains)
	h := k.(hmc)
	begin := slices.Clone(s.Z)
	drawMomentum(s.momentum, 2, tensor.Key{Seed: 5})
	first := slices.Clone(s.momentum)
	h.integrate(ev, s, s.momentum)
	if slices.Equal(s.Z, begin) {
		t.Error("nothing moved")
	}
	for i := range s.momentum {
		s.momentum[i] = -s.momentum[i]
	}
	h.integrate(ev, s, s.momentum)
	for i := range begin {
		if math.Abs(float64(s.Z[i]-begin[i])) > 2e-5 || math.Abs(float64(s.momentum[i]+first[i])) > 2e-5 {
			t.Errorf("there and back: position %v → %v, momentum %v → %v", begin[i], s.Z[i], first[i], -s.momentum[i])
		}
	}

	// the determinant of the map (z, p) → (z', p'), by differences
	end := func(change int, by float32) [4]float64 {
		x := h.NewState(1, 2)
		copy(x.Z, begin)
		p := slices.Clone(first[:2])
		if change < 2 {
			x.Z[change] += by
		} else {
			p[change-2] += by
		}
		h.Init(ev, x)
		h.integrate(ev, x, p)
		return [4]float64{float64(x.Z[0]), float64(x.Z[1]), float64(p[0]), float64(p[1])}
	}
	const by = 1.0 / 256
	jacobian := mat.NewDense(4, 4, nil)
	for i := range 4 {
		up, down := end(i, by), end(i, -by)
		for j := range 4 {
			jacobian.Set(j, i, (up[j]-down[j])/(2*by))
		}
	}
	if det := mat.Det(jacobian); math.Abs(det-1) > 2e-3 {
		t.Errorf("volume changes by %v", det)
	}

	const step = 0.3
	k, ev, s = prepared(t, d, Config{Kernel: "hmc", Step: step, Leapfrog: 1, Temperature: temperature}, chains)
	h = k.(hmc)
	m, err := NewKernel(Config{Kernel: "mala", Step: step * step, Temperature: temperature}, d)
	if err != nil {
		t.Fatal(err)
	}
	key := tensor.Key{Seed: 6}
	drawMomentum(s.momentum, 2, key)
	xi, z := slices.Clone(s.momentum), slices.Clone(s.Z)
	grad, f := slices.Clone(s.Grad), slices.Clone(s.F)
	info := h.trajectory(key, ev, s)
	l := m.(metropolis).proposal.(langevinProposal)
	for i := range chains {
		p := s.proposal
		for j := range 2 {
			at := 2*i + j
			want := float64(z[at]) + step*step/(2*temperature)*float64(grad[at]) + step*float64(xi[at])
			if math.Abs(float64(p.Z[at])-want) > 1e-6 {
				t.Errorf("one leapfrog step goes to %v, mala to %v", p.Z[at], want)
			}
		}
		logAlpha := (p.F[i]-f[i])/temperature + logRatio(l, z[2*i:2*i+2], grad[2*i:2*i+2], p.Row(i), p.gradient(i))
		if want := math.Exp(min(0, logAlpha)); math.Abs(float64(info.Acceptance[i])-want) > 1e-5 {
			t.Errorf("hmc accepts with %v, mala with %v", info.Acceptance[i], want)
		}
	}
}
