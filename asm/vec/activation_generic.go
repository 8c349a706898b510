package vec

func leakyReLUGeneric(dst, x []float32, leak float32) {
	for i, v := range x {
		if !(v > 0) {
			v *= leak
		}
		dst[i] = v
	}
}

func leakyReLUGradientGeneric(dx, dy, y []float32, leak float32) {
	for i, v := range dy {
		if !(y[i] > 0) {
			v *= leak
		}
		dx[i] = v
	}
}
