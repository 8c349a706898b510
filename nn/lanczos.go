package nn

import (
	"math"

	"anila/asm/reduce"
	"anila/tensor"
)

// lanczos finds the largest singular value σ of a matrix and its vectors by the
// bidiagonalisation of Golub and Kahan (1965; Golub and Van Loan, section 10.4).
// From a unit vector u₁ of the matrix' short side it builds
//
//	α₁v₁ = Mᵀu₁,   βₖuₖ = Mvₖ₋₁ − αₖ₋₁uₖ₋₁,   αₖvₖ = Mᵀuₖ − βₖvₖ₋₁
//
// so that σ and the vectors of the bidiagonal matrix of α and β tend to those of
// M. Each uₖ is made orthogonal to all before it, without which rounding brings
// values back a second time; the long side then needs nothing (Simon and Zha
// 2000).
//
// A vector is as wrong as its residual |Mv − σu| divided by the distance of the
// next singular value, so the residual must be small. Products with M take the
// vectors in float32, which bounds it by 1e-8·σ; refine takes that away.
//
// The start is fixed and no multiply-add is fused, so that the result is a
// function of the matrix alone, on every machine.
type lanczos struct {
	start []float64 // u₁ [m]
	basis []float64 // uₖ [steps, m]
	u     *split    // [m]
	v     *split    // [n], n ≥ m
	next  []float64 // the vector under way [n]
	wide  []float64 // part of a product [n]

	alpha, beta []float64 // [steps+1]; beta[k] comes before alpha[k]
	diagonal    []float64 // of T = LLᵀ, L the bidiagonal matrix [steps]
	off         []float64
	pivot       []float64 // of T − λ, λ just above its eigenvalues
	p           []float64 // the eigenvector of the largest
	y           []float64

	rowProducts
}

const (
	lanczosSteps     = 128  // before it begins anew from the best vector
	lanczosRestarts  = 40   // at most
	lanczosTolerance = 1e-9 // of the residual, in σ
	lanczosLook      = 4    // steps between two looks at the residual
	lanczosRefine    = 4    // corrections at most
)

// lanczosSize is the floats that newLanczos takes, but for a few of a step each.
func lanczosSize(m, n int) int { return 2*min(m, lanczosSteps)*m + 7*m + 8*n }

// newLanczos makes room for matrices of m rows and n ≥ m columns.
func newLanczos(m, n int) *lanczos {
	k := min(m, lanczosSteps)
	l := &lanczos{
		start: make([]float64, m), basis: make([]float64, k*m), u: newSplit(m), v: newSplit(n), next: make([]float64, n),
		wide:  make([]float64, n),
		alpha: make([]float64, k+1), beta: make([]float64, k+1), diagonal: make([]float64, k), off: make([]float64, k),
		pivot: make([]float64, k), p: make([]float64, k), y: make([]float64, k),
	}
	l.task = l.rows
	start := make([]float32, m)
	tensor.Key{Purpose: tensor.PurposeWeights}.Normals(start)
	for i, x := range start {
		l.start[i] = float64(x)
	}
	unit(l.start)
	return l
}

// find returns σ of the matrix with the given rows [m, n], which are as columns
// [n, m] in the other argument, and leaves its vectors in u and v: Mᵀu = σv. The
// workers may be nil.
func (l *lanczos) find(rows, columns []float32, workers *tensor.Workers) (sigma float64) {
	l.workers = workers
	l.u.set(l.start)
	for range lanczosRestarts {
		k, residual := l.cycle(rows, columns)
		if k == 0 {
			return 0
		}
		if sigma = l.refine(rows, columns, k); !(residual > lanczosTolerance*sigma) {
			break
		}
	}
	return sigma
}

