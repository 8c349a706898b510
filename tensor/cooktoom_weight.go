package tensor

import (
	"sync"

	"anila/asm"
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
	// cookToomRows is the number of input channels of a task: its 25 sums are
	// 0.8 MiB for 256 outputs, and stay in the second-level cache from the
	// first product to the last transform.
	cookToomRows = 32
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
	return ArenaSize(cookToomPoints*cookToomChunk*(4*k.InC+pad), cookToomPoints*cookToomChunk*(k.OutC+pad), k.sums())
}

func (k *cookToom) sums() int { return k.weightSize() + cookToomPoints*k.rows()*k.OutC }

func (k *cookToom) weightGradient(dw, db, x, dy []float32, n int, pool *Pool, scratch []float32) {
	j := cookToomJobs.Get().(*cookToomJob)
	j.k, j.dw, j.db, j.x, j.dy, j.n = k, dw, db, x, dy, n
	j.v = scratch[:cookToomPoints*cookToomChunk*(4*k.InC+pad)]
	scratch = scratch[ArenaSize(len(j.v)):]
	j.y = scratch[:cookToomPoints*cookToomChunk*(k.OutC+pad)]
	j.sum = scratch[ArenaSize(len(j.y)):][:k.sums()]
	tiles := n * k.tilesH * k.tilesW
	for first := 0; first < tiles; first += cookToomChunk {
		j.first, j.tiles = first, min(cookToomChunk, tiles-first)
		j.last = first+j.tiles == tiles
		runTasks(pool, (j.tiles+transformTiles-1)/transformTiles, j.transform)
		runTasks(pool, 1+4*k.InC/k.rows(), j.product)
	}
	j.k, j.dw, j.db, j.x, j.dy, j.v, j.y, j.sum = nil, nil, nil, nil, nil, nil, nil, nil
	cookToomJobs.Put(j)
}

// rows is the number of input channels of a task.
func (k *cookToom) rows() int {
	if 4*k.InC%cookToomRows == 0 {
		return cookToomRows
	}
	return 4 * k.InC
}

// runTasks runs tasks on a pool, or here when there is none.
func runTasks(pool *Pool, tasks int, f func(worker, task int)) {
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
// of some input channels, and after the last chunk transform them back.
func (j *cookToomJob) productTask(worker, task int) {
	k := j.k
	if task == 0 {
		if j.last && j.db != nil {
			SumRows(j.db, j.dy, j.n*k.OutH()*k.OutW())
		}
		return
	}
	rows := k.rows()
	from := (task - 1) * rows
	ldv, ldy := 4*k.InC+pad, k.OutC+pad
	point := rows * k.OutC
	block := task - 1
	if j.first == 0 && j.last {
		block = worker // nothing is kept for a next chunk: the block stays in the worker's cache
	}
	sum := j.sum[block*cookToomPoints*point:][:cookToomPoints*point]
	for p := range cookToomPoints {
		v, y := j.v[p*j.tiles*ldv+from:], j.y[p*j.tiles*ldy:]
		for c := 0; c < k.OutC; c += k.nr {
			asm.GemmMicro(sum[p*point+c:], k.OutC, v, 1, ldv, y[c:], ldy, j.tiles, rows, j.first > 0)
		}
	}
	if !j.last {
		return
	}
	for r := range rows {
		phase, i := (from+r)/k.InC, (from+r)%k.InC
		for o := 0; o < k.OutC; o += 16 {
			asm.CookToomTaps(j.dw[(o*k.InC+i)*16+phase/2*4+phase%2:], 16*k.InC, sum[r*k.OutC+o:], point)
		}
	}
}
