package cooktoom

func input2x3Generic(v []float32, point int, x []float32, p *Places, channels int) {
	line := func(a, b, c, d float32) [4]float32 { return [4]float32{a - c, b + c, c - b, b - d} }
	for c := range channels {
		var d, t [4][4]float32
		for i := range d {
			for j := range d[i] {
				if p.in(i, j) {
					d[i][j] = x[p.at(i, j)+c]
				}
			}
			d[i] = line(d[i][0], d[i][1], d[i][2], d[i][3])
		}
		for j := range 4 {
			t[j] = line(d[0][j], d[1][j], d[2][j], d[3][j])
			for i, s := range t[j] {
				v[(4*i+j)*point+c] = s
			}
		}
	}
}

// tile2x3 is Aᵀ·m·A of one channel, by rows.
func tile2x3(m []float32, point int) (y [4]float32) {
	var t [4][2]float32
	for i := range t {
		a, b, c, d := m[4*i*point], m[(4*i+1)*point], m[(4*i+2)*point], m[(4*i+3)*point]
		t[i] = [2]float32{a + b + c, b - c - d}
	}
	for j := range 2 {
		y[j] = t[0][j] + t[1][j] + t[2][j]
		y[2+j] = t[1][j] - t[2][j] - t[3][j]
	}
	return y
}

func output2x3Generic(y []float32, p *Places, m []float32, point int, bias []float32, leak float32, channels int) {
	for c := range channels {
		for k, s := range tile2x3(m[c:], point) {
			if !p.in(k/2, k%2) {
				continue
			}
			if s += bias[c]; !(s > 0) {
				s *= leak
			}
			y[p.at(k/2, k%2)+c] = s
		}
	}
}

func masked2x3Generic(y []float32, p *Places, m []float32, point int, act []float32, leak float32, channels int) {
	for c := range channels {
		for k, s := range tile2x3(m[c:], point) {
			if !p.in(k/2, k%2) {
				continue
			}
			at := p.at(k/2, k%2) + c
			if !(act[at] > 0) {
				s *= leak
			}
			y[at] = s
		}
	}
}
