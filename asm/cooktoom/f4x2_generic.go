package cooktoom

func input4x2Generic(v []float32, point int, x []float32, p *Places, channels int) {
	for c := range channels {
		var d, t [5][5]float32
		for i := range d {
			for j := range d[i] {
				if p.in(i, j) {
					d[i][j] = x[p.at(i, j)+c]
				}
			}
		}
		for i := range t {
			for j := range t[i] {
				for k := range d {
					t[i][j] += float32(b4x2[i][k] * d[k][j])
				}
			}
		}
		for i := range t {
			for j := range t[i] {
				s := float32(0)
				for k := range t[i] {
					s += float32(t[i][k] * b4x2[j][k])
				}
				v[(5*i+j)*point+c] = s
			}
		}
	}
}

func output4x2Generic(y []float32, p *Places, m []float32, point int, bias []float32, leak float32, channels int) {
	for c := range channels {
		var t [4][5]float32
		for i := range t {
			for j := range t[i] {
				for k := range 5 {
					t[i][j] += float32(a4x2[i][k] * m[(5*k+j)*point+c])
				}
			}
		}
		for i := range t {
			for j := range 4 {
				if !p.in(i, j) {
					continue
				}
				s := float32(0)
				for k := range t[i] {
					s += float32(t[i][k] * a4x2[j][k])
				}
				if s += bias[c]; !(s > 0) {
					s *= leak
				}
				y[p.at(i, j)+c] = s
			}
		}
	}
}

func gradient4x2Generic(v []float32, point int, y []float32, p *Places, channels int) {
	for c := range channels {
		var t [5][4]float32
		for i := range t {
			for j := range t[i] {
				for k := range 4 {
					if p.in(k, j) {
						t[i][j] += float32(a4x2[k][i] * y[p.at(k, j)+c])
					}
				}
			}
		}
		for i := range t {
			for j := range 5 {
				s := float32(0)
				for k := range t[i] {
					s += float32(t[i][k] * a4x2[k][j])
				}
				v[(5*i+j)*point+c] = s
			}
		}
	}
}

func patch4x2Generic(x []float32, p *Places, m []float32, point int, act []float32, leak float32, first First, channels int) {
	for c := range channels {
		var t [5][5]float32
		for i := range t {
			for j := range t[i] {
				for k := range t {
					t[i][j] += float32(b4x2[k][i] * m[(5*k+j)*point+c])
				}
			}
		}
		for i := range t {
			for j := range t[i] {
				if !p.in(i, j) {
					continue
				}
				s := float32(0)
				for k := range t[i] {
					s += float32(t[i][k] * b4x2[k][j])
				}
				at := p.at(i, j) + c
				if leak != 1 && !(act[at] > 0) {
					s *= leak
				}
				if !first.at(i, j) {
					s += x[at]
				}
				x[at] = s
			}
		}
	}
}

func weights4x2Generic(u []float32, point int, w []float32, filter int) {
	column := func(x, y float32) (c [5]float32) {
		for i, g := range g4x2 {
			c[i] = float32(g[0]*x) + float32(g[1]*y)
		}
		return c
	}
	for l := range 16 {
		w := w[l*filter:]
		left, right := column(w[0], w[8]), column(w[2], w[10])
		for i := range left {
			for j, v := range column(left[i], right[i]) {
				u[(5*i+j)*point+l] = v
			}
		}
	}
}

func taps4x2Generic(w []float32, filter int, m []float32, point, phase int) {
	fold := func(m [5]float32) (x, y float32) {
		for i, g := range g4x2 {
			x += float32(g[0] * m[i])
			y += float32(g[1] * m[i])
		}
		return x, y
	}
	for l := range 16 {
		for f := range 4 {
			m := m[f*phase+l:]
			var left, right [5]float32
			for i := range left {
				var row [5]float32
				for j := range row {
					row[j] = m[(5*i+j)*point]
				}
				left[i], right[i] = fold(row)
			}
			w := w[l*filter+f/2*4+f%2:]
			x, y := fold(left)
			w[0] += x
			w[8] += y
			x, y = fold(right)
			w[2] += x
			w[10] += y
		}
	}
}
