package vec

// LeakyReLU computes dst[i] = x[i] where x[i] > 0 and leak·x[i] elsewhere.
func LeakyReLU(dst, x []float32, leak float32) {
	if len(x) != len(dst) {
		panic(panicLength)
	}
	for len(dst) > callSpan {
		leakyReLU(dst[:callSpan], x[:callSpan], leak)
		dst, x = dst[callSpan:], x[callSpan:]
	}
	leakyReLU(dst, x, leak)
}

// LeakyReLUGradient computes dx[i] = dy[i] where y[i] > 0 and leak·dy[i] elsewhere.
// y is the activation's input or, for leak > 0, its output: only its sign
// counts, and a NaN in y counts as not positive.
func LeakyReLUGradient(dx, dy, y []float32, leak float32) {
	if len(dy) != len(dx) || len(y) != len(dx) {
		panic(panicLength)
	}
	for len(dx) > callSpan {
		leakyReLUGradient(dx[:callSpan], dy[:callSpan], y[:callSpan], leak)
		dx, dy, y = dx[callSpan:], dy[callSpan:], y[callSpan:]
	}
	leakyReLUGradient(dx, dy, y, leak)
}

func checkRows(n, row int) {
	if n > 0 && (row == 0 || n%row != 0) {
		panic(panicDivisor)
	}
}

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
