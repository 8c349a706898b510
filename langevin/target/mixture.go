package target

import (
	"math"

	"anila/asm/vec"
	"anila/langevin"
	"anila/tensor"
)

// Mixture is an equal mixture of round Gaussians in the plane.
type Mixture struct {
	vector
	name    string
	centres [][2]float64 // at most 8
	sd      float64

	normalisation float64
}

// GaussianRing is the toy "gmm": 8 Gaussians of sd 0.15 on a ring of radius 1
// (Nijkamp et al. 2019).
func GaussianRing() *Mixture {
	m := &Mixture{vector: 2, name: "gmm", sd: 0.15}
	m.normalisation = 8 * 2 * math.Pi * m.sd * m.sd
	for k := range 8 {
		sin, cos := math.Sincos(2 * math.Pi * float64(k) / 8)
		m.centres = append(m.centres, [2]float64{cos, sin})
	}
	return m
}

func (m *Mixture) Name() string { return m.name }

func (m *Mixture) LogDensity(x []float64) float64 {
	var grad [2]float64
	return m.Gradient(grad[:], x)
}

func (m *Mixture) Gradient(grad, x []float64) float64 {
	var room [8]float64
	weights := room[:len(m.centres)]
	variance := m.sd * m.sd
	for k, c := range m.centres {
		d0, d1 := x[0]-c[0], x[1]-c[1]
		weights[k] = -(d0*d0 + d1*d1) / (2 * variance)
	}
	top, sum := softmax(weights)
	f := top + math.Log(sum/m.normalisation)
	grad[0], grad[1] = 0, 0
	for k, c := range m.centres {
		if weights[k] != 0 {
			grad[0] += weights[k] * (c[0] - x[0]) / variance
			grad[1] += weights[k] * (c[1] - x[1]) / variance
		}
	}
	return f
}

func (m *Mixture) Sample(dst []float32, key tensor.Key) {
	r := key.Rand()
	for n := range len(dst) / 2 {
		c := m.centres[r.IntN(len(m.centres))]
		dst[2*n] = float32(c[0] + m.sd*r.NormFloat64())
		dst[2*n+1] = float32(c[1] + m.sd*r.NormFloat64())
	}
}

func (m *Mixture) NewEvaluator(batch int) langevin.Evaluator {
	return newLaneEvaluator(m, 2, len(m.centres)+4, batch, -math.Log(m.normalisation))
}

func (m *Mixture) columns(f []float32, grad, x, room columns) {
	top, sum, d0, d1, weights := room.at(0), room.at(1), room.at(2), room.at(3), room.of(4, 4+len(m.centres))
	for k, c := range m.centres {
		w := weights.at(k)
		vec.Affine(d0, x.at(0), 1, -float32(c[0]))
		vec.Affine(d1, x.at(1), 1, -float32(c[1]))
		vec.Mul(w, d0, d0)
		vec.MulAdd(w, d1, d1)
	}
	precision := 1 / (m.sd * m.sd)
	vec.Scale(weights.data, float32(-precision/2))
	softmaxColumns(top, sum, weights)
	clear(grad.data)
	for k, c := range m.centres {
		vec.Axpy(grad.at(0), weights.at(k), float32(c[0]))
		vec.Axpy(grad.at(1), weights.at(k), float32(c[1]))
	}
	for j := range 2 { // (mean of the centres − x)/sd²
		vec.Div(grad.at(j), grad.at(j), sum)
		vec.Sub(grad.at(j), grad.at(j), x.at(j))
	}
	vec.Scale(grad.data, float32(precision))
	vec.Log(f, sum)
	vec.Add(f, top)
}

// Rings is an equal mixture of rings in the plane: radius N(radius, sd²), angle
// uniform, so that p(x) = Σₖ N(|x|; radiusₖ, sd²) / (2π·count·|x|).
type Rings struct {
	vector
	radii []float64 // at most 8
	sd    float64

	normalisation float64 // divided by |x|
}

// FourRings is the toy "rings": radii 1, 2, 3, 4 and sd 0.15 (Nijkamp et al.
// 2019); its entropy is 3.5345 nats.
func FourRings() *Rings {
	t := &Rings{vector: 2, radii: []float64{1, 2, 3, 4}, sd: 0.15}
	t.normalisation = math.Sqrt(2*math.Pi) * t.sd * 2 * math.Pi * float64(len(t.radii))
	return t
}

func (t *Rings) Name() string { return "rings" }

// Radii returns the radii of the rings.
func (t *Rings) Radii() []float64 { return t.radii }

func (t *Rings) LogDensity(x []float64) float64 {
	var grad [2]float64
	return t.Gradient(grad[:], x)
}

func (t *Rings) Gradient(grad, x []float64) float64 {
	// The density has a pole at the origin; closer than this it stands still.
	radius := max(math.Sqrt(x[0]*x[0]+x[1]*x[1]), 1e-12)
	var room [8]float64
	weights := room[:len(t.radii)]
	variance := t.sd * t.sd
	for k, r := range t.radii {
		weights[k] = -(radius - r) * (radius - r) / (2 * variance)
	}
	top, sum := softmax(weights)
	f := top + math.Log(sum/(t.normalisation*radius))
	slope := -1 / radius
	for k, r := range t.radii {
		if weights[k] != 0 {
			slope += weights[k] * (r - radius) / variance
		}
	}
	grad[0], grad[1] = slope*x[0]/radius, slope*x[1]/radius
	return f
}

func (t *Rings) Sample(dst []float32, key tensor.Key) {
	r := key.Rand()
	for n := range len(dst) / 2 {
		// A negative radius (probability 6e-12 here) is a turn by half a circle.
		radius := t.radii[r.IntN(len(t.radii))] + t.sd*r.NormFloat64()
		sin, cos := math.Sincos(2 * math.Pi * r.Float64())
		dst[2*n], dst[2*n+1] = float32(radius*cos), float32(radius*sin)
	}
}

func (t *Rings) NewEvaluator(batch int) langevin.Evaluator {
	return newLaneEvaluator(t, 2, len(t.radii)+4, batch, -math.Log(t.normalisation))
}

func (t *Rings) columns(f []float32, grad, x, room columns) {
	radius, top, sum, slope, weights := room.at(0), room.at(1), room.at(2), room.at(3), room.of(4, 4+len(t.radii))
	vec.Mul(radius, x.at(0), x.at(0))
	vec.MulAdd(radius, x.at(1), x.at(1))
	vec.Affine(radius, radius, 1, 1e-24) // not below 1e-12, where the density stands still
	vec.Sqrt(radius, radius)
	for k, r := range t.radii {
		w := weights.at(k)
		vec.Affine(w, radius, 1, -float32(r))
		vec.Mul(w, w, w)
	}
	precision := 1 / (t.sd * t.sd)
	vec.Scale(weights.data, float32(-precision/2))
	softmaxColumns(top, sum, weights)
	clear(slope)
	for k, r := range t.radii {
		vec.Axpy(slope, weights.at(k), float32(r))
	}
	// f = top + ln(sum/radius), slope = (mean of radii − radius)/sd² − 1/radius
	vec.Div(slope, slope, sum)
	vec.Sub(slope, slope, radius)
	vec.Scale(slope, float32(precision))
	vec.Div(f, sum, radius)
	vec.Log(f, f)
	vec.Add(f, top)
	vec.Mul(slope, slope, radius)
	vec.Affine(slope, slope, 1, -1)
	vec.Mul(radius, radius, radius)
	vec.Div(slope, slope, radius) // slope/radius
	vec.Mul(grad.at(0), slope, x.at(0))
	vec.Mul(grad.at(1), slope, x.at(1))
}
