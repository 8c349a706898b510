package asm

// StoreBiasLeakyReLU is the store of a convolution's forward:
//
//	for i := range dst {
//		s := sum[i] + bias[i]	(bias nil: sum[i])
//		dst[i] = max(s, leak*s)
//	}
//
// for 0 ≤ leak ≤ 1; leak 1 is the identity. A NaN stays a NaN.
func StoreBiasLeakyReLU(dst, sum, bias []float32, leak float32) {
	sum = sum[:len(dst)]
	if bias == nil {
		for i, s := range sum {
			if !(s > 0) {
				s *= leak
			}
			dst[i] = s
		}
		return
	}
	bias = bias[:len(dst)]
	for i, s := range sum {
		s += bias[i]
		if !(s > 0) {
			s *= leak
		}
		dst[i] = s
	}
}

// StoreMasked is the store of a convolution's input gradient:
//
//	for i := range dst {
//		dst[i] = sum[i] * (act[i] > 0 ? 1 : leak)
//	}
func StoreMasked(dst, sum, act []float32, leak float32) {
	sum = sum[:len(dst)]
	act = act[:len(dst)]
	for i, s := range sum {
		if !(act[i] > 0) {
			s *= leak
		}
		dst[i] = s
	}
}
