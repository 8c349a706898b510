package tensor

import (
	"sync"

	"anila/asm/gemm"
)

// The weight gradient by tiles: with the transforms V of inputs and Y of output
// gradients, Gᵀ·[Σ V ⊙ Y]·G, the sum over all tiles of all images. It is a product
// of V's transposed matrix with Y's for each point, whose terms are the tiles in
// order.

const (
	// weightChunk is the number of tiles that are transformed before their
	// products are added: long sums for the matrix kernel, and transforms that
	// fit the cache between the cores.
	weightChunk = 112
	// A task sums 16 input channels, all phases, for up to 128 outputs: 25 sums
	// of 32 KiB that stay in the second-level cache from the first product to
	// the last transform, which then has whole filters to add to.
	weightInputs  = 16
	weightOutputs = 128
)

// tileWeightJob is one weightCall. Jobs are kept so that a call allocates nothing.
type tileWeightJob struct {
	*tiled
	weightCall
	v, y, sum          []float32
	first, tiles       int // of the chunk
	last               bool
	transform, product func(worker, task int)
}

var tileWeightJobs = sync.Pool{New: func() any {
	j := new(tileWeightJob)
	j.transform, j.product = j.transformTask, j.productTask
	return j
}}

// weightScratch is the room for the transforms of a chunk and for all sums, with
// a block for each worker where there is one chunk only: the tasks are one more
// than the blocks.
func (k *tiled) weightScratch(int) int {
	return ArenaSize(k.points*weightChunk*(k.inputs()+rowPad), k.points*weightChunk*(k.OutC+rowPad), k.sums())
}

func (k *tiled) sums() int { return k.weightSize() + k.blockSums() }

// blockSums is the length of the sums of a task.
func (k *tiled) blockSums() int { return k.points * k.phases() * weightInputs * k.outputs() }

// outputs is the number of outputs of a task.
func (k *tiled) outputs() int {
	if k.OutC%weightOutputs == 0 {
		return weightOutputs
	}
	return k.nr
}

// weightTasks is the number of tasks that sum.
func (k *tiled) weightTasks() int { return k.InC / weightInputs * (k.OutC / k.outputs()) }

func (k *tiled) weightGradient(c weightCall) {
	j := tileWeightJobs.Get().(*tileWeightJob)
	j.tiled, j.weightCall = k, c
	j.v = c.scratch[:k.points*weightChunk*(k.inputs()+rowPad)]
	rest := c.scratch[ArenaSize(len(j.v)):]
	j.y = rest[:k.points*weightChunk*(k.OutC+rowPad)]
	j.sum = rest[ArenaSize(len(j.y)):][:k.sums()]
	tiles := c.n * k.rows()
	for first := 0; first < tiles; first += weightChunk {
		j.first, j.tiles = first, min(weightChunk, tiles-first)
		j.last = first+j.tiles == tiles
		c.team.Run((j.tiles+transformTiles-1)/transformTiles, j.transform)
		c.team.Run(1+k.weightTasks(), j.product)
	}
	j.tiled, j.weightCall, j.v, j.y, j.sum = nil, weightCall{}, nil, nil, nil
	tileWeightJobs.Put(j)
}

// transformTiles is the number of tiles of a task that transforms.
const transformTiles = 8

func (j *tileWeightJob) transformTask(_, task int) {
	at := task * transformTiles
	to := min(at+transformTiles, j.tiles)
	j.transformInputs(j.v, j.tiles, j.x, &j.in, j.first+at, j.first+to, at)
	j.transformGradients(j.y, j.tiles, j.dy, j.first+at, j.first+to, at)
}

// productTask 0 sums the bias; the others add the chunk's products to the sums
// of some inputs and outputs, and after the last chunk transform them back.
func (j *tileWeightJob) productTask(worker, task int) {
	if task == 0 {
		if j.last && j.db != nil {
			SumRows(j.db, j.dy, j.n*j.out.h*j.out.w)
		}
		return
	}
	outputs := j.outputs()
	block := task - 1
	input, output := block/(j.OutC/outputs)*weightInputs, block%(j.OutC/outputs)*outputs
	if j.first == 0 && j.last {
		block = worker // nothing is kept for a next chunk: the block stays in the worker's cache
	}
	sum := j.sum[block*j.blockSums():][:j.blockSums()]
	ldv, ldy := j.inputs()+rowPad, j.OutC+rowPad
	phase := weightInputs * outputs
	point := j.phases() * phase
	for p := range j.points {
		v, y := j.v[p*j.tiles*ldv+input:], j.y[p*j.tiles*ldy+output:]
		for c := 0; c < outputs; c += j.nr {
			for f := range j.phases() {
				gemm.Micro(sum[p*point+f*phase+c:], outputs, v[f*j.InC:], 1, ldv, y[c:], ldy, j.nr, j.tiles, weightInputs, j.first > 0)
			}
		}
	}
	if !j.last {
		return
	}
	size := j.KernelH * j.KernelW
	for i := range weightInputs {
		for o := 0; o < outputs; o += 16 {
			j.fold(j.dw[((output+o)*j.InC+input+i)*size:], size*j.InC, sum[i*outputs+o:], point, phase)
		}
	}
}
