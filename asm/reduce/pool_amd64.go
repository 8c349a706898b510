//go:build !noasm

package reduce

import "anila/asm/isa"

// maxPool2AVX2 computes, for w > 0 windows of c channels,
//
//	for i := range w * c {
//		j := i + i/c*c
//		y[i] = largest of x0[j], x0[j+c], x1[j], x1[j+c], NaN if one is
//	}
//
//go:noescape
func maxPool2AVX2(y, x0, x1 *float32, w, c int)

//go:noescape
func maxPool2AVX512(y, x0, x1 *float32, w, c int)

// maxPool2GradientAVX2 computes, for w > 0 windows of c channels,
//
//	for i := range w * c {
//		j := i + i/c*c
//		d := dy[i] if the largest is > 0, leak*dy[i] otherwise
//		dx0[j], dx0[j+c], dx1[j], dx1[j+c] = d for the first winner, 0 for others
//	}
//
//go:noescape
func maxPool2GradientAVX2(dx0, dx1, dy, x0, x1 *float32, w, c int, leak float32)

//go:noescape
func maxPool2GradientAVX512(dx0, dx1, dy, x0, x1 *float32, w, c int, leak float32)

// avgPool2AVX2 computes, for w > 0 windows of c channels,
//
//	for i := range w * c {
//		j := i + i/c*c
//		y[i] = (x0[j] + x0[j+c] + x1[j] + x1[j+c]) / 4
//	}
//
//go:noescape
func avgPool2AVX2(y, x0, x1 *float32, w, c int)

//go:noescape
func avgPool2AVX512(y, x0, x1 *float32, w, c int)

// avgPool2GradientAVX2 computes, for w > 0 windows of c channels,
//
//	for i := range w * c {
//		j := i + i/c*c
//		dx0[j], dx0[j+c], dx1[j], dx1[j+c] = dy[i]/4
//	}
//
//go:noescape
func avgPool2GradientAVX2(dx0, dx1, dy *float32, w, c int)

//go:noescape
func avgPool2GradientAVX512(dx0, dx1, dy *float32, w, c int)

func maxPool2(y, x0, x1 []float32, c int) {
	switch isa.Current() {
	case isa.AVX512:
		maxPool2AVX512(&y[0], &x0[0], &x1[0], len(y)/c, c)
	case isa.AVX2:
		maxPool2AVX2(&y[0], &x0[0], &x1[0], len(y)/c, c)
	default:
		maxPool2Generic(y, x0, x1, c)
	}
}

func maxPool2Gradient(dx0, dx1, dy, x0, x1 []float32, c int, leak float32) {
	switch isa.Current() {
	case isa.AVX512:
		maxPool2GradientAVX512(&dx0[0], &dx1[0], &dy[0], &x0[0], &x1[0], len(dy)/c, c, leak)
	case isa.AVX2:
		maxPool2GradientAVX2(&dx0[0], &dx1[0], &dy[0], &x0[0], &x1[0], len(dy)/c, c, leak)
	default:
		maxPool2GradientGeneric(dx0, dx1, dy, x0, x1, c, leak)
	}
}

func avgPool2(y, x0, x1 []float32, c int) {
	switch isa.Current() {
	case isa.AVX512:
		avgPool2AVX512(&y[0], &x0[0], &x1[0], len(y)/c, c)
	case isa.AVX2:
		avgPool2AVX2(&y[0], &x0[0], &x1[0], len(y)/c, c)
	default:
		avgPool2Generic(y, x0, x1, c)
	}
}

func avgPool2Gradient(dx0, dx1, dy []float32, c int) {
	switch isa.Current() {
	case isa.AVX512:
		avgPool2GradientAVX512(&dx0[0], &dx1[0], &dy[0], len(dy)/c, c)
	case isa.AVX2:
		avgPool2GradientAVX2(&dx0[0], &dx1[0], &dy[0], len(dy)/c, c)
	default:
		avgPool2GradientGeneric(dx0, dx1, dy, c)
	}
}

// tailMask has, from element 8−n on, a mask for VMASKMOVPS of the first n lanes.
var tailMask = [16]int32{-1, -1, -1, -1, -1, -1, -1, -1}
