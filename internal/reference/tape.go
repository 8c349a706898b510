package reference

import (
	"fmt"
	"math"
)

// value is a layer of one image, x [h, w, c], and g = ∂f/∂x once the tape has been walked back.
type value struct {
	h, w, c int
	x, g    []float64
}

func newValue(h, w, c int) *value {
	return &value{h, w, c, make([]float64, h*w*c), make([]float64, h*w*c)}
}

// tape is one evaluation of f: what has to be done to take the gradient back through it, last first.
type tape struct {
	back   []func()
	forks  *uint64 // hash of all decisions: sides of leaky ReLUs, winners of max-pooling
	frozen bool    // no gradient of the parameters
	round  *Rounding
}

// record ends an operation whose result y has been computed; back adds to the gradients of its inputs, given that of y.
func (t *tape) record(y *value, back func()) *value {
	t.round.all(y.x)
	t.back = append(t.back, func() {
		t.round.all(y.g)
		back()
	})
	return y
}

// backward fills in every gradient, given that of the output.
func (t *tape) backward() {
	for i := len(t.back) - 1; i >= 0; i-- {
		t.back[i]()
	}
}

func (t *tape) decide(k int) { *t.forks = (*t.forks ^ uint64(k+1)) * 1099511628211 }

// conv is y[p, o] = bias[o] + Σ w[o, i, ky, kx]·x[stride·p + k − pad, i], zeros outside; b may be nil.
func (t *tape) conv(x *value, w *weight, b *parameter, out, kh, kw, stride, pad int) *value {
	if len(w.x) != out*x.c*kh*kw {
		panic(fmt.Sprintf("reference: %d weights for %d outputs of %d×%d×%d", len(w.x), out, x.c, kh, kw))
	}
	y := newValue((x.h+2*pad-kh)/stride+1, (x.w+2*pad-kw)/stride+1, out)
	// each calls f with the index of every output, every weight of it, and the input that it multiplies.
	each := func(f func(out, weight, in int)) {
		for oy := range y.h {
			for ox := range y.w {
				for ky := range kh {
					for kx := range kw {
						iy, ix := oy*stride+ky-pad, ox*stride+kx-pad
						if iy < 0 || iy >= x.h || ix < 0 || ix >= x.w {
							continue
						}
						for o := range out {
							for i := range x.c {
								f((oy*y.w+ox)*out+o, ((o*x.c+i)*kh+ky)*kw+kx, (iy*x.w+ix)*x.c+i)
							}
						}
					}
				}
			}
		}
	}
	if b != nil {
		for i := range y.x {
			y.x[i] = b.data[i%out]
		}
	}
	each(func(o, k, i int) { t.round.add(&y.x[o], w.x[k]*x.x[i]) })
	return t.record(y, func() {
		each(func(o, k, i int) { t.round.add(&x.g[i], w.x[k]*y.g[o]) })
		if t.frozen {
			return
		}
		each(func(o, k, i int) { t.round.add(&w.g[k], x.x[i]*y.g[o]) })
		for i, d := range y.g {
			if b != nil {
				t.round.add(&b.grad[i%out], d)
			}
		}
	})
}

// pointwise is y = f(x) with derivative slope(x).
func (t *tape) pointwise(x *value, f, slope func(float64) float64) *value {
	y := newValue(x.h, x.w, x.c)
	for i, v := range x.x {
		y.x[i] = f(v)
	}
	return t.record(y, func() {
		for i, v := range x.x {
			x.g[i] += slope(v) * y.g[i]
		}
	})
}

func (t *tape) leaky(x *value, leak float64) *value {
	for _, v := range x.x {
		if v > 0 {
			t.decide(1)
		} else {
			t.decide(0)
		}
	}
	slope := func(v float64) float64 {
		if v > 0 {
			return 1
		}
		return leak
	}
	return t.pointwise(x, func(v float64) float64 { return slope(v) * v }, slope)
}

