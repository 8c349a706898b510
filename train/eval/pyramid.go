package eval

// pyramid takes pictures [h, w, c] to one level of their Laplacian pyramid (Burt & Adelson 1983): what a level has beyond the
// one below it, which is half as high and wide; the last level is kept as it is. The filter is 1 4 6 4 1 over 16 in both
// directions, with the picture mirrored about its outer pixels.
type pyramid struct {
	h, w, c int
	last    bool      // no level below is taken off
	steps   []halving // from the picture to the level, and one more unless last
	buffers [][]float32
	between []float32
}

// halving is one step down, and back up.
type halving struct {
	h, w                  int // of the level above
	downRows, downColumns [][]tap
	upRows, upColumns     [][]tap
}

// tap is a source place and its weight.
type tap struct {
	from   int
	weight float32
}

var binomial = [5]float32{1. / 16, 4. / 16, 6. / 16, 4. / 16, 1. / 16}

// mirror folds a place into [0, n).
func mirror(i, n int) int {
	if i < 0 {
		i = -i
	}
	if i >= n {
		i = 2*(n-1) - i
	}
	return i
}

// downTaps are those of every second place of n.
func downTaps(n int) [][]tap {
	taps := make([][]tap, n/2)
	for i := range taps {
		for k, weight := range binomial {
			taps[i] = append(taps[i], tap{mirror(2*i+k-2, n), weight})
		}
	}
	return taps
}

// upTaps fill n places from every second one.
func upTaps(n int) [][]tap {
	taps := make([][]tap, n)
	for i := range taps {
		for k, weight := range binomial {
			if j := mirror(i+k-2, n); j%2 == 0 {
				taps[i] = append(taps[i], tap{j / 2, 2 * weight})
			}
		}
	}
	return taps
}

// pyramidLevels is the number of levels down to lowest: a side that is odd is not halved.
func pyramidLevels(h, w, lowest int) int {
	levels := 1
	for ; h%2 == 0 && w%2 == 0 && min(h, w)/2 >= lowest; levels++ {
		h, w = h/2, w/2
	}
	return levels
}

func newPyramid(h, w, c, level, levels int) *pyramid {
	p := &pyramid{h: h >> level, w: w >> level, c: c, last: level == levels-1, between: make([]float32, h*w*c)}
	steps := level
	if !p.last {
		steps++
	}
	p.buffers = append(p.buffers, make([]float32, h*w*c))
	for range steps {
		p.steps = append(p.steps, halving{h, w, downTaps(h), downTaps(w), upTaps(h), upTaps(w)})
		h, w = h/2, w/2
		p.buffers = append(p.buffers, make([]float32, h*w*c))
	}
	return p
}

// picture is where the picture goes before run.
func (p *pyramid) picture() []float32 { return p.buffers[0] }

// run writes the level [p.h, p.w, c] to dst.
func (p *pyramid) run(dst []float32) {
	for i, s := range p.steps {
		p.filter(p.buffers[i+1], p.buffers[i], s.w, s.downRows, s.downColumns)
	}
	if p.last {
		copy(dst, p.buffers[len(p.steps)])
		return
	}
	i := len(p.steps) - 1
	s := p.steps[i]
	p.filter(dst, p.buffers[i+1], s.w/2, s.upRows, s.upColumns)
	for j, v := range p.buffers[i] {
		dst[j] = v - dst[j]
	}
}

// filter computes dst [len(rows)][len(columns)][c] from src, w pixels wide.
func (p *pyramid) filter(dst, src []float32, w int, rows, columns [][]tap) {
	line := w * p.c
	for y, taps := range rows {
		out := p.between[y*line:][:line]
		clear(out)
		for _, t := range taps {
			for i, v := range src[t.from*line:][:line] {
				out[i] += float32(t.weight * v)
			}
		}
	}
	for y := range rows {
		in, out := p.between[y*line:][:line], dst[y*len(columns)*p.c:][:len(columns)*p.c]
		clear(out)
		for x, taps := range columns {
			for _, t := range taps {
				for ch := range p.c {
					out[x*p.c+ch] += float32(t.weight * in[t.from*p.c+ch])
				}
			}
		}
	}
}
