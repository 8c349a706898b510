package eval

import (
	"context"
	"fmt"
	"math"

	"anila/asm/gemm"
	"anila/tensor"
	"anila/train/data"
)

// The sliced Wasserstein distance as it is published.
const (
	patchSide        = 7
	patchesAPicture  = 128
	slicedDirections = 512
	lowestLevel      = 16 // height and width of the last level
)

// LevelDistance is the sliced Wasserstein distance of one level of the pyramid.
type LevelDistance struct {
	Height, Width int
	Value         float64 // times 10³, as it is usually given
}

// SlicedWasserstein compares the first n pictures of two sets by their patches (Karras et al. 2018, section 5): per level of
// a Laplacian pyramid down to 16 pixels, 128 patches of 7×7 from each picture, each channel normalised over the set, and the
// mean distance of their sorted projections on 512 random directions. It needs no trained network. Patches and directions are
// drawn by seed. Values are seen as bytes, as in a file. It panics when a set has fewer than n items.
func SlicedWasserstein(ctx context.Context, a, b data.Set, n int, seed uint64, workers *tensor.Workers) ([]LevelDistance, error) {
	h, w, c := a.Shape()
	if bh, bw, bc := b.Shape(); bh != h || bw != w || bc != c {
		return nil, fmt.Errorf("eval: %s holds %d×%d×%d pictures and %s %d×%d×%d", a.Name(), h, w, c, b.Name(), bh, bw, bc)
	}
	if h < patchSide || w < patchSide {
		return nil, fmt.Errorf("eval: pictures of %d×%d have no patches of %d×%d", h, w, patchSide, patchSide)
	}
	levels := pyramidLevels(h, w, lowestLevel)
	var distances []LevelDistance
	for level := range levels {
		var sets [2]*patches
		for i, set := range []data.Set{a, b} {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			sets[i] = newPatches(set, n, level, levels, seed, uint32(i), workers)
		}
		d, err := sets[0].distance(ctx, sets[1], tensor.Key{Seed: seed, Purpose: tensor.PurposeEval, Step: uint64(level)<<8 | 2}, workers)
		if err != nil {
			return nil, err
		}
		distances = append(distances, LevelDistance{h >> level, w >> level, 1e3 * d})
	}
	return distances, nil
}

// patches are the descriptors of a set at one level: where they lie in its pictures.
type patches struct {
	h, w, c  int
	pixels   []float32 // [n][h][w][c]
	corners  []int     // of each patch, in pixels
	mean, sd []float64 // of a channel over all patches
}

func newPatches(set data.Set, n, level, levels int, seed uint64, side uint32, workers *tensor.Workers) *patches {
	h, w, c := set.Shape()
	p := &patches{h: h >> level, w: w >> level, c: c, mean: make([]float64, c), sd: make([]float64, c)}
	size := p.h * p.w * c
	p.pixels = make([]float32, n*size)
	p.corners = make([]int, n*patchesAPicture)
	pyramids := make([]*pyramid, workers.Count())
	workers.Run(n, func(worker, i int) {
		if pyramids[worker] == nil {
			pyramids[worker] = newPyramid(h, w, c, level, levels)
		}
		picture := pyramids[worker].picture()
		set.Items(picture, []int{i})
		for j, v := range picture {
			picture[j] = float32(data.ToByte(v))
		}
		pyramids[worker].run(p.pixels[i*size:][:size])
		random := tensor.Key{Seed: seed, Purpose: tensor.PurposeEval, Chain: uint32(i), Step: uint64(level)<<8 | uint64(side)}.Rand()
		for j := range patchesAPicture {
			y, x := random.IntN(p.h-patchSide+1), random.IntN(p.w-patchSide+1)
			p.corners[i*patchesAPicture+j] = i*size + (y*p.w+x)*c
		}
	})
	patch := make([]float32, p.terms())
	sum, square := make([]float64, c), make([]float64, c)
	for _, corner := range p.corners {
		p.gather(patch, corner)
		for i, v := range patch {
			sum[i%c] += float64(v)
			square[i%c] += float64(v) * float64(v)
		}
	}
	count := float64(len(p.corners) * patchSide * patchSide)
	for ch := range c {
		p.mean[ch] = sum[ch] / count
		p.sd[ch] = math.Sqrt(max(square[ch]/count-p.mean[ch]*p.mean[ch], 0))
	}
	return p
}

func (p *patches) terms() int { return patchSide * patchSide * p.c }

