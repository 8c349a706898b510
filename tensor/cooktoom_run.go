package tensor

import (
	"math/bits"
	"sync"

	"anila/asm/gemm"
)

// cookToomRun is one forward pass or input gradient. A block of tiles goes
// through three phases, each split over the team: transforms by tiles, products by
// points and columns, last transforms by tiles again or, where tiles of an image
// add to each other, by images. Runs are kept so that a call allocates nothing.
type cookToomRun struct {
	k              *cookToom
	dst, src       []float32
	u              []float32 // transformed weights
	bias, act      []float32 // bias is nil in an input gradient, act may be
	leak           float32
	a, c           []float32 // transformed tiles, and their products with u
	terms, columns int
	first, tiles   int // of the block
	shares         int // tasks of a transform, at most
	parts          int // tasks of a point's product
	unit           int // tiles that belong to one task of the last transform

	transform, product, output func(worker, task int)
}

var cookToomRuns = sync.Pool{New: func() any {
	r := new(cookToomRun)
	r.transform, r.product, r.output = r.transformTask, r.productTask, r.outputTask
	return r
}}

// run computes the outputs dst of the images src or, without bias, the input
// gradient dst of the output gradients src. scratch has the room for
// rows(n, team.Count()) tiles.
func (k *cookToom) run(dst, src []float32, n int, u, bias, act []float32, leak float32, scratch []float32, team *Workers) {
	r := cookToomRuns.Get().(*cookToomRun)
	r.k, r.dst, r.src, r.u, r.bias, r.act, r.leak = k, dst, src, u, bias, act, leak
	r.terms, r.columns, r.unit = 4*k.InC, k.OutC, 1
	if bias == nil {
		r.terms, r.columns, r.unit = k.OutC, 4*k.InC, k.tilesH*k.tilesW
	}
	workers := team.Count()
	block := k.rows(n, workers)
	r.a = scratch[:k.points*block*(r.terms+pad)]
	r.c = scratch[ArenaSize(len(r.a)):][:k.points*block*(r.columns+pad)]
	r.shares, r.parts = 1, 1
	if workers > 1 {
		// Enough tasks for nobody to wait long for the last one.
		r.shares = 4 * workers
		r.parts = min(r.columns/k.nr, 1<<bits.Len(uint(16*workers/k.points)))
	}
	tiles := n * k.tilesH * k.tilesW
	for r.first = 0; r.first < tiles; r.first += block {
		r.tiles = min(block, tiles-r.first)
		team.Run(r.tasks(1), r.transform)
		team.Run(k.points*r.parts, r.product)
		team.Run(r.tasks(r.unit), r.output)
	}
	r.k, r.dst, r.src, r.u, r.bias, r.act, r.a, r.c = nil, nil, nil, nil, nil, nil, nil, nil
	cookToomRuns.Put(r)
}

func (r *cookToomRun) transformTask(_, task int) {
	from, to := r.span(task, 1)
	if r.bias != nil {
		r.k.transformInput(r.a, r.tiles, r.src, from, to, from-r.first)
	} else {
		r.k.transformGradient(r.a, r.tiles, r.src, from, to, from-r.first)
	}
}

// productTask multiplies the tiles with some of the columns of a point.
func (r *cookToomRun) productTask(_, task int) {
	k := r.k
	lda, ldc := r.terms+pad, r.columns+pad
	point, part, panels := task/r.parts, task%r.parts, r.columns/k.nr
	a, c := r.a[point*r.tiles*lda:], r.c[point*r.tiles*ldc:]
	u := r.u[point*r.columns*r.terms:][:r.columns*r.terms]
	for j := panels * part / r.parts * k.nr; j < panels*(part+1)/r.parts*k.nr; j += k.nr {
		gemm.Micro(c[j:], ldc, a, lda, 1, u[j*r.terms:], k.nr, r.terms, r.tiles, false)
	}
}

func (r *cookToomRun) outputTask(_, task int) {
	k, ld := r.k, r.columns+pad
	from, to := r.span(task, r.unit)
	for t := from; t < to; t++ {
		c := r.c[(t-r.first)*ld:]
		if r.bias != nil {
			k.outputTile(r.dst, t, c, r.tiles*ld, r.bias, r.leak)
		} else {
			k.patchTile(r.dst, t, c, r.tiles*ld, r.act, r.leak)
		}
	}
}

// units are the first unit of so many tiles that has some in the block, and the
// number of such units.
func (r *cookToomRun) units(unit int) (first, units int) {
	first = r.first / unit
	return first, (r.first+r.tiles+unit-1)/unit - first
}

// tasks is the number of tasks that share the tiles of the block by units.
func (r *cookToomRun) tasks(unit int) int {
	_, units := r.units(unit)
	return min(r.shares, units)
}

// span are the tiles of one of these tasks.
func (r *cookToomRun) span(task, unit int) (from, to int) {
	first, units := r.units(unit)
	tasks := r.tasks(unit)
	from = max(r.first, (first+units*task/tasks)*unit)
	to = min(r.first+r.tiles, (first+units*(task+1)/tasks)*unit)
	return from, to
}
