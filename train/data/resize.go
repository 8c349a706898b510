package data

import (
	"math"
	"runtime"
	"sync"
)

// Antialiased bilinear resampling in integers, so that every machine makes the same bytes: a triangle filter whose support
// grows with the reduction, weights in 1/2¹⁴ that sum to exactly one, 16 bits kept between the two passes.
const (
	filterBits = 14
	middleBits = 8 // of fraction, between the passes
)

// filter holds, for each output place, the first source place and the weights of those from there on.
type filter struct {
	first   []int
	weights [][]int32
}

// newFilter resamples the window [from, from+length) of a line of n source pixels to size outputs. The window may start
// and end between pixels; the filter is cut off at the ends of the line, not of the window.
func newFilter(n int, from, length float64, size int) *filter {
	f := &filter{make([]int, size), make([][]int32, size)}
	scale := length / float64(size)
	support := max(scale, 1)
	for i := range size {
		centre := from + (float64(i)+0.5)*scale
		lo := max(int(math.Floor(centre-support)), 0)
		hi := min(int(math.Ceil(centre+support)), n)
		w := make([]float64, hi-lo)
		sum := 0.0
		for k := range w {
			if d := math.Abs(float64(lo+k)+0.5-centre) / support; d < 1 {
				w[k] = 1 - d
				sum += w[k]
			}
		}
		// Rounding the running sum instead of each weight keeps the total exact however many weights there are.
		fixed := make([]int32, len(w))
		running, before := 0.0, 0.0
		for k, v := range w {
			running += v
			after := math.Round(running / sum * (1 << filterBits))
			fixed[k] = int32(after - before)
			before = after
		}
		f.first[i], f.weights[i] = trim(lo, fixed)
	}
	return f
}

// trim drops zero weights at both ends.
func trim(first int, w []int32) (int, []int32) {
	for len(w) > 1 && w[0] == 0 {
		first, w = first+1, w[1:]
	}
	for len(w) > 1 && w[len(w)-1] == 0 {
		w = w[:len(w)-1]
	}
	return first, w
}

// resampler reduces or enlarges the centred square of w×h pictures of c channels to size×size: the short side becomes
// size, what sticks out of the long side is cut off equally at both ends. One goroutine's; reused for equal pictures.
type resampler struct {
	w, c, size   int
	across, down *filter
	top, bottom  int // source rows needed
	line         []byte
	middle       []int32 // [bottom−top, size, c]
	sums         []int64
}

func newResampler(w, h, c, size int) *resampler {
	side := float64(min(w, h))
	r := &resampler{w: w, c: c, size: size}
	r.across = newFilter(w, (float64(w)-side)/2, side, size)
	r.down = newFilter(h, (float64(h)-side)/2, side, size)
	r.top = r.down.first[0]
	r.bottom = r.down.first[size-1] + len(r.down.weights[size-1])
	r.line = make([]byte, w*c)
	r.middle = make([]int32, (r.bottom-r.top)*size*c)
	r.sums = make([]int64, size*c)
	return r
}

// run fills dst [size, size, c]; row(line, y) fills line with row y of the picture, [w, c]. At w = h = size the pixels are
// copied exactly.
func (r *resampler) run(dst []byte, row func(line []byte, y int)) {
	size, c := r.size, r.c
	for y := r.top; y < r.bottom; y++ {
		row(r.line, y)
		out := r.middle[(y-r.top)*size*c:][:size*c]
		for x := range size {
			from := r.across.first[x] * c
			for ch := range c {
				sum := int32(1 << (filterBits - middleBits - 1))
				for k, weight := range r.across.weights[x] {
					sum += weight * int32(r.line[from+k*c+ch])
				}
				out[x*c+ch] = sum >> (filterBits - middleBits)
			}
		}
	}
	for y := range size {
		for i := range r.sums {
			r.sums[i] = 1 << (filterBits + middleBits - 1)
		}
		for k, weight := range r.down.weights[y] {
			for i, v := range r.middle[(r.down.first[y]-r.top+k)*size*c:][:size*c] {
				r.sums[i] += int64(weight) * int64(v)
			}
		}
		for i, v := range r.sums {
			dst[y*size*c+i] = byte(v >> (filterBits + middleBits))
		}
	}
}

// fit returns the set at size×size: resampled, or, where pad is set, in the middle of a black frame. A size of 0 or the
// set's own returns it unchanged.
func fit(s *Images, size int, pad bool) (*Images, error) {
	if size == 0 || size == s.h && size == s.w {
		return s, nil
	}
	if err := checkRoom(s.Len(), size, s.c); err != nil {
		return nil, err
	}
	out := &Images{name: s.name, h: size, w: size, c: s.c, labels: s.labels, classes: s.classes, notes: s.notes,
		pixels: make([]byte, s.Len()*size*size*s.c)}
	if pad && size >= s.h && size >= s.w {
		top, left := (size-s.h)/2, (size-s.w)/2
		for i := range s.Len() {
			src, dst := s.Bytes(i), out.Bytes(i)
			for y := range s.h {
				copy(dst[((top+y)*size+left)*s.c:], src[y*s.w*s.c:(y+1)*s.w*s.c])
			}
		}
		return out, nil
	}
	var workers sync.WaitGroup
	count := runtime.GOMAXPROCS(0)
	for worker := range count {
		workers.Go(func() {
			r := newResampler(s.w, s.h, s.c, size)
			for i := worker; i < s.Len(); i += count {
				src := s.Bytes(i)
				r.run(out.Bytes(i), func(line []byte, y int) { copy(line, src[y*s.w*s.c:]) })
			}
		})
	}
	workers.Wait()
	return out, nil
}
