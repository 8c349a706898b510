package vec

func signsGeneric(bits []uint8, y []float32) {
	clear(bits)
	for i, v := range y {
		if v > 0 {
			bits[i/8] |= 1 << (i % 8)
		}
	}
}

func maskSignsGeneric(dx []float32, bits []uint8, leak float32) {
	for i := range dx {
		if bits[i/8]>>(i%8)&1 == 0 {
			dx[i] *= leak
		}
	}
}
