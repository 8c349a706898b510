package features

import "anila/train/data"

// resize makes a network's input of a picture [h, w, c] in [−1, 1]: it rounds to bytes v, takes v/255, interpolates to
// side×side×3 bilinearly, without corner alignment and without antialiasing (torch.nn.functional.interpolate), and
// normalises.
type resize struct {
	h, w, c, side int
	picture       []float32 // [h][w][c]
	wide          []float32 // [h][side][3], stretched to the width
	rows, columns []between
}

// between is a place between two source places, (1 − share)·source[a] + share·source[b].
type between struct {
	a, b  int
	share float32
}

func newResize(h, w, c, side int) *resize {
	return &resize{h, w, c, side, make([]float32, h*w*c), make([]float32, h*side*3), places(h, side), places(w, side)}
}

func places(from, to int) []between {
	p := make([]between, to)
	scale := float32(from) / float32(to)
	for i := range p {
		at := max((float32(i)+0.5)*scale-0.5, 0)
		a := int(at)
		p[i] = between{a, min(a+1, from-1), at - float32(a)}
	}
	return p
}

// run fills dst [side][side][3] from r.picture.
func (r *resize) run(dst []float32, mean, sd [3]float32) {
	for i, v := range r.picture {
		r.picture[i] = float32(data.ToByte(v)) / 255
	}
	for y := range r.h {
		line, out := r.picture[y*r.w*r.c:][:r.w*r.c], r.wide[y*r.side*3:][:r.side*3]
		for x, p := range r.columns {
			for ch := range 3 {
				a, b := line[p.a*r.c+ch%r.c], line[p.b*r.c+ch%r.c]
				out[3*x+ch] = a + float32(p.share*(b-a))
			}
		}
	}
	var scale, shift [3]float32
	for ch := range 3 {
		scale[ch], shift[ch] = 1/sd[ch], -mean[ch]/sd[ch]
	}
	for y, p := range r.rows {
		a, b := r.wide[p.a*r.side*3:][:r.side*3], r.wide[p.b*r.side*3:][:r.side*3]
		out := dst[y*r.side*3:][:r.side*3]
		for x := 0; x < len(out); x += 3 {
			for ch := range 3 {
				v := a[x+ch] + float32(p.share*(b[x+ch]-a[x+ch]))
				out[x+ch] = float32(v*scale[ch]) + shift[ch]
			}
		}
	}
}
