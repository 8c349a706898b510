package gemm

// Dots computes the dot products of rows with one vector: a convolution with a
// single output.
//
//	for r := range rows {
//		dst[r*ldd] = Σ x[r*k+p] * w[p]    over p < k = len(w)
//	}
//
// Each is summed in float32 in one order that depends on k and the tier alone.
func Dots(dst []float32, ldd int, x, w []float32, rows int) {
	k := len(w)
	if rows < 1 || k < 1 || ldd < 1 || len(dst) <= (rows-1)*ldd || len(x) < rows*k {
		panic("gemm: Dots: outside its slices")
	}
	most := max(1, callSpan/k)
	for ; rows > most; rows -= most {
		dots(dst, ldd, x, w, most)
		dst, x = dst[most*ldd:], x[most*k:]
	}
	dots(dst, ldd, x, w, rows)
}

// callSpan is about the number of terms that goes into one assembly call: some tens
// of microseconds.
const callSpan = 1 << 16

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