// cycle takes up to len(p) steps from u, a unit vector, and puts the best vector
// of their span in its place. It returns the number of steps, 0 for a matrix of
// zeros, and the residual.
func (l *lanczos) cycle(rows, columns []float32) (k int, residual float64) {
	m := len(l.start)
	for k = 1; ; k++ {
		copy(l.basis[(k-1)*m:k*m], l.u.wide)
		l.multiply(l.next, columns, l.u.high)
		if k > 1 {
			subtract(l.next, l.beta[k-1], l.v.wide)
		}
		l.alpha[k-1] = unit(l.next)
		l.v.set(l.next)
		if l.alpha[0] == 0 {
			return 0, 0
		}

		w := l.next[:m]
		l.multiply(w, rows, l.v.high)
		subtract(w, l.alpha[k-1], l.u.wide)
		l.orthogonalise(w, k)
		l.beta[k] = unit(w)

		last := k == len(l.p) || l.alpha[k-1] == 0 || l.beta[k] <= lanczosTolerance*l.alpha[0]
		if last || k%lanczosLook == 0 {
			sigma := l.ritz(k)
			residual = l.beta[k] * l.alpha[k-1] * math.Abs(l.p[k-1]) / sigma
			if last || !(residual > lanczosTolerance*sigma) {
				break
			}
		}
		l.u.set(w)
	}
	clear(l.next[:m])
	l.combine(l.next[:m], l.p[:k])
	return k, residual
}

// combine makes u the unit vector along x [m] plus the basis' vectors times c.
func (l *lanczos) combine(x, c []float64) {
	m := len(x)
	for i, a := range c {
		subtract(x, -a, l.basis[i*m:(i+1)*m])
	}
	unit(x)
	l.u.set(x)
}

// orthogonalise takes the first k vectors of the basis out of w, twice: the first
// time leaves what rounding makes of a w that becomes short.
func (l *lanczos) orthogonalise(w []float64, k int) {
	m := len(w)
	for range 2 {
		for i := range k {
			u := l.basis[i*m : (i+1)*m]
			subtract(w, inner(u, w), u)
		}
	}
}

// refine corrects u by what the rounding of the products has left in the span of
// the last k steps, makes v fit it and returns σ. With the residual r = Mv − σu,
// exact to float64, the correction d solves (MMᵀ − σ²)·d = −σr, in the span
// (T − σ²)·z = −σ·Uᵀr across the largest eigenvector.
func (l *lanczos) refine(rows, columns []float32, k int) (sigma float64) {
	m := len(l.start)
	y, p := l.y[:k], l.p[:k]
	for round := 0; ; round++ {
		l.multiplyWide(l.next, columns, l.u)
		sigma = unit(l.next)
		l.v.set(l.next)
		if round == lanczosRefine {
			return sigma
		}
		r := l.next[:m]
		l.multiplyWide(r, rows, l.v)
		subtract(r, sigma, l.u.wide)
		for i := range y {
			y[i] = -sigma * inner(l.basis[i*m:(i+1)*m], r)
		}
		subtract(y, inner(p, y), p)
		l.solve(y)
		subtract(y, inner(p, y), p)
		if !(inner(y, y) > 1e-24) {
			return sigma
		}
		copy(r, l.u.wide)
		l.combine(r, y)
	}
}

// multiplyWide is multiply with all of x.
func (l *lanczos) multiplyWide(dst []float64, matrix []float32, x *split) {
	sum := l.wide[:len(dst)]
	l.multiply(sum, matrix, x.low)
	l.multiply(dst, matrix, x.high)
	subtract(dst, -1, sum)
}

// ritz returns the root of the largest eigenvalue of T = LLᵀ after k steps and
// leaves the eigenvector in p: bisection, then inverse iteration from just above
// the eigenvalue, where T − λ is negative definite and needs no pivoting.
func (l *lanczos) ritz(k int) float64 {
	low, high := 0.0, 0.0
	for i := range k {
		l.diagonal[i] = float64(l.alpha[i] * l.alpha[i])
		if i > 0 {
			l.diagonal[i] += float64(l.beta[i] * l.beta[i])
		}
		l.off[i] = l.alpha[i] * l.beta[i+1] // to i+1
		low = max(low, l.diagonal[i])
	}
	for i := range k {
		sum := l.diagonal[i]
		if i > 0 {
			sum += l.off[i-1]
		}
		if i < k-1 {
			sum += l.off[i]
		}
		high = max(high, sum)
	}
	high *= 1 + 1e-15
	for high-low > 4e-16*high {
		middle := low + (high-low)/2
		if middle == low || middle == high {
			break
		}
		if l.above(middle, k) {
			high = middle
		} else {
			low = middle
		}
	}
	for !l.above(high, k) {
		high *= 1 + 1e-15
		if !(high > 0) || math.IsInf(high, 1) {
			return math.NaN()
		}
	}
	p := l.p[:k]
	for i := range p {
		p[i] = 1
	}
	for range 3 {
		l.solve(p)
		unit(p)
	}
	return math.Sqrt(high)
}

