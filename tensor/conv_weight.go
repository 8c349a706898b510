package tensor

import (
	"sync"

	"anila/asm/gemm"
)

// weightPlaces is the number of output places that are summed at a time where
// windows lie ready in the source.
const weightPlaces = 128

// weightFloats is what the output gradients of the images may take that go through
// all tasks together: each task reads them, and those after the first find them in
// the cache.
const weightFloats = 1 << 18

// weightJob is one WeightGradient call. Jobs are kept so that a call
// allocates nothing.
type weightJob struct {
	p             *ConvPlan
	dw, db, x, dy []float32
	n             int
	first, images int       // of the images that go through all tasks together
	rows, perTap  int       // rows of a block, blocks of a tap row
	sums          []float32 // of all tasks
	scratch       []float32
	perWorker     int
	run           func(worker, task int)
}

var weightJobs = sync.Pool{New: func() any {
	j := new(weightJob)
	j.run = j.task
	return j
}}

// weightRows is the number of rows of the weight matrix that one task of the
// weight gradient sums.
func (p *ConvPlan) weightRows() int { return min(4*p.mr, p.KernelW*p.InC) }

// WeightScratch is the number of floats that WeightGradient needs for so many
// workers.
func (p *ConvPlan) WeightScratch(workers int) int {
	if p.cookToom != nil {
		return p.cookToom.weightScratch()
	}
	return ArenaSize(p.weightTasks()*p.weightSums()) + workers*p.weightScratch()
}

// weightTasks is the number of tasks that sum rows of the weight matrix.
func (p *ConvPlan) weightTasks() int {
	return p.KernelH * ((p.KernelW*p.InC + p.weightRows() - 1) / p.weightRows())
}

// weightSums is the number of sums of a task.
func (p *ConvPlan) weightSums() int {
	return roundUp(p.weightRows(), p.mr) * roundUp(p.OutC, p.nr)
}

// weightScratch is the room of one worker: a padded image, with a tile of rows
// behind it that may be read and is not used, and output gradients where their
// channels fill no whole panel.
func (p *ConvPlan) weightScratch() int {
	return ArenaSize(p.weightImage(), max(weightPlaces, p.OutH()*p.OutW())*roundUp(p.OutC, p.nr))
}

func (p *ConvPlan) weightImage() int {
	h, w := p.forward.padded()
	return h*w*p.InC + p.mr
}

// WeightGradient adds the gradient of Σ dy·conv(x) with respect to the weights
// to dw [OutC][InC][KernelH][KernelW] and, unless db is nil, that with respect
// to the bias to db [OutC], for n images. The work is split over outputs, each
// summed over the images in their order by one worker, so that the bits do not
// depend on the number of workers. A nil pool means the calling goroutine
// alone. scratch has WeightScratch(pool.Count()) floats.
func (p *ConvPlan) WeightGradient(dw, db, x, dy []float32, n int, pool *Workers, scratch []float32) {
	mustLen("dw", len(dw), p.WeightSize())
	mustLen("x", len(x), n*p.InSize())
	mustLen("dy", len(dy), n*p.OutSize())
	if db != nil {
		mustLen("db", len(db), p.OutC)
	}
	if p.cookToom != nil {
		p.cookToom.weightGradient(dw, db, x, dy, n, pool, scratch)
		return
	}
	rows := p.weightRows()
	j := weightJobs.Get().(*weightJob)
	j.p, j.dw, j.db, j.x, j.dy, j.n = p, dw, db, x, dy, n
	j.rows, j.perTap, j.perWorker = rows, p.weightTasks()/p.KernelH, p.weightScratch()
	j.sums = scratch[:p.weightTasks()*p.weightSums()]
	j.scratch = scratch[ArenaSize(len(j.sums)):]
	images := max(1, weightFloats/p.OutSize())
	for j.first = 0; j.first < n; j.first += images {
		j.images = min(images, n-j.first)
		runTasks(pool, 1+p.weightTasks(), j.run)
	}
	j.p, j.dw, j.db, j.x, j.dy, j.sums, j.scratch = nil, nil, nil, nil, nil, nil, nil
	weightJobs.Put(j)
}

// task 0 sums the bias; the others each add to a block of rows of the weight
// matrix, whose rows are (tap row, tap column, channel) and columns outputs, and
// bring it to dw after the last images.
func (j *weightJob) task(worker, task int) {
	p := j.p
	if task == 0 {
		if j.db != nil {
			SumRows(j.db, j.dy[j.first*p.OutSize():][:j.images*p.OutSize()], j.images*p.OutH()*p.OutW())
		}
		return
	}
	t, from := (task-1)/j.perTap, (task-1)%j.perTap*j.rows
	to := min(from+j.rows, p.KernelW*p.InC)
	columns := roundUp(p.OutC, p.nr)
	scratch := j.scratch[worker*j.perWorker:][:j.perWorker]
	image := scratch[:p.weightImage()]
	scratch = scratch[ArenaSize(len(image)):]
	sum := j.sums[(task-1)*p.weightSums():][:p.weightSums()]
	padded := scratch
	if g := &p.forward; g.ready() {
		j.sumReady(sum, columns, padded, t*p.KernelW*p.InC+from, to-from)
	} else {
		j.sumImages(sum, columns, padded, image, t, from, to-from)
	}
	if j.first+j.images < j.n {
		return
	}
	for r := from; r < to; r++ {
		u, i := r/p.InC, r%p.InC
		row := sum[(r-from)*columns:]
		for o := range p.OutC {
			j.dw[((o*p.InC+i)*p.KernelH+t)*p.KernelW+u] += row[o]
		}
	}
}

// sumReady sums rows of the weight matrix where the windows' terms lie ready.
func (j *weightJob) sumReady(sum []float32, columns int, padded []float32, from, rows int) {
	p := j.p
	terms := p.forward.terms()
	places := p.OutH() * p.OutW()
	last := (j.first + j.images) * places
	for first := j.first * places; first < last; first += weightPlaces {
		k := min(weightPlaces, last-first)
		b, stepB := j.gradients(padded, columns, first, k)
		for c := 0; c < columns; c += p.nr {
			gemm.Micro(sum[c:], columns, j.x[first*terms+from:], 1, terms, b[c:], stepB, k, rows, first > 0)
		}
	}
}

// sumImages sums rows [from, from+rows) of tap row t, image by image.
func (j *weightJob) sumImages(sum []float32, columns int, padded, image []float32, t, from, rows int) {
	p, g := j.p, &j.p.forward
	clear(image)
	places := p.OutH() * p.OutW()
	step := g.step * g.channels
	for i := j.first; i < j.first+j.images; i++ {
		seen, line := g.see(image, j.x[i*p.InSize():][:p.InSize()])
		m := rows
		if &seen[0] == &image[0] {
			m = roundUp(rows, p.mr)
		}
		b, stepB := j.gradients(padded, columns, i*places, places)
		for c := 0; c < columns; c += p.nr {
			gemm.Segments(sum[c:], columns, seen[t*line+from:], 1, step, b[c:], stepB,
				g.outW, m, i > 0, g.outH, g.step*line-g.outW*step)
		}
	}
}

// gradients gives the rows of dy of places [first, first+k), padded to whole
// panels.
func (j *weightJob) gradients(padded []float32, columns, first, k int) (b []float32, step int) {
	channels := j.p.OutC
	b = j.dy[first*channels:]
	if columns == channels {
		return b, channels
	}
	for r := range k {
		row := padded[r*columns:][:columns]
		clear(row[copy(row, b[r*channels:][:channels]):])
	}
	return padded, columns
}
