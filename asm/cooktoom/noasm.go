//go:build noasm || !(amd64 || arm64)

package cooktoom

func input2x2(v []float32, point int, x []float32, p *Places, channels int) {
	input2x2Generic(v, point, x, p, channels)
}

func output2x2(y []float32, p *Places, m []float32, point int, bias []float32, leak float32, channels int) {
	output2x2Generic(y, p, m, point, bias, leak, channels)
}

func gradient2x2(v []float32, point int, y []float32, p *Places, channels int) {
	gradient2x2Generic(v, point, y, p, channels)
}

func patch2x2(x []float32, p *Places, m []float32, point int, act []float32, leak float32, first First, channels int) {
	patch2x2Generic(x, p, m, point, act, leak, first, channels)
}

func input2x3(v []float32, point int, x []float32, p *Places, channels int) {
	input2x3Generic(v, point, x, p, channels)
}

func output2x3(y []float32, p *Places, m []float32, point int, bias []float32, leak float32, channels int) {
	output2x3Generic(y, p, m, point, bias, leak, channels)
}

func masked2x3(y []float32, p *Places, m []float32, point int, act []float32, leak float32, channels int) {
	masked2x3Generic(y, p, m, point, act, leak, channels)
}

func input4x2(v []float32, point int, x []float32, p *Places, channels int) {
	input4x2Generic(v, point, x, p, channels)
}

func output4x2(y []float32, p *Places, m []float32, point int, bias []float32, leak float32, channels int) {
	output4x2Generic(y, p, m, point, bias, leak, channels)
}

func gradient4x2(v []float32, point int, y []float32, p *Places, channels int) {
	gradient4x2Generic(v, point, y, p, channels)
}

func patch4x2(x []float32, p *Places, m []float32, point int, act []float32, leak float32, first First, channels int) {
	patch4x2Generic(x, p, m, point, act, leak, first, channels)
}

func weights4x2(u []float32, point int, w []float32, filter int) {
	weights4x2Generic(u, point, w, filter)
}

func taps4x2(w []float32, filter int, m []float32, point, phase int) {
	taps4x2Generic(w, filter, m, point, phase)
}

func input4x3(v []float32, point int, x []float32, p *Places, channels int, run *Run) {
	input4x3Generic(v, point, x, p, channels, run)
}

func output4x3(y []float32, p *Places, m []float32, point int, bias []float32, leak float32, channels int, run *Run) {
	output4x3Generic(y, p, m, point, bias, leak, channels, run)
}

func masked4x3(y []float32, p *Places, m []float32, point int, act []float32, leak float32, channels int, run *Run) {
	masked4x3Generic(y, p, m, point, act, leak, channels, run)
}

func gradient4x3(v []float32, point int, y []float32, p *Places, channels int, run *Run) {
	gradient4x3Generic(v, point, y, p, channels, run)
}

func fold4x3(taps *[9][16]float32, m []float32, point int) { fold4x3Generic(taps, m, point) }
