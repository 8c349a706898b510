//go:build !noasm

package reduce

import "anila/asm/isa"

// maxPool2NEON computes, for w > 0 windows of c channels, c a multiple of 4,
//
//	for i := range w * c {
//		j := i + i/c*c
//		y[i] = largest of x0[j], x0[j+c], x1[j], x1[j+c], NaN if one is
//	}
//
//go:noescape
func maxPool2NEON(y, x0, x1 *float32, w, c int)

// maxPool2GradientNEON computes, for w > 0 windows of c channels, c a multiple of 4,
//
//	for i := range w * c {
//		j := i + i/c*c
//		d := dy[i] if the largest is > 0, leak*dy[i] otherwise
//		dx0[j], dx0[j+c], dx1[j], dx1[j+c] = d for the first winner, 0 for others
//	}
//
//go:noescape
func maxPool2GradientNEON(dx0, dx1, dy, x0, x1 *float32, w, c int, leak float32)

// avgPool2NEON computes, for w > 0 windows of c channels, c a multiple of 4,
//
//	for i := range w * c {
//		j := i + i/c*c
//		y[i] = (x0[j] + x0[j+c] + x1[j] + x1[j+c]) / 4
//	}
//
//go:noescape
func avgPool2NEON(y, x0, x1 *float32, w, c int)

// avgPool2GradientNEON computes, for w > 0 windows of c channels, c a multiple of 4,
//
//	for i := range w * c {
//		j := i + i/c*c
//		dx0[j], dx0[j+c], dx1[j], dx1[j+c] = dy[i]/4
//	}
//
//go:noescape
func avgPool2GradientNEON(dx0, dx1, dy *float32, w, c int)

func maxPool2(y, x0, x1 []float32, c int) {
	if isa.Current() == isa.NEON && len(y) > 0 && c%4 == 0 {
		maxPool2NEON(&y[0], &x0[0], &x1[0], len(y)/c, c)
		return
	}
	maxPool2Generic(y, x0, x1, c)
}

func maxPool2Gradient(dx0, dx1, dy, x0, x1 []float32, c int, leak float32) {
	if isa.Current() == isa.NEON && len(dy) > 0 && c%4 == 0 {
		maxPool2GradientNEON(&dx0[0], &dx1[0], &dy[0], &x0[0], &x1[0], len(dy)/c, c, leak)
		return
	}
	maxPool2GradientGeneric(dx0, dx1, dy, x0, x1, c, leak)
}

func avgPool2(y, x0, x1 []float32, c int) {
	if isa.Current() == isa.NEON && len(y) > 0 && c%4 == 0 {
		avgPool2NEON(&y[0], &x0[0], &x1[0], len(y)/c, c)
		return
	}
	avgPool2Generic(y, x0, x1, c)
}

func avgPool2Gradient(dx0, dx1, dy []float32, c int) {
	if isa.Current() == isa.NEON && len(dy) > 0 && c%4 == 0 {
		avgPool2GradientNEON(&dx0[0], &dx1[0], &dy[0], len(dy)/c, c)
		return
	}
	avgPool2GradientGeneric(dx0, dx1, dy, c)
}
