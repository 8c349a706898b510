package gemm

func storeBiasLeakyReLUGeneric(dst []float32, ldd int, sum []float32, lds, rows, columns int, bias []float32, leak float32) {
	for r := range rows {
		in, out := sum[r*lds:][:columns], dst[r*ldd:][:columns]
		for i, b := range bias[:columns] {
			s := in[i] + b
			if !(s > 0) {
				s *= leak
			}
			out[i] = s
		}
	}
}

func storeMaskedGeneric(dst []float32, ldd int, sum []float32, lds, rows, columns int, act []float32, leak float32) {
	for r := range rows {
		in, out, a := sum[r*lds:][:columns], dst[r*ldd:][:columns], act[r*ldd:][:columns]
		for i, s := range in {
			if !(a[i] > 0) {
				s *= leak
			}
			out[i] = s
		}
	}
}
