package langevin

import (
	"math"
	"testing"

	"anila/asm/chain"
	"anila/tensor"
)

// MutantNames lists kernels that are wrong on purpose, each in one way: the
// exactness tests must see every one of them.
func MutantNames() []string {
	return []string{
		"no log-determinant", "forward a in the reverse density", "no reverse drift",
		"temperature ignored", "wrong sign of the quadratic term",
		"amala without the determinant", "amala without the rank-one term",
		"hmc with the momentum of the first step", "hmc that keeps its momentum",
	}
}

// Mutant returns the kernel of c with the named mistake.
func Mutant(name string, c Config, d LogDensity) Kernel {
	k, err := NewKernel(c, d)
	if err != nil {
		panic(err)
	}
	if h, ok := k.(hmc); ok {
		return lazyHMC{h, name == "hmc that keeps its momentum"}
	}
	m := k.(metropolis)
	if name == "temperature ignored" {
		m.temperature = 1
		return m
	}
	m.proposal = mutant{m.proposal, name}
	return m
}

type mutant struct {
	proposal
	mistake string
}

func (m mutant) logRatios(ratio []float64, z, g, z2, g2 []float32) {
	dim := len(z) / len(ratio)
	for i := range ratio {
		from, to := i*dim, (i+1)*dim
		ratio[i] = m.logRatio(z[from:to], g[from:to], z2[from:to], g2[from:to])
	}
}

// logRatio is logRatios of one chain.
func logRatio(p proposal, z, g, z2, g2 []float32) float64 {
	var ratio [1]float64
	p.logRatios(ratio[:], z, g, z2, g2)
	return ratio[0]
}

func (m mutant) logRatio(z, g, z2, g2 []float32) float64 {
	if r, ok := m.proposal.(rankOne); ok {
		ratio := logRatio(r, z, g, z2, g2)
		for sign, at := range map[float64][3][]float32{1: {z, z2, g2}, -1: {z2, z, g}} {
			factor, square := r.shrink(at[2])
			square *= factor * factor
			along := 0.0
			for i, v := range at[2] {
				along += (float64(at[0][i]) - float64(at[1][i]) - r.delta*factor*float64(v)) * float64(v) * factor
			}
			if m.mistake == "amala without the determinant" {
				ratio += sign * 0.5 * math.Log1p(square/r.epsilon)
			} else {
				ratio -= sign * 0.5 * along * along / (r.epsilon + square) / (r.delta * r.epsilon)
			}
		}
		return ratio
	}
	l := m.proposal.(langevinProposal)
	forward, reverse := l.density(z2, z, g), l.density(z, z2, g2)
	switch m.mistake {
	case "no log-determinant":
		reverse.logDeterminant, forward.logDeterminant = 0, 0
	case "forward a in the reverse density":
		reverse = l.densityWith(z, z2, g2, g)
	case "no reverse drift":
		l.update.Drift = 0
		reverse.quadratic = l.densityWith(z, z2, g2, g2).quadratic
	case "wrong sign of the quadratic term":
		reverse.quadratic, forward.quadratic = -reverse.quadratic, -forward.quadratic
	}
	return reverse.log() - forward.log()
}

// parts are −2·log q(to|from) of a coordinate-wise proposal, by the formula.
type parts struct{ quadratic, logDeterminant float64 }

func (p parts) log() float64 { return -0.5 * (p.quadratic + p.logDeterminant) }

func (l langevinProposal) density(to, from, g []float32) parts { return l.densityWith(to, from, g, g) }

// densityWith takes a from another gradient than the drift.
func (l langevinProposal) densityWith(to, from, g, forA []float32) (p parts) {
	sd := float64(l.update.Noise)
	for i := range g {
		a := min(1, float64(l.update.B)/math.Abs(float64(forA[i])))
		r := float64(to[i]) - float64(from[i]) - float64(l.update.Drift)*a*float64(g[i])
		p.quadratic += r * r / (sd * sd * a)
		p.logDeterminant += math.Log(a)
	}
	return p
}