// gather copies a patch to dst.
func (p *patches) gather(dst []float32, corner int) {
	line := patchSide * p.c
	for y := range patchSide {
		copy(dst[y*line:][:line], p.pixels[corner+y*p.w*p.c:])
	}
}

// A worker projects on this many directions at a time, and gathers this many patches for it.
const (
	directionsAtATime = 8
	patchesAtATime    = 64
)

// distance is the mean over directions of the distance of the sorted projections of both sets, one number of patches.
func (p *patches) distance(ctx context.Context, other *patches, key tensor.Key, workers *tensor.Workers) (float64, error) {
	type room struct {
		gathered []float32
		sorted   [2][]float32 // [direction][patch]
		scratch  []uint32
	}
	rooms := make([]*room, workers.Count())
	results := make([]float64, slicedDirections)
	workers.Run(slicedDirections/directionsAtATime, func(worker, task int) {
		if ctx.Err() != nil {
			return
		}
		r := rooms[worker]
		count, terms := len(p.corners), p.terms()
		if r == nil {
			r = &room{make([]float32, patchesAtATime*terms), [2][]float32{}, make([]uint32, 2*count)}
			for i := range r.sorted {
				r.sorted[i] = make([]float32, directionsAtATime*count)
			}
			rooms[worker] = r
		}
		directions := make([]float32, directionsAtATime*terms)
		for d := range directionsAtATime {
			key := key
			key.Chain = uint32(task*directionsAtATime + d)
			direction := directions[d*terms:][:terms]
			key.Normals(direction)
			norm := 0.0
			for _, v := range direction {
				norm += float64(v) * float64(v)
			}
			for i := range direction {
				direction[i] /= float32(math.Sqrt(norm))
			}
		}
		p.project(r.sorted[0], directions, r.gathered)
		other.project(r.sorted[1], directions, r.gathered)
		for d := range directionsAtATime {
			a, b := r.sorted[0][d*count:][:count], r.sorted[1][d*count:][:count]
			sortFloats(a, r.scratch)
			sortFloats(b, r.scratch)
			sum := 0.0
			for i, v := range a {
				sum += math.Abs(float64(v) - float64(b[i]))
			}
			results[task*directionsAtATime+d] = sum / float64(count)
		}
	})
	total := 0.0
	for _, v := range results {
		total += v / slicedDirections
	}
	return total, ctx.Err()
}

// project computes dst [direction][patch], the products of the normalised patches with directions. Scale and mean go into the
// directions. A channel that is the same everywhere is left out.
func (p *patches) project(dst, directions, gathered []float32) {
	terms, count := p.terms(), len(p.corners)
	scaled := make([]float32, len(directions))
	shift := make([]float32, directionsAtATime)
	for d := range directionsAtATime {
		offset := 0.0
		for i := range terms {
			if sd := p.sd[i%p.c]; sd > 0 {
				v := float64(directions[d*terms+i]) / sd
				scaled[d*terms+i] = float32(v)
				offset += v * p.mean[i%p.c]
			}
		}
		shift[d] = float32(offset)
	}
	for first := 0; first < count; first += patchesAtATime {
		rows := min(patchesAtATime, count-first)
		for i := range rows {
			p.gather(gathered[i*terms:][:terms], p.corners[first+i])
		}
		for d := range directionsAtATime {
			out := dst[d*count+first:][:rows]
			gemm.Dots(out, 1, gathered, scaled[d*terms:][:terms], rows)
			for i := range out {
				out[i] -= shift[d]
			}
		}
	}
}

// sortFloats sorts x, which has no NaN, by its bits in three passes of 11 (a radix sort: comparisons take ten times as long).
// scratch has 2·len(x) words.
func sortFloats(x []float32, scratch []uint32) {
	from, to := scratch[:len(x)], scratch[len(x):2*len(x)]
	for i, v := range x {
		bits := math.Float32bits(v)
		from[i] = bits ^ (uint32(int32(bits)>>31) | 1<<31) // in the order of the numbers
	}
	const digit = 11
	for shift := 0; shift < 32; shift += digit {
		var next [1 << digit]int
		for _, v := range from {
			next[v>>shift&(1<<digit-1)]++
		}
		at := 0
		for i, n := range next {
			next[i] = at
			at += n
		}
		for _, v := range from {
			i := v >> shift & (1<<digit - 1)
			to[next[i]] = v
			next[i]++
		}
		from, to = to, from
	}
	for i, v := range from {
		x[i] = math.Float32frombits(v ^ (uint32(int32(^v)>>31) | 1<<31))
	}
}
