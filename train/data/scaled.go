package data

import (
	"fmt"
	"math"
	"slices"

	"anila/tensor"
)

// Scaling is z = (x − Shift)/Unit, by channel: what a model is trained on, of data x. One number of each stands for all
// channels; without numbers z is x.
type Scaling struct {
	Shift, Unit []float64
}

// Scalings lists the ways in which Fit scales.
func Scalings() []string { return []string{"none", "standard", "range"} }

// Fit finds the scaling of a set: "standard" gives each channel mean 0 and variance 1, "range" brings vectors by channel, images
// as they are, to [−1, 1]. Of a set larger than 64 Mi numbers it looks at items spread evenly. A channel that
// does not vary is only shifted; constant lists these.
func Fit(s Set, how string) (f Scaling, constant []int) {
	h, w, c := s.Shape()
	if how == "none" || how == "" {
		return f, nil
	}
	n := s.Len()
	count := int(min(int64(n), max(1, lookedAt/int64(h*w*c))))
	sum, square, lo, hi := make([]float64, c), make([]float64, c), make([]float64, c), make([]float64, c)
	for ch := range c {
		lo[ch], hi[ch] = math.Inf(1), math.Inf(-1)
	}
	item := make([]float32, h*w*c)
	first := make([]float64, c) // sums are of what lies beside the first item, so that they do not cancel
	for k := range count {
		s.Items(item, []int{int(int64(k) * int64(n) / int64(count))})
		for i, v := range item {
			ch, x := i%c, float64(v)
			if k == 0 && i < c {
				first[ch] = x
			}
			sum[ch] += x - first[ch]
			square[ch] += (x - first[ch]) * (x - first[ch])
			lo[ch], hi[ch] = min(lo[ch], x), max(hi[ch], x)
		}
	}
	if how == "range" && h*w > 1 {
		lo, hi = []float64{slices.Min(lo)}, []float64{slices.Max(hi)}
	}
	for ch := range lo {
		shift, unit := (lo[ch]+hi[ch])/2, (hi[ch]-lo[ch])/2
		if how == "standard" {
			total := float64(count) * float64(h*w)
			mean := sum[ch] / total
			shift, unit = first[ch]+mean, math.Sqrt(max(0, square[ch]/total-mean*mean))
		}
		if !(unit > 1e-7*max(math.Abs(lo[ch]), math.Abs(hi[ch]))) || lo[ch] == hi[ch] {
			unit, constant = 1, append(constant, ch)
		}
		f.Shift, f.Unit = append(f.Shift, shift), append(f.Unit, unit)
	}
	return f, constant
}

// Validate says what is wrong with the scaling for items of c channels.
func (f Scaling) Validate(c int) error {
	if len(f.Shift) != len(f.Unit) || len(f.Shift) > 1 && len(f.Shift) != c {
		return fmt.Errorf("data: a scaling of %d shifts and %d units for %d channels", len(f.Shift), len(f.Unit), c)
	}
	for i, u := range f.Unit {
		if !(u > 0) || math.IsInf(u, 0) || f.Shift[i]-f.Shift[i] != 0 {
			return fmt.Errorf("data: a scaling by (x − %v)/%v", f.Shift[i], u)
		}
	}
	return nil
}

// Apply turns data [n, h, w, c] into what the model takes.
func (f Scaling) Apply(x []float32, c int) {
	for i := range x {
		if k := i % c % max(1, len(f.Shift)); len(f.Shift) > 0 {
			x[i] = float32((float64(x[i]) - f.Shift[k]) / f.Unit[k])
		}
	}
}

// Undo turns what the model gives into data.
func (f Scaling) Undo(z []float32, c int) {
	for i := range z {
		if k := i % c % max(1, len(f.Shift)); len(f.Shift) > 0 {
			z[i] = float32(float64(z[i])*f.Unit[k] + f.Shift[k])
		}
	}
}

// Gradient turns gradients by what the model takes into those by the data.
func (f Scaling) Gradient(g []float32, c int) {
	for i := range g {
		if k := i % c % max(1, len(f.Shift)); len(f.Shift) > 0 {
			g[i] = float32(float64(g[i]) / f.Unit[k])
		}
	}
}

// LogVolume is log ∏ Unit over the numbers of an item of h×w×c: a log-density of x is that of z less this.
func (f Scaling) LogVolume(h, w, c int) float64 {
	sum := 0.0
	for _, u := range f.Unit {
		sum += math.Log(u)
	}
	if len(f.Unit) == 1 {
		return float64(h*w*c) * sum
	}
	return float64(h*w) * sum
}

// Scaled is a set of which the items are scaled.
func Scaled(s Set, f Scaling) Set {
	if len(f.Shift) == 0 {
		return s
	}
	return scaled{s, f}
}

type scaled struct {
	Set
	f Scaling
}

func (s scaled) Items(dst []float32, indices []int) {
	s.Set.Items(dst, indices)
	_, _, c := s.Shape()
	s.f.Apply(dst, c)
}

func (s scaled) Batch(dst []float32, key tensor.Key) { drawItems(s, dst, key) }

// Under returns the set below.
func (s scaled) Under() Set { return s.Set }

// Split divides a set in two by a seed: share of the items, rounded, are held out, the others are left for training. Both keep
// the items' order.
func Split(s Set, share float64, seed uint64) (training, heldOut Set) {
	n := s.Len()
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	tensor.Key{Seed: seed, Purpose: tensor.PurposeSplit}.Rand().Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
	held := int(math.Round(share * float64(n)))
	out, in := slices.Sorted(slices.Values(order[:held])), slices.Sorted(slices.Values(order[held:]))
	return part{s, in}, part{s, out}
}

// part is some items of a set.
type part struct {
	Set
	index []int
}

func (p part) Len() int { return len(p.index) }

func (p part) Items(dst []float32, indices []int) {
	of := make([]int, len(indices))
	for k, i := range indices {
		of[k] = p.index[i]
	}
	p.Set.Items(dst, of)
}

func (p part) Batch(dst []float32, key tensor.Key) { drawItems(p, dst, key) }

func (p part) Label(i int) (int, bool) { return p.Set.Label(p.index[i]) }

// Under returns the set below.
func (p part) Under() Set { return p.Set }

// Underlying is the set that parts and scalings of it lie on.
func Underlying(s Set) Set {
	for {
		u, ok := s.(interface{ Under() Set })
		if !ok {
			return s
		}
		s = u.Under()
	}
}

// Err returns what kept an item of a source from being read, nil where nothing did.
func Err(s Source) error {
	set, ok := s.(Set)
	if !ok {
		return nil
	}
	if e, ok := Underlying(set).(interface{ Err() error }); ok {
		return e.Err()
	}
	return nil
}

// Notes returns what was left out of the set that s lies on.
func Notes(s Set) []string {
	if left, ok := Underlying(s).(interface{ Notes() []string }); ok {
		return left.Notes()
	}
	return nil
}
