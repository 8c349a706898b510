package tensor

import (
	"sync"

	"anila/asm/cooktoom"
	"anila/asm/gemm"
)

// The weight gradient by Cook–Toom: with the transforms V of inputs and Y of
// output gradients, Gᵀ·[Σ V ⊙ Y]·G, the sum over all tiles of all images. It
// is 25 products of V's transposed matrix with Y's, whose terms are the tiles
// in order.

const (
	// cookToomChunk is the number of tiles that are transformed before their
	// products are added: long sums for the matrix kernel, and transforms that
	// fit the cache between the cores.
	cookToomChunk = 112
	// A task sums 16 input channels, all phases, for up to 128 outputs: 25 sums
	// of 32 KiB that stay in the second-level cache from the first product to
	// the last transform, which then has whole filters to add to.
	cookToomInputs  = 16
	cookToomOutputs = 128
)

// cookToomJob is one weight gradient. Jobs are kept so that a call allocates
// nothing.
type cookToomJob struct {
	k                  *cookToom
	dw, db, x, dy      []float32
	v, y, sum          []float32
	n                  int
	first, tiles       int // of the chunk
	last               bool
	transform, product func(worker, task int)
}

var cookToomJobs = sync.Pool{New: func() any {
	j := new(cookToomJob)
	j.transform, j.product = j.transformTask, j.productTask
	return j
}}

// weightScratch is the room for the transforms of a chunk and for all sums, with
// a block for each worker where there is one chunk only: the tasks are one more
// than the blocks.
func (k *cookToom) weightScratch() int {
	return ArenaSize(k.points*cookToomChunk*(4*k.InC+pad), k.points*cookToomChunk*(k.OutC+pad), k.sums())
}

func (k *cookToom) sums() int { return k.weightSize() + k.blockSums() }

// blockSums is the length of the sums of a task.
func (k *cookToom) blockSums() int { return k.points * 4 * cookToomInputs * k.outputs() }

// outputs is the number of outputs of a task.
func (k *cookToom) outputs() int {
	if k.OutC%cookToomOutputs == 0 {
		return cookToomOutputs
	}
	return k.nr
}

// weightTasks is the number of tasks that sum.
func (k *cookToom) weightTasks() int { return k.InC / cookToomInputs * (k.OutC / k.outputs()) }

func (k *cookToom) weightGradient(dw, db, x, dy []float32, n int, pool *Workers, scratch []float32) {
	j := cookToomJobs.Get().(*cookToomJob)
	j.k, j.dw, j.db, j.x, j.dy, j.n = k, dw, db, x, dy, n
	j.v = scratch[:k.points*cookToomChunk*(4*k.InC+pad)]
	scratch = scratch[ArenaSize(len(j.v)):]
	j.y = scratch[:k.points*cookToomChunk*(k.OutC+pad)]
	j.sum = scratch[ArenaSize(len(j.y)):][:k.sums()]
	tiles := n * k.tilesH * k.tilesW
	for first := 0; first < tiles; first += cookToomChunk {
		j.first, j.tiles = first, min(cookToomChunk, tiles-first)
		j.last = first+j.tiles == tiles
		runTasks(pool, (j.tiles+transformTiles-1)/transformTiles, j.transform)
		runTasks(pool, 1+k.weightTasks(), j.product)
	}
	j.k, j.dw, j.db, j.x, j.dy, j.v, j.y, j.sum = nil, nil, nil, nil, nil, nil, nil, nil
	cookToomJobs.Put(j)
}

// runTasks runs tasks on a pool, or here when there is none.
func runTasks(pool *Workers, tasks int, f func(worker, task int)) {
	if pool == nil {
		for t := range tasks {
			f(0, t)
		}
		return
	}
	pool.Run(tasks, f)
}

// transformTiles is the number of tiles of a task that transforms.
const transformTiles = 8

func (j *cookToomJob) transformTask(_, task int) {
	at := task * transformTiles
	to := min(at+transformTiles, j.tiles)
	j.k.transformInput(j.v, j.tiles, j.x, j.first+at, j.first+to, at)
	j.k.transformGradient(j.y, j.tiles, j.dy, j.first+at, j.first+to, at)
}

// productTask 0 sums the bias; the others add the chunk's products to the sums
// of some inputs and outputs, and after the last chunk transform them back.
func (j *cookToomJob) productTask(worker, task int) {
	k := j.k
	if task == 0 {
		if j.last && j.db != nil {
			SumRows(j.db, j.dy, j.n*k.OutH()*k.OutW())
		}
		return
	}
	outputs := k.outputs()
	block := task - 1
	input, output := block/(k.OutC/outputs)*cookToomInputs, block%(k.OutC/outputs)*outputs
	if j.first == 0 && j.last {
		block = worker // nothing is kept for a next chunk: the block stays in the worker's cache
	}
	sum := j.sum[block*k.blockSums():][:k.blockSums()]
	ldv, ldy := 4*k.InC+pad, k.OutC+pad
	phase := cookToomInputs * outputs
	point := 4 * phase
	for p := range k.points {
		v, y := j.v[p*j.tiles*ldv+input:], j.y[p*j.tiles*ldy+output:]
		for c := 0; c < outputs; c += k.nr {
			for f := range 4 {
				gemm.Micro(sum[p*point+f*phase+c:], outputs, v[f*k.InC:], 1, ldv, y[c:], ldy, j.tiles, cookToomInputs, j.first > 0)
			}
		}
	}
	if !j.last {
		return
	}
	taps := cooktoom.Taps4x2
	if k.side == 2 {
		taps = cooktoom.Taps2x2
	}
	for i := range cookToomInputs {
		for o := 0; o < outputs; o += 16 {
			taps(j.dw[((output+o)*k.InC+input+i)*16:], 16*k.InC, sum[i*outputs+o:], point, phase)
		}
	}
}
