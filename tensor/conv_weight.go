package tensor

import (
	"sync"

	"anila/asm"
)

// weightPlaces is the number of output places whose windows are gathered
// together for the weight gradient.
const weightPlaces = 128

// weightJob is one WeightGradient call. Jobs are kept so that a call
// allocates nothing.
type weightJob struct {
	p             *ConvPlan
	dw, db, x, dy []float32
	n             int
	rows, perTap  int // rows of a block, blocks of a tap row
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
	return workers * p.weightScratch()
}

func (p *ConvPlan) weightScratch() int {
	rows, columns := p.weightRows(), roundUp(p.OutC, p.nr)
	return ArenaSize(weightPlaces*rows, rows*columns, weightPlaces*columns)
}

// WeightGradient adds the gradient of Σ dy·conv(x) with respect to the weights
// to dw [OutC][InC][KernelH][KernelW] and, unless db is nil, that with respect
// to the bias to db [OutC], for n images. The work is split over outputs, each
// summed over the images in their order by one worker, so that the bits do not
// depend on the number of workers. A nil pool means the calling goroutine
// alone. scratch has WeightScratch(pool.Workers()) floats.
func (p *ConvPlan) WeightGradient(dw, db, x, dy []float32, n int, pool *Pool, scratch []float32) {
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
	perTap := (p.KernelW*p.InC + rows - 1) / rows
	j := weightJobs.Get().(*weightJob)
	j.p, j.dw, j.db, j.x, j.dy, j.n = p, dw, db, x, dy, n
	j.rows, j.perTap, j.scratch, j.perWorker = rows, perTap, scratch, p.weightScratch()
	tasks := 1 + p.KernelH*perTap
	runTasks(pool, tasks, j.run)
	j.p, j.dw, j.db, j.x, j.dy, j.scratch = nil, nil, nil, nil, nil, nil
	weightJobs.Put(j)
}

// task 0 sums the bias; the others each sum a block of rows of the weight
// matrix, whose rows are (tap row, tap column, channel) and columns outputs.
func (j *weightJob) task(worker, task int) {
	p := j.p
	if task == 0 {
		if j.db != nil {
			SumRows(j.db, j.dy, j.n*p.OutH()*p.OutW())
		}
		return
	}
	t, from := (task-1)/j.perTap, (task-1)%j.perTap*j.rows
	to := min(from+j.rows, p.KernelW*p.InC)
	columns := roundUp(p.OutC, p.nr)
	scratch := j.scratch[worker*j.perWorker:][:j.perWorker]
	a := scratch[:weightPlaces*j.rows]
	scratch = scratch[ArenaSize(len(a)):]
	sum := scratch[:j.rows*columns]
	padded := scratch[ArenaSize(len(sum)):][:weightPlaces*columns]
	total := j.n * p.OutH() * p.OutW()
	for first := 0; first < total; first += weightPlaces {
		k := min(weightPlaces, total-first)
		p.forward.gather(a, j.rows, j.x, first, k, t, from, to)
		b, stepB := j.dy[first*p.OutC:], p.OutC
		if columns != p.OutC {
			for r := range k {
				row := padded[r*columns:][:columns]
				clear(row[copy(row, b[r*p.OutC:][:p.OutC]):])
			}
			b, stepB = padded, columns
		}
		for c := 0; c < columns; c += p.nr {
			for r := 0; r < to-from; r += p.mr {
				asm.GemmMicro(sum[r*columns+c:], columns, a[r:], 1, j.rows, b[c:], stepB, k, min(p.mr, to-from-r), first > 0)
			}
		}
	}
	for r := from; r < to; r++ {
		u, i := r/p.InC, r%p.InC
		row := sum[(r-from)*columns:]
		for o := range p.OutC {
			j.dw[((o*p.InC+i)*p.KernelH+t)*p.KernelW+u] += row[o]
		}
	}
}
