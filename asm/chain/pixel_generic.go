package chain

// groupClipGeneric is pixelClip for whole pixels.
func groupClipGeneric(a, g []float32, group int, b float32) {
	for i := 0; i < len(a); i += group {
		var square float64
		for _, v := range g[i : i+group] {
			square += float64(float64(v) * float64(v))
		}
		v := clip(square, b)
		for j := i; j < i+group; j++ {
			a[j] = v
		}
	}
}
