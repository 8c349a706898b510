package tensor

import "math"

// Softmax writes the softmax of each row of x, [rows][columns], to y, which may
// be x. Exponentials and their sum are taken in float64.
func Softmax(y, x []float32, rows, columns int) {
	mustLen("x", len(x), rows*columns)
	mustLen("y", len(y), rows*columns)
	for r := range rows {
		in, out := x[r*columns:][:columns], y[r*columns:][:columns]
		top := in[0]
		for _, v := range in {
			top = max(top, v)
		}
		sum := 0.0
		for i, v := range in {
			e := math.Exp(float64(v) - float64(top))
			out[i] = float32(e)
			sum += e
		}
		scale := float32(1 / sum)
		for i := range out {
			out[i] *= scale
		}
	}
}

// SoftmaxGradient writes the gradient with respect to Softmax's input to dx,
// which may be dy: dx = y·(dy − Σ y·dy), row by row.
func SoftmaxGradient(dx, dy, y []float32, rows, columns int) {
	mustLen("y", len(y), rows*columns)
	mustLen("dy", len(dy), rows*columns)
	mustLen("dx", len(dx), rows*columns)
	for r := range rows {
		out, up, p := dx[r*columns:][:columns], dy[r*columns:][:columns], y[r*columns:][:columns]
		dot := 0.0
		for i, v := range p {
			dot += float64(v) * float64(up[i])
		}
		for i, v := range p {
			out[i] = v * (up[i] - float32(dot))
		}
	}
}
