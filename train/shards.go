package train

import "anila/asm/vec"

// gradientChunk is the number of items whose activations are kept at a time. It orders the sums of the parameter gradient,
// so it must not depend on anything but the problem.
func (c Config) gradientChunk(dim int) int {
	most := 128
	if dim <= 64 {
		most = 256
	}
	return min(c.Batch/c.shards(), most)
}

// accumulate computes f of the chains and of the data, and the parameter gradient of the loss: each shard's alone, then their
// sum in order.
func (t *Trainer) accumulate() {
	T := t.cfg.Sampler.Temperature
	alpha := 2 * t.cfg.Alpha / (T * T)
	weight := func(sign float64, n int) func(int, float32) float32 {
		return func(_ int, f float32) float32 { return float32((sign/T + alpha*float64(f)) / float64(n)) }
	}
	if t.shards.Of > 1 && t.summed == nil {
		t.summed = make([]float32, t.net.ParamCount())
	}
	for s := range t.shards.Held {
		t.net.ZeroGrad(t.workers)
		t.gradient.Accumulate(t.shard(t.fz, s), t.shard(t.z, s), weight(1, t.cfg.Start.Count))
		t.gradient.Accumulate(t.shard(t.fx, s), t.shard(t.x, s), weight(-1, t.cfg.Batch))
		at := t.summed
		if t.ranks != nil {
			at = t.ranks.gradient(s, t.net.ParamCount())
		}
		for _, p := range t.net.Params() {
			if t.shards.Of == 1 {
				break
			}
			if s == 0 || t.ranks != nil {
				copy(at, p.Grad)
			} else {
				vec.Add(at[:len(p.Grad)], p.Grad)
			}
			at = at[len(p.Grad):]
		}
	}
}

// sum makes the parameters' Grad the sum over all shards, and returns f of all chains and of all data, and the largest
// |coordinate| of a chain.
func (t *Trainer) sum() (fz, fx []float32, reached float64) {
	fz, fx, reached = t.fz, t.fx, t.largest()
	if t.ranks != nil {
		fz, fx, reached = t.ranks.sum(t.summed, fz, fx, reached)
	}
	at := t.summed
	for _, p := range t.net.Params() {
		at = at[copy(p.Grad, at):]
	}
	return fz, fx, reached
}

// drawBatch draws the iteration's data, of the shards that are here.
func (t *Trainer) drawBatch() {
	if t.shards.Whole() {
		t.source.Batch(t.x, t.batchKey())
		return
	}
	first, _ := t.shards.Part(t.cfg.Batch)
	whole := t.ranks.batch(t.cfg.Batch * t.net.Dim())
	source, key := t.source, t.batchKey()
	noise, noisy := source.(*noisy)
	if noisy {
		source = noise.Source
	}
	source.Batch(whole, key)
	copy(t.x, whole[first*t.net.Dim():])
	if noisy {
		key.Chain = uint32(first)
		noise.add(t.x, key)
	}
}

// shard is the part of one of the shards that are here.
func (t *Trainer) shard(v []float32, s int) []float32 {
	return v[len(v)*s/t.shards.Held : len(v)*(s+1)/t.shards.Held]
}
