package gemm

func sumTapsGeneric(dst []float32, p *[3][]float32, ld, width, channels int) {
	for x := range width {
		for i := range channels {
			s := float32(0)
			for u := min(2, x+1); u >= max(0, x+2-width); u-- {
				at := (x+1-u)*ld + u*channels + i
				s += p[0][at] + p[1][at+3*channels] + p[2][at+6*channels]
			}
			dst[x*channels+i] = s
		}
	}
}
