package gemm

// StoreBiasLeakyReLU is the store of a convolution's forward, rows of columns
// values each:
//
//	for r := range rows {
//		for i := range columns {
//			s := sum[r*lds+i] + bias[i]
//			dst[r*ldd+i] = max(s, leak*s)
//		}
//	}
//
// for 0 ≤ leak ≤ 1; leak 1 is the identity. A NaN stays a NaN. dst may be sum
// with ldd = lds.
func StoreBiasLeakyReLU(dst []float32, ldd int, sum []float32, lds, rows, columns int, bias []float32, leak float32) {
	mustStore(len(dst), ldd, rows, columns)
	mustStore(len(sum), lds, rows, columns)
	mustStore(len(bias), 0, rows, columns)
	storeBiasLeakyReLU(dst, ldd, sum, lds, rows, columns, bias, leak)
}

// StoreMasked is the store of a convolution's input gradient:
//
//	for r := range rows {
//		for i := range columns {
//			dst[r*ldd+i] = sum[r*lds+i] * (act[r*ldd+i] > 0 ? 1 : leak)
//		}
//	}
//
// With leak 1 act is not read.
func StoreMasked(dst []float32, ldd int, sum []float32, lds, rows, columns int, act []float32, leak float32) {
	mustStore(len(dst), ldd, rows, columns)
	mustStore(len(sum), lds, rows, columns)
	if leak == 1 {
		for r := range rows {
			copy(dst[r*ldd:][:columns], sum[r*lds:])
		}
		return
	}
	mustStore(len(act), ldd, rows, columns)
	storeMasked(dst, ldd, sum, lds, rows, columns, act, leak)
}

func mustStore(have, ld, rows, columns int) {
	if rows < 1 || columns < 1 || ld < 0 || have < (rows-1)*ld+columns {
		panic("gemm: store outside its slice")
	}
}
