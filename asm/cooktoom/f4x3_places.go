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
		left, right := 0, 0
		if i >= p.Top && i < p.Bottom {
			left, right = p.Left, p.Right
		}
		for j := range left {
			row[j] = &outside[0]
		}
		at := p.at(i, left)
		for j := left; j < right; j++ {
			row[j] = &x[at]
			at += p.Column
		}
		for j := right; j < side; j++ {
			row[j] = &outside[0]
		}
	}
}

// steps are step and next of a kernel.
func (r *Run) steps(channels int) (step, next int) {
	return 4 * (r.Places - channels), 4 * (r.Points - r.Places)
}

func input4x3(v []float32, point int, x []float32, p *Places, channels int, run *Run) {
	if !vector2x2(channels) {
		input4x3Generic(v, point, x, p, channels, run)
		return
	}
	var places [36]*float32
	p.point(places[:], 6, x)
	step, next := run.steps(channels)
	input4x3Kernel(&v[0], point, &places, channels, run.Tiles, step, next)
}

func output4x3(y []float32, p *Places, m []float32, point int, bias []float32, leak float32, channels int, run *Run) {
	if !vector2x2(channels) {
		output4x3Generic(y, p, m, point, bias, leak, channels, run)
		return
	}
	write4x3(y, p, m, point, bias, nil, leak, channels, run)
}

func masked4x3(y []float32, p *Places, m []float32, point int, act []float32, leak float32, channels int, run *Run) {
	if !vector2x2(channels) {
		masked4x3Generic(y, p, m, point, act, leak, channels, run)
		return
	}
	if leak == 1 {
		act = y
	}
	write4x3(y, p, m, point, nil, act, leak, channels, run)
}

// write4x3 is the output with a bias or a mask.
func write4x3(y []float32, p *Places, m []float32, point int, bias, act []float32, leak float32, channels int, run *Run) {
	var (
		tile  tile4x3
		spare [16]float32
	)
	for i := range 4 {
		at := p.at(i, 0)
		for j := range 4 {
			if tile.x[4*i+j] = &spare[0]; p.in(i, j) {
				tile.x[4*i+j], tile.mask[4*i+j] = &y[at], 1<<64-1
			}
			at += p.Column
		}
	}
	step, next := run.steps(channels)
	if bias != nil {
		output4x3Kernel(&tile, &m[0], point, &bias[0], leak, channels, run.Tiles, step, next)
		return
	}
	p.point(tile.act[:], 4, act)
	masked4x3Kernel(&tile, &m[0], point, leak, channels, run.Tiles, step, next)
}

func gradient4x3(v []float32, point int, y []float32, p *Places, channels int, run *Run) {
	if !vector2x2(channels) {
		gradient4x3Generic(v, point, y, p, channels, run)
		return
	}
	var places [16]*float32
	p.point(places[:], 4, y)
	step, next := run.steps(channels)
	gradient4x3Kernel(&v[0], point, &places, channels, run.Tiles, step, next)
}

func fold4x3(taps *[9][16]float32, m []float32, point int) {
	if !vector2x2(16) {
		fold4x3Generic(taps, m, point)
		return
	}
	fold4x3Kernel(taps, &m[0], point)
}
