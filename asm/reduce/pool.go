package reduce

const panicPool = "reduce: pooled rows do not match"

// MaxPool2 takes the largest of each 2×2 window of two image rows x0 and x1
// [2·w][c]: y [w][c]. A NaN wins.
func MaxPool2(y, x0, x1 []float32, c int) {
	checkPool(len(y), len(x0), len(x1), c)
	for span := poolSpan(c); len(y) > 0; {
		k := min(len(y), span)
		maxPool2(y[:k], x0[:2*k], x1[:2*k], c)
		y, x0, x1 = y[k:], x0[2*k:], x1[2*k:]
	}
}

// MaxPool2Gradient sets dx0 and dx1 [2·w][c] to the gradient of MaxPool2: dy at the
// first winner of each window, in the order x0[2j], x0[2j+1], x1[2j], x1[2j+1],
// and 0 elsewhere. Where the winner is not positive dy is multiplied by leak, for
// a leaky ReLU before the pooling (leak 1 for none).
func MaxPool2Gradient(dx0, dx1, dy, x0, x1 []float32, c int, leak float32) {
	checkPool(len(dy), len(x0), len(x1), c)
	checkPool(len(dy), len(dx0), len(dx1), c)
	for span := poolSpan(c); len(dy) > 0; {
		k := min(len(dy), span)
		maxPool2Gradient(dx0[:2*k], dx1[:2*k], dy[:k], x0[:2*k], x1[:2*k], c, leak)
		dx0, dx1, dy, x0, x1 = dx0[2*k:], dx1[2*k:], dy[k:], x0[2*k:], x1[2*k:]
	}
}

// poolSpan is the number of outputs of one assembly call: whole pixels.
func poolSpan(c int) int { return max(1, callSpan/4/c) * c }

func checkPool(y, x0, x1, c int) {
	if c < 1 || y%c != 0 || x0 != 2*y || x1 != 2*y {
		panic(panicPool)
	}
}

func maxPool2Generic(y, x0, x1 []float32, c int) {
	for i := range y {
		// Output i is channel i%c of window i/c, which starts 2·c after the last.
		j := i + i/c*c
		best := x0[j]
		for _, v := range [3]float32{x0[j+c], x1[j], x1[j+c]} {
			if v > best || v != v {
				best = v
			}
		}
		y[i] = best
	}
}

func maxPool2GradientGeneric(dx0, dx1, dy, x0, x1 []float32, c int, leak float32) {
	for i, d := range dy {
		j := i + i/c*c
		best, winner := x0[j], 0
		for k, v := range [3]float32{x0[j+c], x1[j], x1[j+c]} {
			if v > best || v != v && best == best {
				best, winner = v, k+1
			}
		}
		if !(best > 0) {
			d *= leak
		}
		var out [4]float32
		out[winner] = d
		dx0[j], dx0[j+c], dx1[j], dx1[j+c] = out[0], out[1], out[2], out[3]
	}
}
