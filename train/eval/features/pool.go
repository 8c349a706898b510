package features

import (
	"anila/asm/reduce"
	"anila/asm/vec"
	"anila/tensor"
)

// maxPool is the largest of each 3×3 window: stride 2 without padding, or stride 1 with a border that counts for nothing.
type maxPool struct {
	in, out *value
	stride  int
}

func newMaxPool(g *graph, in *value, stride int) *maxPool {
	if stride == 1 {
		return &maxPool{in, g.newValue(in.h, in.w, in.c), 1}
	}
	return &maxPool{in, g.newValue((in.h-3)/2+1, (in.w-3)/2+1, in.c), 2}
}

func (p *maxPool) reads() []*value { return []*value{p.in} }
func (p *maxPool) writes() *value  { return p.out }
func (p *maxPool) scratch(int) int { return p.in.w * p.in.c }

// run takes the largest of three lines, then of three pixels. The largest of three neighbours is that of two pairs that share
// the middle one.
func (p *maxPool) run(r *room, n int) {
	src, dst := r.of(p.in, n), r.of(p.out, n)
	line, c := p.in.w*p.in.c, p.in.c
	highest := r.scratch[:line]
	for i := range n * p.out.h {
		picture, y := i/p.out.h, i%p.out.h
		in := src[picture*p.in.h*line:][:p.in.h*line]
		out := dst[i*p.out.w*p.out.ld:]
		first, second := 2*y, 2*y+1
		if p.stride == 1 {
			first, second = max(y-1, 0), min(y, p.in.h-2)
		}
		reduce.MaxPool2(highest, in[first*line:][:2*line], in[second*line:][:2*line], line)
		if p.stride == 2 && p.out.ld == c {
			reduce.MaxPool2(out[:p.out.w*c], highest[:2*p.out.w*c], highest[c:][:2*p.out.w*c], c)
			continue
		}
		for x := range p.out.w {
			left, right := 2*x, 2*x+1
			if p.stride == 1 {
				left, right = max(x-1, 0), min(x, p.in.w-2)
			}
			reduce.MaxPool2(out[x*p.out.ld:][:c], highest[left*c:][:2*c], highest[right*c:][:2*c], c)
		}
	}
}

// averagePool is the mean of each 3×3 window with stride 1, over those pixels of it that are in the picture.
type averagePool struct{ in, out *value }

func newAveragePool(g *graph, in *value) *averagePool {
	return &averagePool{in, g.newValue(in.h, in.w, in.c)}
}

func (p *averagePool) reads() []*value { return []*value{p.in} }
func (p *averagePool) writes() *value  { return p.out }
func (p *averagePool) scratch(int) int { return p.in.w * p.in.c }

func (p *averagePool) run(r *room, n int) {
	src, dst := r.of(p.in, n), r.of(p.out, n)
	line, c := p.in.w*p.in.c, p.in.c
	sum := r.scratch[:line]
	for i := range n * p.in.h {
		y := i % p.in.h
		copy(sum, src[i*line:])
		lines := 1
		if y > 0 {
			vec.Add(sum, src[(i-1)*line:][:line])
			lines++
		}
		if y < p.in.h-1 {
			vec.Add(sum, src[(i+1)*line:][:line])
			lines++
		}
		out := dst[i*line:][:line]
		copy(out, sum)
		vec.Add(out[c:], sum[:line-c])
		vec.Add(out[:line-c], sum[c:])
		vec.Scale(out[c:line-c], 1/float32(3*lines))
		vec.Scale(out[:c], 1/float32(2*lines))
		vec.Scale(out[line-c:], 1/float32(2*lines))
	}
}

// mean is the mean over all pixels: [n, h, w, c] to [n, 1, 1, c].
type mean struct{ in, out *value }

func newMean(g *graph, in *value) *mean { return &mean{in, g.newValue(1, 1, in.c)} }

func (m *mean) reads() []*value { return []*value{m.in} }
func (m *mean) writes() *value  { return m.out }
func (m *mean) scratch(int) int { return 0 }

func (m *mean) run(r *room, n int) {
	dst := r.of(m.out, n)
	tensor.SumGroups(dst, r.of(m.in, n), n, m.in.h*m.in.w, m.in.c)
	vec.Scale(dst, 1/float32(m.in.h*m.in.w))
}

// addReLU is max(x + shortcut, 0), in the place of x. Where the shortcut is twice as high and wide it gives every second
// pixel of every second line, and where it has fewer channels the others on both sides of them add nothing (option A of
// He et al. 2016).
type addReLU struct{ x, shortcut *value }

func (a *addReLU) reads() []*value { return []*value{a.x, a.shortcut} }
func (a *addReLU) writes() *value  { return a.x }
func (a *addReLU) scratch(int) int { return 0 }

func (a *addReLU) run(r *room, n int) {
	x, s := r.of(a.x, n), r.of(a.shortcut, n)
	if a.x.c == a.shortcut.c {
		vec.Add(x, s)
	} else {
		stride, before := a.shortcut.h/a.x.h, (a.x.c-a.shortcut.c)/2
		for p := range n * a.x.h * a.x.w {
			line, column := p/a.x.w, p%a.x.w
			from := (line*stride*a.shortcut.w + column*stride) * a.shortcut.c
			vec.Add(x[p*a.x.c+before:][:a.shortcut.c], s[from:][:a.shortcut.c])
		}
	}
	vec.LeakyReLU(x, x, 0)
}
