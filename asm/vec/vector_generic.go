package vec

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