func (t *tape) swish(x *value) *value {
	sigmoid := func(v float64) float64 { return 1 / (1 + math.Exp(-v)) }
	return t.pointwise(x, func(v float64) float64 { return v * sigmoid(v) },
		func(v float64) float64 { s := sigmoid(v); return s + v*s*(1-s) })
}

// pool2 is a weighted sum over each 2×2 window; choose says how much of each of its four values is taken.
func (t *tape) pool2(x *value, choose func(window [4]float64) [4]float64) *value {
	y := newValue(x.h/2, x.w/2, x.c)
	shares := make([][4]float64, len(y.x))
	at := func(o, k int) int {
		oy, ox, c := o/x.c/y.w, o/x.c%y.w, o%x.c
		return ((2*oy+k/2)*x.w+2*ox+k%2)*x.c + c
	}
	for o := range y.x {
		var window [4]float64
		for k := range window {
			window[k] = x.x[at(o, k)]
		}
		shares[o] = choose(window)
		for k, s := range shares[o] {
			y.x[o] += s * window[k]
		}
	}
	return t.record(y, func() {
		for o, d := range y.g {
			for k, s := range shares[o] {
				x.g[at(o, k)] += s * d
			}
		}
	})
}

func (t *tape) maxPool(x *value) *value {
	return t.pool2(x, func(window [4]float64) (share [4]float64) {
		best := 0
		for k, v := range window {
			if v > window[best] {
				best = k
			}
		}
		t.decide(best)
		share[best] = 1
		return share
	})
}

func (t *tape) avgPool(x *value) *value {
	return t.pool2(x, func([4]float64) [4]float64 { return [4]float64{.25, .25, .25, .25} })
}

func (t *tape) add(a, b *value) *value {
	y := newValue(a.h, a.w, a.c)
	for i := range y.x {
		y.x[i] = a.x[i] + b.x[i]
	}
	return t.record(y, func() {
		for i, d := range y.g {
			a.g[i] += d
			b.g[i] += d
		}
	})
}

// sumPixels sums over height and width.
func (t *tape) sumPixels(x *value) *value {
	y := newValue(1, 1, x.c)
	for i, v := range x.x {
		t.round.add(&y.x[i%x.c], v)
	}
	return t.record(y, func() {
		for i := range x.g {
			x.g[i] += y.g[i%x.c]
		}
	})
}

// attend is softmax(q·kᵀ)·v, pixels as rows and channels as columns.
func (t *tape) attend(q, k, v *value) *value {
	rows, keys, d := q.h*q.w, k.h*k.w, q.c
	y := newValue(q.h, q.w, v.c)
	p := make([]float64, rows*keys)
	for i := range rows {
		row := p[i*keys : (i+1)*keys]
		most, total := math.Inf(-1), 0.0
		for j := range row {
			for c := range d {
				t.round.add(&row[j], q.x[i*d+c]*k.x[j*d+c])
			}
			most = max(most, row[j])
		}
		for j := range row {
			row[j] = math.Exp(row[j] - most)
			total += row[j]
		}
		for j := range row {
			row[j] /= total
			for c := range v.c {
				t.round.add(&y.x[i*v.c+c], row[j]*v.x[j*v.c+c])
			}
		}
	}
	return t.record(y, func() {
		for i := range rows {
			row, dp, along := p[i*keys:(i+1)*keys], make([]float64, keys), 0.0
			for j := range row {
				for c := range v.c {
					t.round.add(&dp[j], y.g[i*v.c+c]*v.x[j*v.c+c])
					t.round.add(&v.g[j*v.c+c], row[j]*y.g[i*v.c+c])
				}
				along += row[j] * dp[j]
			}
			for j := range row {
				ds := row[j] * (dp[j] - along)
				for c := range d {
					t.round.add(&q.g[i*d+c], ds*k.x[j*d+c])
					t.round.add(&k.g[j*d+c], ds*q.x[i*d+c])
				}
			}
		}
	})
}
