package tensor

import (
	"sync"

	"anila/asm/gemm"
)

// weightPlaces is the number of output places that are summed at a time where the
// rows of the windows are contiguous.
const weightPlaces = 128

// fewRows is the rows that a tile of their own does sooner than the largest one.
const fewRows = 4

// weightFloats is what the output gradients of the images may take that go through
// all tasks together: each task reads them, and those after the first find them in
// the cache.
const weightFloats = 1 << 18

// weightJob is one weightCall. Jobs are kept so that a call allocates nothing.
type weightJob struct {
	*windowed
	weightCall
	first, images  int       // of the images that go through all tasks together
	height, perTap int       // rows of a block, blocks of a tap row
	sums           []float32 // of all tasks
	bias           *rowSums
	run            func(worker, task int)
}

var weightJobs = sync.Pool{New: func() any {
	j := new(weightJob)
	j.run, j.bias = j.task, newRowSums()
	return j
}}

// weightRows is the number of rows of the weight matrix that one task of the
// weight gradient sums: fewer where there are more workers than tasks.
func (k *windowed) weightRows(share int) int {
	rows := min(4*k.mr, k.KernelW*k.InC)
	for share > 1 && rows > fewRows && k.KernelH*((k.KernelW*k.InC+rows-1)/rows) < 2*share {
		rows = max(fewRows, rows/2)
	}
	return rows
}

func (k *windowed) weightScratch(team *Workers) int {
	own := 0
	if team == nil {
		own = k.workerScratch()
	}
	return ArenaSize(k.KernelH*k.perTap(team)*k.weightSums(team), rowSumsScratch(k.OutC), own)
}

func (k *windowed) weightMemory() int { return k.workerScratch() }

// perTap is the number of tasks that sum the rows of a tap row.
func (k *windowed) perTap(team *Workers) int {
	rows := k.weightRows(team.Share())
	return (k.KernelW*k.InC + rows - 1) / rows
}

// weightSums is the number of sums of a task.
func (k *windowed) weightSums(team *Workers) int {
	return roundUp(k.weightRows(team.Share()), k.mr) * gemm.Columns(k.OutC)
}

// workerScratch is the room of one worker: a padded image, with a tile of rows
// behind it that may be read and is not used, and output gradients where their
// channels fill no whole panel.
func (k *windowed) workerScratch() int {
	return ArenaSize(k.weightImage(), max(weightPlaces, k.OutH()*k.OutW())*gemm.Columns(k.OutC))
}

func (k *windowed) weightImage() int {
	return k.output.imageSize() + k.mr
}

func (k *windowed) weightGradient(c weightCall) {
	j := weightJobs.Get().(*weightJob)
	j.windowed, j.weightCall = k, c
	j.height, j.perTap = k.weightRows(c.team.Share()), k.perTap(c.team)
	tasks := k.KernelH * j.perTap
	j.sums = c.scratch[:tasks*k.weightSums(c.team)]
	biasScratch := c.scratch[ArenaSize(len(j.sums)):]
	j.weightCall.scratch = biasScratch[ArenaSize(rowSumsScratch(k.OutC)):]
	images := max(1, weightFloats/k.OutSize())
	for j.first = 0; j.first < c.n; j.first += images {
		j.images = min(images, c.n-j.first)
		c.team.Run(tasks, j.run)
		if c.db != nil {
			rows := j.images * k.OutH() * k.OutW()
			j.bias.run(c.db, c.dy[j.first*k.OutSize():][:rows*k.OutC], rows, biasScratch, c.team)
		}
	}
	j.windowed, j.weightCall, j.sums = nil, weightCall{}, nil
	weightJobs.Put(j)
}

// task adds to a block of rows of the weight matrix, whose rows are (tap row, tap
// column, channel) and columns outputs, and brings it to dw after the last images.
func (j *weightJob) task(worker, task int) {
	t, from := task/j.perTap, task%j.perTap*j.height
	to := min(from+j.height, j.KernelW*j.InC)
	columns := gemm.Columns(j.OutC)
	scratch := j.own(worker, j.workerScratch())
	image := scratch[:j.weightImage()]
	scratch = scratch[ArenaSize(len(image)):]
	size := len(j.sums) / (j.KernelH * j.perTap)
	sum := j.sums[task*size:][:size]
	if j.output.contiguous() {
		j.sumContiguous(sum, columns, scratch, t*j.KernelW*j.InC+from, to-from)
	} else {
		j.sumImages(sum, columns, scratch, image, t, from, to-from)
	}
	if j.first+j.images < j.n {
		return
	}
	const line = 16
	for first := 0; first < j.OutC; first += line { // a line of sums at a time: filters may lie pages apart
		for r := from; r < to; r++ {
			u, i := r/j.InC, r%j.InC
			row := sum[(r-from)*columns:]
			for o := first; o < min(first+line, j.OutC); o++ {
				j.dw[((o*j.InC+i)*j.KernelH+t)*j.KernelW+u] += row[o]
			}
		}
	}
}

// sumContiguous sums rows of the weight matrix where they are contiguous.
func (j *weightJob) sumContiguous(sum []float32, columns int, padded []float32, from, rows int) {
	terms := j.output.terms()
	places := j.OutH() * j.OutW()
	last := (j.first + j.images) * places
	for first := j.first * places; first < last; first += weightPlaces {
		k := min(weightPlaces, last-first)
		b, stepB := j.gradients(padded, columns, first, k)
		for c := 0; c < columns; c += j.nr {
			gemm.Micro(sum[c:], columns, j.x[first*terms+from:], 1, terms, b[c:], stepB, gemm.Panel(columns-c), k, rows, first > 0)
		}
	}
}

// sumImages sums rows [from, from+rows) of tap row t, image by image.
func (j *weightJob) sumImages(sum []float32, columns int, padded, image []float32, t, from, rows int) {
	g := &j.output
	clear(image)
	places := j.OutH() * j.OutW()
	step := g.step * g.channels
	for i := j.first; i < j.first+j.images; i++ {
		seen, line := g.see(image, j.x[i*j.InSize():][:j.InSize()])
		m := rows
		if &seen[0] == &image[0] && rows > fewRows { // one tile is done sooner than the smaller ones that rows come to
			m = roundUp(rows, j.mr)
		}
		b, stepB := j.gradients(padded, columns, i*places, places)
		for c := 0; c < columns; c += j.nr {
			gemm.Segments(sum[c:], columns, seen[t*line+from:], 1, step, b[c:], stepB, gemm.Panel(columns-c),
				g.outW, m, i > 0, g.outH, g.step*line-g.outW*step)
		}
	}
}

// gradients gives the rows of dy of places [first, first+k), padded to whole
// panels.
func (j *weightJob) gradients(padded []float32, columns, first, k int) (b []float32, step int) {
	channels := j.OutC
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
