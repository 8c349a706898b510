//go:build !noasm && (amd64 || arm64)

package cooktoom

// The kernels of F(4×4, 3×3) take the address of every place, as those of
// F(2×2, 2×2) do.

// tile4x3 are the places of a tile. The assembly reads it by offset.
type tile4x3 struct {
	x    [16]*float32 // where results go, sixteen floats to spare where outside
	mask [16]uint64   // all ones inside, 0 outside
	act  [16]*float32
}

// point lets the places of side×side point at x, and at zeros outside.
func (p *Places) point(places []*float32, side int, x []float32) {
	for i := range side {
		row := places[i*side:][:side]
		for j := range row {
			row[j] = &outside[0]
		}
		if i < p.Top || i >= p.Bottom {
			continue
		}
		for j := p.Left; j < p.Right; j++ {
			row[j] = &x[p.at(i, j)]
		}
	}
}

func input4x3(v []float32, point int, x []float32, p *Places, channels int) {
	if !vector2x2(channels) {
		input4x3Generic(v, point, x, p, channels)
		return
	}
	var places [36]*float32
	p.point(places[:], 6, x)
	input4x3Kernel(&v[0], point, &places, channels)
}

func output4x3(y []float32, p *Places, m []float32, point int, bias []float32, leak float32, channels int) {
	if !vector2x2(channels) {
		output4x3Generic(y, p, m, point, bias, leak, channels)
		return
	}
	write4x3(y, p, m, point, bias, nil, leak, channels)
}

func masked4x3(y []float32, p *Places, m []float32, point int, act []float32, leak float32, channels int) {
	if !vector2x2(channels) {
		masked4x3Generic(y, p, m, point, act, leak, channels)
		return
	}
	if leak == 1 {
		act = y
	}
	write4x3(y, p, m, point, nil, act, leak, channels)
}

// write4x3 is the output with a bias or a mask.
func write4x3(y []float32, p *Places, m []float32, point int, bias, act []float32, leak float32, channels int) {
	var (
		tile  tile4x3
		spare [16]float32
	)
	for k := range tile.x {
		if tile.x[k] = &spare[0]; p.in(k/4, k%4) {
			tile.x[k], tile.mask[k] = &y[p.at(k/4, k%4)], 1<<64-1
		}
	}
	if bias != nil {
		output4x3Kernel(&tile, &m[0], point, &bias[0], leak, channels)
		return
	}
	p.point(tile.act[:], 4, act)
	masked4x3Kernel(&tile, &m[0], point, leak, channels)
}

func gradient4x3(v []float32, point int, y []float32, p *Places, channels int) {
	if !vector2x2(channels) {
		gradient4x3Generic(v, point, y, p, channels)
		return
	}
	var places [16]*float32
	p.point(places[:], 4, y)
	gradient4x3Kernel(&v[0], point, &places, channels)
}

func fold4x3(taps *[9][16]float32, m []float32, point int) {
	if !vector2x2(16) {
		fold4x3Generic(taps, m, point)
		return
	}
	fold4x3Kernel(taps, &m[0], point)
}
