package train

import (
	"math"
	"slices"
	"sync/atomic"
	"time"

	"anila/asm/vec"
	"anila/langevin"
	"anila/train/comm"
)

// ranks is what one of several ranks needs to train together with the others. Nil is the only one.
type ranks struct {
	comm *comm.Comm
	note func() float64 // told to the others in each iteration; nil: 0

	stop   *atomic.Bool // of the iteration under way; nil: nobody ends it
	began  time.Time
	waited time.Duration // before it
	heads  []head        // of all ranks

	whole     []float32   // the batch of all ranks
	gradients [][]float32 // of each shard that is here
	received  []float32   // this rank's part of each shard's gradient
	parts     [][]float32 // what each rank tells at the end: its part of the sum, f of its chains, f of its data
}

// head is what a rank tells in the middle of an iteration.
type head struct {
	stop float64 // 1: it was asked to stop
	busy float64 // seconds
	note float64
}

const headSize = 3

func newRanks(c *comm.Comm) *ranks {
	if c.Size() == 1 {
		return nil
	}
	return &ranks{comm: c}
}

// shards are those of a configuration that are here.
func (r *ranks) shards(c Config) langevin.Shards {
	if r == nil {
		return langevin.Shards{Held: c.shards(), Of: c.shards()}
	}
	held := c.shards() / r.comm.Size()
	return langevin.Shards{First: held * r.comm.Rank(), Held: held, Of: c.shards()}
}

// begin begins an iteration.
func (r *ranks) begin(stop *atomic.Bool) {
	if r != nil {
		r.stop, r.began, r.waited = stop, time.Now(), r.comm.Waited()
	}
}

// gather is the chains' langevin.Gather.
func (r *ranks) gather(own []float64) []float64 {
	var h head
	if r.stop != nil && r.stop.Load() {
		h.stop = 1
	}
	if r.note != nil {
		h.note = r.note()
	}
	h.busy = (time.Since(r.began) - (r.comm.Waited() - r.waited)).Seconds()
	all := make([][]float64, r.comm.Size())
	for rank := range all { // all have as many chains
		all[rank] = make([]float64, headSize+len(own))
	}
	all[r.comm.Rank()] = append([]float64{h.stop, h.busy, h.note}, own...)
	comm.AllGatherInto(r.comm, all)
	r.heads = r.heads[:0]
	joined := make([]float64, 0, len(own)*r.comm.Size())
	for _, part := range all {
		r.heads = append(r.heads, head{part[0], part[1], part[2]})
		joined = append(joined, part[headSize:]...)
	}
	return joined
}

// stopped tells whether the iteration is given up: where one rank is asked to, all do.
func (r *ranks) stopped(stop *atomic.Bool) bool {
	if r == nil {
		return stop != nil && stop.Load()
	}
	return slices.ContainsFunc(r.heads, func(h head) bool { return h.stop != 0 })
}

// times are Metrics.Waited and Metrics.Busy.
func (r *ranks) times() (waited float64, busy []float64) {
	if r == nil {
		return 0, nil
	}
	for _, h := range r.heads {
		busy = append(busy, h.busy)
	}
	return (r.comm.Waited() - r.waited).Seconds(), busy
}

// batch is memory for the data of all ranks.
func (r *ranks) batch(n int) []float32 {
	r.whole = slices.Grow(r.whole[:0], n)[:n]
	return r.whole
}

// gradient is memory for that of a shard that is here.
func (r *ranks) gradient(s, n int) []float32 {
	if s >= len(r.gradients) {
		r.gradients = append(r.gradients, nil)
	}
	r.gradients[s] = slices.Grow(r.gradients[s][:0], n)[:n]
	return r.gradients[s]
}

// slice is the part of n parameters that a rank sums.
func (r *ranks) slice(n, rank int) (first, last int) {
	return n * rank / r.comm.Size(), n * (rank + 1) / r.comm.Size()
}

// sum fills the gradient, over all shards in their order, and returns f of all chains and data and the largest of what was
// reached. Each rank sums a slice of the parameters: the order is that of the shards, whoever holds them.
func (r *ranks) sum(gradient, fz, fx []float32, reached float64) (allZ, allX []float32, most float64) {
	size, held := r.comm.Size(), len(r.gradients)
	first, last := r.slice(len(gradient), r.comm.Rank())
	own := last - first
	r.received = slices.Grow(r.received[:0], size*held*own)[:size*held*own]
	out, in := make([][]float32, size), make([][]float32, size)
	for s, g := range r.gradients {
		for rank := range size {
			from, to := r.slice(len(g), rank)
			out[rank] = g[from:to]
			in[rank] = r.received[(rank*held+s)*own:][:own]
		}
		r.comm.AllToAll(out, in)
	}
	if r.parts == nil {
		r.parts = make([][]float32, size)
	}
	for rank := range size {
		from, to := r.slice(len(gradient), rank)
		n := to - from + len(fz) + len(fx) + 1
		r.parts[rank] = slices.Grow(r.parts[rank][:0], n)[:n]
	}
	mine := r.parts[r.comm.Rank()]
	copy(mine, r.received[:own])
	for s := 1; s < size*held; s++ {
		vec.Add(mine[:own], r.received[s*own:][:own])
	}
	copy(mine[own:], fz)
	copy(mine[own+len(fz):], fx)
	mine[len(mine)-1] = float32(reached)
	comm.AllGatherInto(r.comm, r.parts)
	for rank, part := range r.parts {
		from, to := r.slice(len(gradient), rank)
		copy(gradient[from:to], part)
		part = part[to-from:]
		allZ, allX = append(allZ, part[:len(fz)]...), append(allX, part[len(fz):len(fz)+len(fx)]...)
		if v := float64(part[len(part)-1]); v > most || math.IsNaN(v) && !math.IsNaN(most) {
			most = v
		}
	}
	return allZ, allX, most
}

// Note has note's number told to all ranks in the middle of each iteration, where Notes returns those of all.
func (t *Trainer) Note(note func() float64) {
	if t.ranks != nil {
		t.ranks.note = note
	}
}

// Notes returns what the ranks told in the last iteration; nil of one rank.
func (t *Trainer) Notes() (notes []float64) {
	if t.ranks == nil {
		return nil
	}
	for _, h := range t.ranks.heads {
		notes = append(notes, h.note)
	}
	return notes
}
