package tensor

import (
	"sync"

	"anila/asm/gemm"
)

// weightPlaces is the number of output places that are summed at a time where the
// rows of the windows are contiguous.
const weightPlaces = 128

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
	perWorker      int       // scratch
	run            func(worker, task int)
}

var weightJobs = sync.Pool{New: func() any {
	j := new(weightJob)
	j.run = j.task
	return j
}}

// weightRows is the number of rows of the weight matrix that one task of the
// weight gradient sums.
func (k *windowed) weightRows() int { return min(4*k.mr, k.KernelW*k.InC) }

func (k *windowed) weightScratch(workers int) int {
	return ArenaSize(k.weightTasks()*k.weightSums()) + workers*k.workerScratch()
}

// weightTasks is the number of tasks that sum rows of the weight matrix.
func (k *windowed) weightTasks() int {
	return k.KernelH * ((k.KernelW*k.InC + k.weightRows() - 1) / k.weightRows())
}

// weightSums is the number of sums of a task.
func (k *windowed) weightSums() int {
	return roundUp(k.weightRows(), k.mr) * gemm.Columns(k.OutC)
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
	j.height, j.perTap, j.perWorker = k.weightRows(), k.weightTasks()/k.KernelH, k.workerScratch()
	j.sums = c.scratch[:k.weightTasks()*k.weightSums()]
	j.weightCall.scratch = c.scratch[ArenaSize(len(j.sums)):]
	images := max(1, weightFloats/k.OutSize())
	for j.first = 0; j.first < c.n; j.first += images {
		j.images = min(images, c.n-j.first)
		c.team.Run(1+k.weightTasks(), j.run)
	}
	j.windowed, j.weightCall, j.sums = nil, weightCall{}, nil
	weightJobs.Put(j)
}

// task 0 sums the bias; the others each add to a block of rows of the weight
// matrix, whose rows are (tap row, tap column, channel) and columns outputs, and
// bring it to dw after the last images.
func (j *weightJob) task(worker, task int) {
	if task == 0 {
		if j.db != nil {
			SumRows(j.db, j.dy[j.first*j.OutSize():][:j.images*j.OutSize()], j.images*j.OutH()*j.OutW())
		}
		return
	}
	t, from := (task-1)/j.perTap, (task-1)%j.perTap*j.height
	to := min(from+j.height, j.KernelW*j.InC)
	columns := gemm.Columns(j.OutC)
	scratch := j.weightCall.scratch[worker*j.perWorker:][:j.perWorker]
	image := scratch[:j.weightImage()]
	scratch = scratch[ArenaSize(len(image)):]
	sum := j.sums[(task-1)*j.weightSums():][:j.weightSums()]
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
		if &seen[0] == &image[0] {
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
