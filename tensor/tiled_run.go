package tensor

import (
	"math/bits"
	"sync"

	"anila/asm/cooktoom"
	"anila/asm/gemm"
)

// tileJob is one forward pass or input gradient. A block of tiles goes through three
// stages, each split over the team: transforms by tiles, products by points and
// columns, last transforms by tiles again or, where tiles of an image add to each
// other, by images. Jobs are kept so that a call allocates nothing.
type tileJob struct {
	*tiled
	call
	from, to       *grid // of the transform to products, of that back
	transposed     bool
	a, c           []float32 // transformed tiles, and their products with the weights
	terms, columns int
	first, tiles   int // of the block
	shares         int // tasks of a transform, at most
	parts          int // tasks of a point's product
	unit           int // tiles that belong to one task of the last transform

	transform, product, finish func(worker, task int)
}

var tileJobs = sync.Pool{New: func() any {
	j := new(tileJob)
	j.transform, j.product, j.finish = j.transformTask, j.productTask, j.finishTask
	return j
}}

func (k *tiled) forward(c call) {
	j := tileJobs.Get().(*tileJob)
	j.from, j.to, j.transposed, j.unit = &k.in, &k.out, false, 1
	j.terms, j.columns = k.inputs(), k.OutC
	j.run(k, c)
}

func (k *tiled) inputGradient(c call) {
	j := tileJobs.Get().(*tileJob)
	j.from, j.to, j.transposed, j.unit = &k.out, &k.in, !k.turned, 1
	j.terms, j.columns = k.OutC, k.inputs()
	if j.transposed {
		j.unit = k.rows()
	}
	j.run(k, c)
}

// run takes all blocks through the stages.
func (j *tileJob) run(k *tiled, c call) {
	j.tiled, j.call = k, c
	workers := c.team.Share()
	block := k.blockTiles(c.n, workers)
	j.a = c.scratch[:k.points*block*(j.terms+rowPad)]
	j.c = c.scratch[ArenaSize(len(j.a)):][:k.points*block*(j.columns+rowPad)]
	j.shares, j.parts = 1, 1
	if workers > 1 {
		// Enough tasks for nobody to wait long for the last one.
		j.shares = 4 * workers
		j.parts = min(j.columns/k.nr, 1<<bits.Len(uint(16*workers/k.points)))
	}
	tiles := c.n * k.rows()
	for j.first = 0; j.first < tiles; j.first += block {
		j.tiles = min(block, tiles-j.first)
		c.team.Run(j.tasks(1), j.transform)
		c.team.Run(k.points*j.parts, j.product)
		c.team.Run(j.tasks(j.unit), j.finish)
	}
	if j.transposed && c.rest() {
		c.finish(0, len(c.dst))
	}
	j.tiled, j.call, j.from, j.to, j.a, j.c = nil, call{}, nil, nil, nil, nil
	tileJobs.Put(j)
}

func (j *tileJob) transformTask(_, task int) {
	from, to := j.span(task, 1)
	if j.transposed {
		j.transformGradients(j.a, j.tiles, j.src, from, to, from-j.first)
	} else {
		j.transformInputs(j.a, j.tiles, j.src, j.from, from, to, from-j.first)
	}
}

// productTask multiplies the tiles with some of the columns of a point.
func (j *tileJob) productTask(_, task int) {
	lda, ldc := j.terms+rowPad, j.columns+rowPad
	point, part, panels := task/j.parts, task%j.parts, j.columns/j.nr
	a, c := j.a[point*j.tiles*lda:], j.c[point*j.tiles*ldc:]
	u := j.call.weights[point*j.columns*j.terms:][:j.columns*j.terms]
	columns := (panels*(part+1)/j.parts - panels*part/j.parts) * j.nr
	j.team.reads(columns * j.terms)
	for q := panels * part / j.parts * j.nr; q < panels*(part+1)/j.parts*j.nr; q += j.nr {
		gemm.Micro(c[q:], ldc, a, lda, 1, u[q*j.terms:], j.nr, j.nr, j.terms, j.tiles, false)
	}
}

func (j *tileJob) finishTask(_, task int) {
	ld := j.columns + rowPad
	point := j.tiles * ld
	from, to := j.span(task, j.unit)
	s := j.spot(from)
	rest, begin := !j.transposed && j.rest(), s.x
	var p cooktoom.Places
	for t := from; t < to; {
		run := cooktoom.Run{Tiles: 1}
		m := j.c[(t-j.first)*ld:]
		if j.transposed {
			j.patchTile(&j.call, m, point, s, j.next(s))
		} else {
			run = j.tileRun(j.to, s, to-t, ld)
			j.tilePlaces(&p, j.to, s)
			j.output(j.dst, &p, m, point, &j.Epilogue, j.to.channels, run)
		}
		t += run.Tiles
		next := j.after(s, run)
		if rest && (next.x == 0 || t == to) {
			s.x += run.Tiles - 1
			j.finishRow(s, begin)
			begin = 0
		}
		s = next
	}
}

// finishRow finishes the sums of a row of tiles from one up to that at s.
func (j *tileJob) finishRow(s spot, begin int) {
	g := j.to
	top, left, right := j.side*s.y, j.side*begin, min(g.w, j.side*(s.x+1))
	rows, at, size := min(j.side, g.h-top), ((s.image*g.h+top)*g.w+left)*g.channels, (right-left)*g.channels
	if right-left == g.w {
		rows, size = 1, rows*size
	}
	for range rows {
		j.call.finish(at, at+size)
		at += g.w * g.channels
	}
}

// units are the first unit of so many tiles that has some in the block, and the
// number of such units.
func (j *tileJob) units(unit int) (first, units int) {
	first = j.first / unit
	return first, (j.first+j.tiles+unit-1)/unit - first
}

// tasks is the number of tasks that share the tiles of the block by units.
func (j *tileJob) tasks(unit int) int {
	_, units := j.units(unit)
	return min(j.shares, units)
}

// span are the tiles of one of these tasks.
func (j *tileJob) span(task, unit int) (from, to int) {
	first, units := j.units(unit)
	tasks := j.tasks(unit)
	from = max(j.first, (first+units*task/tasks)*unit)
	to = min(j.first+j.tiles, (first+units*(task+1)/tasks)*unit)
	return from, to
}