// lazyHMC never draws a momentum after the first step: it takes that one
// again, or goes on with the one it has (turned round where it refuses).
type lazyHMC struct {
	hmc
	keep bool
}

func (k lazyHMC) Step(key tensor.Key, ev Evaluator, s *State) Info {
	if !k.keep {
		drawMomentum(s.momentum, s.Dim, tensor.Key{Seed: key.Seed, Chain: key.Chain})
		return k.trajectory(key, ev, s)
	}
	if key.Step == 0 {
		drawMomentum(s.momentum, s.Dim, key)
	}
	before := append([]float32{}, s.momentum...)
	info := k.trajectory(key, ev, s)
	for i, a := range info.Acceptance {
		if s.uniform[i] >= a {
			for j := range s.Dim {
				s.momentum[i*s.Dim+j] = -before[i*s.Dim+j]
			}
		}
	}
	return info
}

// Walk takes a block of chains through a number of steps.
func Walk(k Kernel, ev Evaluator, s *State, seed uint64, first uint32, steps int) {
	k.Init(ev, s)
	for step := range uint64(steps) {
		k.Step(tensor.Key{Seed: seed, Chain: first, Step: step}, ev, s)
	}
}

// TestShortAndLongRatiosAgree holds the loops for short states and the vector
// kernels for long ones against each other, in every scope and form.
func TestShortAndLongRatiosAgree(t *testing.T) {
	const dim = 96
	var z, g, z2, g2 [dim]float32
	for i, x := range [][]float32{z[:], g[:], z2[:], g2[:]} {
		tensor.Key{Seed: 7, Purpose: tensor.PurposeToy, Chain: uint32(i)}.Normals(x)
	}
	for _, scope := range []chain.Scope{chain.Plain, chain.Coord, chain.Pixel, chain.Sample} {
		for _, linear := range []bool{false, true} {
			l := langevinProposal{chain.Update{Drift: 0.3, Noise: 0.8, B: 0.7, Scope: scope, Channels: 3, Linear: linear}}
			var short [1]float64
			l.shortRatios(short[:], z[:], g[:], z2[:], g2[:])
			long := logRatio(l, z[:], g[:], z2[:], g2[:])
			if math.Abs(short[0]-long) > 1e-5*(1+math.Abs(long)) || short[0] == 0 {
				t.Errorf("scope %d, linear %v: %v in short form, %v in long", scope, linear, short[0], long)
			}
		}
	}
}

// TestRatioKeepsEveryLogarithm: with so much noise that the quadratic form vanishes, the ratio of coordinate steps is
// ½ Σ ln(a/a'), however large or small the product of a is.
func TestRatioKeepsEveryLogarithm(t *testing.T) {
	for _, dim := range []int{3, 8, 63, 96} {
		for _, scale := range []float32{1, 1e5, 1e20} {
			x := make([]float32, 4*dim)
			tensor.Key{Seed: 7, Purpose: tensor.PurposeToy}.Normals(x)
			z, g, z2, g2 := x[:dim], x[dim:2*dim], x[2*dim:3*dim], x[3*dim:]
			const b = 0.5
			want := 0.0
			for i := range dim {
				g[i] *= scale
				g2[i] *= float32(math.Sqrt(float64(scale)))
				want += 0.5 * (math.Log(max(1, math.Abs(float64(g2[i]))/b)) - math.Log(max(1, math.Abs(float64(g[i]))/b)))
			}
			l := langevinProposal{chain.Update{Drift: 0.3, Noise: 1e18, B: b, Scope: chain.Coord}}
			if got := logRatio(l, z, g, z2, g2); math.Abs(got-want) > 1e-6*math.Abs(want) {
				t.Errorf("%d coordinates, |∇f| about %g: %v, want %v", dim, scale, got, want)
			}
		}
	}
}