// solve overwrites x with the solution of (T − λ)·y = x.
func (l *lanczos) solve(x []float64) {
	k := len(x)
	for i := 1; i < k; i++ {
		x[i] -= float64(l.off[i-1] / l.pivot[i-1] * x[i-1])
	}
	x[k-1] /= l.pivot[k-1]
	for i := k - 2; i >= 0; i-- {
		x[i] = (x[i] - float64(l.off[i]*x[i+1])) / l.pivot[i]
	}
}

// above tells whether x is above all eigenvalues of T: whether all pivots of
// T − x are negative.
func (l *lanczos) above(x float64, k int) bool {
	for i := range k {
		l.pivot[i] = l.diagonal[i] - x
		if i > 0 {
			l.pivot[i] -= float64(l.off[i-1]*l.off[i-1]) / l.pivot[i-1]
		}
		if !(l.pivot[i] < 0) {
			return false
		}
	}
	return true
}

// split is a vector in float64, and as the sum of two in float32 for products with
// matrices of float32.
type split struct {
	wide      []float64
	high, low []float32
}

func newSplit(n int) *split {
	return &split{make([]float64, n), aligned(n), aligned(n)}
}

func (s *split) set(x []float64) {
	copy(s.wide, x)
	for i, v := range x[:len(s.wide)] {
		s.high[i] = float32(v)
		s.low[i] = float32(v - float64(s.high[i]))
	}
}

// rowProducts are the products of rows with a vector, which workers share.
type rowProducts struct {
	workers *tensor.Workers
	dst     []float64
	matrix  []float32 // [len(dst), len(x)]
	x       []float32
	share   int // rows of a task
	task    func(worker, task int)
}

// multiply writes matrix·x, x in float32.
func (p *rowProducts) multiply(dst []float64, matrix, x []float32) {
	const work = 1 << 16 // multiply-adds of a task
	p.dst, p.matrix, p.x = dst, matrix, x
	p.share = max(1, work/len(x))
	p.workers.Run((len(dst)+p.share-1)/p.share, p.task)
}

func (p *rowProducts) rows(_, task int) {
	n := len(p.x)
	for i := task * p.share; i < min((task+1)*p.share, len(p.dst)); i++ {
		p.dst[i] = reduce.Dot(p.matrix[i*n:(i+1)*n], p.x)
	}
}

// subtract takes a·x from y.
func subtract(y []float64, a float64, x []float64) {
	x = x[:len(y)]
	for i, v := range x {
		y[i] -= float64(a * v)
	}
}

// inner is x·y, in four partial sums.
func inner(x, y []float64) float64 {
	var s0, s1, s2, s3 float64
	y = y[:len(x)]
	i := 0
	for ; i+4 <= len(x); i += 4 {
		s0 += float64(x[i] * y[i])
		s1 += float64(x[i+1] * y[i+1])
		s2 += float64(x[i+2] * y[i+2])
		s3 += float64(x[i+3] * y[i+3])
	}
	for ; i < len(x); i++ {
		s0 += float64(x[i] * y[i])
	}
	return (s0 + s1) + (s2 + s3)
}

// unit scales x to length 1, unless it is 0, and returns its length before.
func unit(x []float64) float64 {
	norm := math.Sqrt(inner(x, x))
	if norm > 0 {
		for i := range x {
			x[i] /= norm
		}
	}
	return norm
}
