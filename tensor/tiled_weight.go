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
	// fit the cache between the cores. A large team takes up to weightChunks times
	// as many, where they are no more than weightTransforms floats, so that its
	// workers wait for each other less often.
	weightChunk      = 112
	weightChunks     = 4
	weightTransforms = 1 << 22
	// A block of sums is that of 16 input channels, all phases, for up to 128
	// outputs: 25 sums of 32 KiB that stay in the second-level cache from the first
	// product to the last transform, which then has whole filters to add to.
	weightInputs  = 16
	weightOutputs = 128
)

// tileWeightJob is one weightCall. Jobs are kept so that a call allocates nothing.
type tileWeightJob struct {
	*tiled
	weightCall
	v, y, sum      []float32
	first, tiles   int // of the chunk
	last           bool
	parts          int // tasks of a block, for some of the points each
	bias           *rowSums
	transform      func(worker, task int)
	product, toSum func(worker, task int)
}

var tileWeightJobs = sync.Pool{New: func() any {
	j := new(tileWeightJob)
	j.transform, j.product, j.toSum, j.bias = j.transformTask, j.productTask, j.foldTask, newRowSums()
	return j
}}

// weightScratch is the room for the transforms of a chunk, for all sums and one block
// more, and for sums of the bias.
func (k *tiled) weightScratch(team *Workers) int {
	v, y := k.transforms(team)
	return ArenaSize(v, y, k.weightSize(), rowSumsScratch(k.OutC), k.blockSums())
}

func (k *tiled) weightMemory() int { return k.blockSums() }

// transforms are the lengths of the transforms of a chunk.
func (k *tiled) transforms(team *Workers) (v, y int) {
	chunk := k.weightChunk(team)
	return k.points * chunk * (k.inputs() + rowPad), k.points * chunk * (k.OutC + rowPad)
}

// weightChunk is the number of tiles of a chunk.
func (k *tiled) weightChunk(team *Workers) int {
	chunks := 1
	for chunks < weightChunks && 4*chunks < team.Share() && (chunks+1)*weightChunk*k.points*(k.inputs()+k.OutC) <= weightTransforms {
		chunks++
	}
	return chunks * weightChunk
}

// blockSums is the length of a block of sums.
func (k *tiled) blockSums() int { return k.points * k.phases() * weightInputs * k.outputs() }

// outputs is the number of outputs of a block.
func (k *tiled) outputs() int {
	if k.OutC%weightOutputs == 0 {
		return weightOutputs
	}
	return k.nr
}

// weightBlocks is the number of blocks of sums.
func (k *tiled) weightBlocks() int { return k.InC / weightInputs * (k.OutC / k.outputs()) }

func (k *tiled) weightGradient(c weightCall) {
	j := tileWeightJobs.Get().(*tileWeightJob)
	j.tiled, j.weightCall = k, c
	v, y := k.transforms(c.team)
	j.v, j.y, j.sum = j.take(v), j.take(y), j.take(k.weightSize())
	sums := j.take(rowSumsScratch(k.OutC))
	if c.db != nil {
		j.bias.run(c.db, c.dy, c.n*k.out.h*k.out.w, sums, c.team)
	}
	blocks := k.weightBlocks()
	j.parts = 1
	if share := c.team.Share(); share > 1 {
		j.parts = min(k.points, (3*share+blocks-1)/blocks)
	}
	tiles, chunk := c.n*k.rows(), k.weightChunk(c.team)
	for first := 0; first < tiles; first += chunk {
		j.first, j.tiles = first, min(chunk, tiles-first)
		j.last = first+j.tiles == tiles
		c.team.Run((j.tiles+transformTiles-1)/transformTiles, j.transform)
		c.team.Run(blocks*j.parts, j.product)
	}
	if j.parts > 1 {
		c.team.Run(blocks*foldParts, j.toSum)
	}
	j.tiled, j.weightCall, j.v, j.y, j.sum = nil, weightCall{}, nil, nil, nil
	tileWeightJobs.Put(j)
}

// take cuts so many floats from the scratch.
func (j *tileWeightJob) take(floats int) []float32 {
	s := j.weightCall.scratch[:floats]
	j.weightCall.scratch = j.weightCall.scratch[ArenaSize(floats):]
	return s
}

// transformTiles is the number of tiles of a task that transforms.
const transformTiles = 8

func (j *tileWeightJob) transformTask(_, task int) {
	at := task * transformTiles
	to := min(at+transformTiles, j.tiles)
	j.transformInputs(j.v, j.tiles, j.x, &j.in, j.first+at, j.first+to, at)
	j.transformGradients(j.y, j.tiles, j.dy, j.first+at, j.first+to, at)
}

// foldParts is the number of tasks in which a block of sums is transformed back.
const foldParts = 4

// productTask adds the chunk's products for some points to a block of sums. If that is
// all points, it transforms them back after the last chunk.
func (j *tileWeightJob) productTask(worker, task int) {
	block, part := task/j.parts, task%j.parts
	sum := j.block(block)
	if j.first == 0 && j.last && j.parts == 1 {
		sum = j.own(worker, j.blockSums()) // nothing is kept for a next chunk: the block stays in the worker's cache
	}
	input, output := j.corner(block)
	outputs := j.outputs()
	ldv, ldy := j.inputs()+rowPad, j.OutC+rowPad
	phase := weightInputs * outputs
	point := j.phases() * phase
	for p := j.points * part / j.parts; p < j.points*(part+1)/j.parts; p++ {
		v, y := j.v[p*j.tiles*ldv+input:], j.y[p*j.tiles*ldy+output:]
		for c := 0; c < outputs; c += j.nr {
			for f := range j.phases() {
				gemm.Micro(sum[p*point+f*phase+c:], outputs, v[f*j.InC:], 1, ldv, y[c:], ldy, j.nr, j.tiles, weightInputs, j.first > 0)
			}
		}
	}
	if j.last && j.parts == 1 {
		j.foldBlock(block, sum, 0, weightInputs)
	}
}

// block is where the sums of a block lie.
func (j *tileWeightJob) block(block int) []float32 {
	return j.sum[block*j.blockSums():][:j.blockSums()]
}

// corner is the first input and output of a block.
func (j *tileWeightJob) corner(block int) (input, output int) {
	across := j.OutC / j.outputs()
	return block / across * weightInputs, block % across * j.outputs()
}

func (j *tileWeightJob) foldTask(_, task int) {
	block, part := task/foldParts, task%foldParts
	j.foldBlock(block, j.block(block), weightInputs/foldParts*part, weightInputs/foldParts*(part+1))
}

// foldBlock adds the gradients of inputs [from, to) of a block to dw.
func (j *tileWeightJob) foldBlock(block int, sum []float32, from, to int) {
	input, output := j.corner(block)
	outputs, size := j.outputs(), j.KernelH*j.KernelW
	phase := weightInputs * outputs
	for i := from; i < to; i++ {
		for o := 0; o < outputs; o += 16 {
			j.fold(j.dw[((output+o)*j.InC+input+i)*size:], size*j.InC, sum[i*outputs+o:], j.phases()*phase, phase)
		}
	}
}
