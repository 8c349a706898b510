package reduce

func sumGeneric(l *lanes, x []float32) {
	for i, v := range x {
		l[i%sumLanes] += float64(v)
	}
}

func dotGeneric(l *lanes, x, y []float32) {
	for i, v := range x {
		l[i%sumLanes] += float64(float64(v) * float64(y[i]))
	}
}

func dotRowsGeneric(dst []float64, x, y []float32) {
	dim := len(x) / len(dst)
	for i := range dst {
		var l lanes
		dot(&l, x[i*dim:(i+1)*dim], y[i*dim:(i+1)*dim])
		dst[i] = l.fold(dim)
	}
}

func distanceGeneric(l *lanes, x, y []float32) {
	for i, v := range x {
		d := float64(v) - float64(y[i])
		l[i%sumLanes] += float64(d * d)
	}
}

func countBeyondGeneric(x []float32, b float32) int {
	count := 0
	for _, v := range x {
		if v > b || v < -b {
			count++
		}
	}
	return count
}

// foldGeneric adds the lanes by halves of h and fewer.
func foldGeneric(l *lanes, h int) float64 {
	for ; h > 0; h /= 2 {
		for j := range h {
			l[j] += l[j+h]
		}
	}
	return l[0]
}
