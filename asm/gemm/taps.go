package gemm

// SumTaps adds up the products of a 3×3 input gradient with few channels, one
// row of the image:
//
//	for x := range width {
//		for i := range channels {
//			s := 0
//			for u := range 3 with 0 ≤ x+1−u < width {
//				for t := range 3 {
//					s += p[t][(x+1−u)*ld + (3t+u)*channels + i]
//				}
//			}
//			dst[x*channels+i] = s
//		}
//	}
//
// p[t] holds the products of the row of outputs that reaches this row with tap
// row t: all zero where that is outside the image. 3·channels ≤ 16.
func SumTaps(dst []float32, p *[3][]float32, ld, width, channels int) {
	if width < 1 || channels < 1 || 3*channels > 16 || ld < 9*channels || len(dst) < width*channels ||
		min(len(p[0]), len(p[1]), len(p[2])) < (width-1)*ld+9*channels {
		panic("gemm: SumTaps: outside its slices")
	}
	sumTaps(dst, p, ld, width, channels)
}
