package asm

// BiasLeakyReLU computes y[r][j] = leaky(y[r][j] + bias[j]) for y
// [rows][len(bias)], leaky(v) = v where v > 0 and leak·v elsewhere.
func BiasLeakyReLU(y, bias []float32, leak float32) {
	checkRows(len(y), len(bias))
	for n := len(bias); len(y) > 0; {
		rows := max(1, callSpan/n)
		k := min(len(y), rows*n)
		biasLeakyReLU(y[:k], bias, leak)
		y = y[k:]
	}
}

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

// LeakyReLUGrad computes dx[i] = dy[i] where y[i] > 0 and leak·dy[i] elsewhere.
// y is the activation's input or, for leak > 0, its output: only its sign
// counts, and a NaN in y counts as not positive.
func LeakyReLUGrad(dx, dy, y []float32, leak float32) {
	if len(dy) != len(dx) || len(y) != len(dx) {
		panic(panicLength)
	}
	for len(dx) > callSpan {
		leakyReLUGrad(dx[:callSpan], dy[:callSpan], y[:callSpan], leak)
		dx, dy, y = dx[callSpan:], dy[callSpan:], y[callSpan:]
	}
	leakyReLUGrad(dx, dy, y, leak)
}

func checkRows(n, row int) {
	if n > 0 && (row == 0 || n%row != 0) {
		panic(panicDivisor)
	}
}

func biasLeakyReLUGeneric(y, bias []float32, leak float32) {
	for n := len(bias); len(y) > 0; y = y[n:] {
		for j, b := range bias {
			v := y[j] + b
			if !(v > 0) {
				v *= leak
			}
			y[j] = v
		}
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

func leakyReLUGradGeneric(dx, dy, y []float32, leak float32) {
	for i, v := range dy {
		if !(y[i] > 0) {
			v *= leak
		}
		dx[i] = v
	}
}
