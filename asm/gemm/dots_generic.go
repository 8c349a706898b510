package gemm

func dotsGeneric(dst []float32, ldd int, x, w []float32, rows int) {
	for r := range rows {
		dst[r*ldd] = 0
	}
	dotsRest(dst, ldd, x, w, 0, rows)
}

// dotsRest adds the terms from the given one on.
func dotsRest(dst []float32, ldd int, x, w []float32, from, rows int) {
	if from == len(w) {
		return
	}
	for r := range rows {
		s := dst[r*ldd]
		row := x[r*len(w):][:len(w)]
		for p := from; p < len(w); p++ {
			s += float32(row[p] * w[p])
		}
		dst[r*ldd] = s
	}
}
