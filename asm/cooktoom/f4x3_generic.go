package cooktoom

// input4x3Line is Bᵀ·d.
func input4x3Line(d [6]float32) [6]float32 {
	e, q := d[4]-float32(d[2]*(9./4)), d[3]-float32(d[1]*(9./4))
	f, p := d[4]-float32(d[2]*(25./64)), d[3]-float32(d[1]*(25./64))
	q, p = q*(5./8), p*(3./2)
	return [6]float32{
		d[4] + float32(d[0]*(225./256)) - float32(d[2]*(169./64)), e + q, e - q,
		f + p, f - p, d[5] + float32(d[1]*(225./256)) - float32(d[3]*(169./64)),
	}
}

// output4x3Line is Aᵀ·m.
func output4x3Line(m [6]float32) [4]float32 {
	s, d, t, e := m[1]+m[2], m[1]-m[2], m[3]+m[4], m[3]-m[4]
	return [4]float32{
		m[0] + s + t, float32(d*(5./8)) + float32(e*(3./2)), float32(s*(25./64)) + float32(t*(9./4)),
		m[5] + float32(d*(125./512)) + float32(e*(27./8)),
	}
}

// gradient4x3Line is A·y.
func gradient4x3Line(y [4]float32) [6]float32 {
	a, b := y[0]+float32(y[2]*(25./64)), float32(y[1]*(5./8))+float32(y[3]*(125./512))
	c, d := y[0]+float32(y[2]*(9./4)), float32(y[1]*(3./2))+float32(y[3]*(27./8))
	return [6]float32{y[0], a + b, a - b, c + d, c - d, y[3]}
}

func input4x3Generic(v []float32, point int, x []float32, p *Places, channels int, run *Run) {
	for t := range run.Tiles {
		input4x3Tile(v[t*run.Points:], point, x, run.places(p, t), channels)
	}
}

func input4x3Tile(v []float32, point int, x []float32, p *Places, channels int) {
	for c := range channels {
		var t [6][6]float32 // by columns
		for j := range t {
			var d [6]float32
			for i := range d {
				if p.in(i, j) {
					d[i] = x[p.at(i, j)+c]
				}
			}
			t[j] = input4x3Line(d)
		}
		for i := range 6 {
			for j, s := range input4x3Line([6]float32{t[0][i], t[1][i], t[2][i], t[3][i], t[4][i], t[5][i]}) {
				v[(6*i+j)*point+c] = s
			}
		}
	}
}

// places4x3 is Aᵀ·m·A of one channel.
func places4x3(m []float32, point int) (y [4][4]float32) {
	var t [6][4]float32 // by columns
	for j := range t {
		var column [6]float32
		for i := range column {
			column[i] = m[(6*i+j)*point]
		}
		t[j] = output4x3Line(column)
	}
	for i := range y {
		y[i] = output4x3Line([6]float32{t[0][i], t[1][i], t[2][i], t[3][i], t[4][i], t[5][i]})
	}
	return y
}

func output4x3Generic(y []float32, p *Places, m []float32, point int, bias []float32, leak float32, channels int, run *Run) {
	for t := range run.Tiles {
		output4x3Tile(y, run.places(p, t), m[t*run.Points:], point, bias, leak, channels)
	}
}

func output4x3Tile(y []float32, p *Places, m []float32, point int, bias []float32, leak float32, channels int) {
	for c := range channels {
		for i, row := range places4x3(m[c:], point) {
			for j, s := range row {
				if !p.in(i, j) {
					continue
				}
				if s += bias[c]; !(s > 0) {
					s *= leak
				}
				y[p.at(i, j)+c] = s
			}
		}
	}
}

func masked4x3Generic(y []float32, p *Places, m []float32, point int, act []float32, leak float32, channels int, run *Run) {
	for t := range run.Tiles {
		masked4x3Tile(y, run.places(p, t), m[t*run.Points:], point, act, leak, channels)
	}
}

func masked4x3Tile(y []float32, p *Places, m []float32, point int, act []float32, leak float32, channels int) {
	for c := range channels {
		for i, row := range places4x3(m[c:], point) {
			for j, s := range row {
				if !p.in(i, j) {
					continue
				}
				if leak != 1 && !(act[p.at(i, j)+c] > 0) {
					s *= leak
				}
				y[p.at(i, j)+c] = s
			}
		}
	}
}

func gradient4x3Generic(v []float32, point int, y []float32, p *Places, channels int, run *Run) {
	for t := range run.Tiles {
		gradient4x3Tile(v[t*run.Points:], point, y, run.places(p, t), channels)
	}
}

func gradient4x3Tile(v []float32, point int, y []float32, p *Places, channels int) {
	for c := range channels {
		var t [4][6]float32 // by columns
		for j := range t {
			var column [4]float32
			for i := range column {
				if p.in(i, j) {
					column[i] = y[p.at(i, j)+c]
				}
			}
			t[j] = gradient4x3Line(column)
		}
		for i := range 6 {
			for j, s := range gradient4x3Line([4]float32{t[0][i], t[1][i], t[2][i], t[3][i]}) {
				v[(6*i+j)*point+c] = s
			}
		}
	}
}

// fold4x3Line is Gᵀ·m.
func fold4x3Line(m [6]float32) [3]float32 {
	s, d, t, e := m[1]+m[2], m[1]-m[2], m[3]+m[4], m[3]-m[4]
	return [3]float32{
		float32(m[0]*(256./225)) + float32(s*(-2048./2975)) + float32(t*(128./1071)),
		float32(d*(-256./595)) + float32(e*(64./357)),
		m[5] + float32((t-s)*(32./119)),
	}
}

// fold4x3Generic writes Gᵀ·m·G of 16 filters.
func fold4x3Generic(taps *[9][16]float32, m []float32, point int) {
	for l := range 16 {
		var t [6][3]float32 // by columns
		for j := range t {
			var column [6]float32
			for i := range column {
				column[i] = m[(6*i+j)*point+l]
			}
			t[j] = fold4x3Line(column)
		}
		for i := range 3 {
			for j, s := range fold4x3Line([6]float32{t[0][i], t[1][i], t[2][i], t[3][i], t[4][i], t[5][i]}) {
				taps[3*i+j][l] = s
			}
		}
	}
}
