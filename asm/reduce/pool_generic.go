package reduce

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

func avgPool2Generic(y, x0, x1 []float32, c int) {
	for i := range y {
		j := i + i/c*c
		y[i] = (x0[j] + x0[j+c] + x1[j] + x1[j+c]) * 0.25
	}
}

func avgPool2GradientGeneric(dx0, dx1, dy []float32, c int) {
	for i, d := range dy {
		j := i + i/c*c
		d *= 0.25
		dx0[j], dx0[j+c], dx1[j], dx1[j+c] = d, d, d, d
	}
}
