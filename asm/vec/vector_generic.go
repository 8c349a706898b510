package vec

import "math"

func axpyGeneric(y, x []float32, a float32) {
	for i, v := range x {
		y[i] += float32(a * v)
	}
}

func addGeneric(y, x []float32) {
	for i, v := range x {
		y[i] += v
	}
}

func scaleGeneric(y []float32, a float32) {
	for i := range y {
		y[i] *= a
	}
}

func clampGeneric(y []float32, limit float32) {
	for i, v := range y {
		y[i] = max(-limit, min(limit, v))
	}
}

func affineGeneric(dst, x []float32, a, c float32) {
	for i, v := range x {
		dst[i] = float32(a*v) + c
	}
}

func subGeneric(dst, x, y []float32) {
	for i, v := range x {
		dst[i] = v - y[i]
	}
}

func mulGeneric(dst, x, y []float32) {
	for i, v := range x {
		dst[i] = v * y[i]
	}
}

func mulAddGeneric(dst, x, y []float32) {
	for i, v := range x {
		dst[i] += float32(v * y[i])
	}
}

func divGeneric(dst, x, y []float32) {
	for i, v := range x {
		dst[i] = v / y[i]
	}
}

func maximumGeneric(dst, x, y []float32) {
	for i, v := range x {
		if w := y[i]; !(v > w) {
			v = w
		}
		dst[i] = v
	}
}

func rootGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = float32(math.Sqrt(float64(v)))
	}
}
