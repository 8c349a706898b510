package cooktoom

func input2x2Generic(v []float32, point int, x []float32, p *Places, channels int) {
	for c := range channels {
		var d [3][3]float32
		for i := range d {
			for j := range d[i] {
				if p.in(i, j) {
					d[i][j] = x[p.at(i, j)+c]
				}
			}
		}
		for j := range 3 {
			d[0][j] -= d[1][j]
			d[2][j] -= d[1][j]
		}
		for i, r := range d {
			v[3*i*point+c], v[(3*i+1)*point+c], v[(3*i+2)*point+c] = r[0]-r[1], r[1], r[2]-r[1]
		}
	}
}

func output2x2Generic(y []float32, p *Places, m []float32, point int, bias []float32, leak float32, channels int) {
	for c := range channels {
		var t [2][3]float32
		for j := range 3 {
			middle := m[(3+j)*point+c]
			t[0][j], t[1][j] = m[j*point+c]+middle, middle+m[(6+j)*point+c]
		}
		for i := range 2 {
			for j := range 2 {
				if !p.in(i, j) {
					continue
				}
				s := t[i][j] + t[i][j+1] + bias[c]
				if !(s > 0) {
					s *= leak
				}
				y[p.at(i, j)+c] = s
			}
		}
	}
}

func gradient2x2Generic(v []float32, point int, y []float32, p *Places, channels int) {
	for c := range channels {
		var d [3][2]float32
		for i := range 2 {
			for j := range 2 {
				if p.in(i, j) {
					d[2*i][j] = y[p.at(i, j)+c]
				}
			}
		}
		d[1] = [2]float32{d[0][0] + d[2][0], d[0][1] + d[2][1]}
		for i, r := range d {
			v[3*i*point+c], v[(3*i+1)*point+c], v[(3*i+2)*point+c] = r[0], r[0]+r[1], r[1]
		}
	}
}

func patch2x2Generic(x []float32, p *Places, m []float32, point int, act []float32, leak float32, first First, channels int) {
	for c := range channels {
		var d [3][3]float32
		for j := range 3 {
			d[0][j], d[2][j] = m[j*point+c], m[(6+j)*point+c]
			d[1][j] = m[(3+j)*point+c] - d[0][j] - d[2][j]
		}
		for i, r := range d {
			for j, s := range [3]float32{r[0], r[1] - r[0] - r[2], r[2]} {
				if !p.in(i, j) {
					continue
				}
				at := p.at(i, j) + c
				if leak != 1 && !(act[at] > 0) {
					s = float32(s * leak)
				}
				if !first.at(i, j) {
					s += x[at]
				}
				x[at] = s
			}
		}
	}
}
