package chain

// pixelClip sets a[i] to the step of the pixel of coordinate first+i, for
// pixels of group coordinates of the row g.
func pixelClip(a, g []float32, first, group int, b float32) {
	if first%group == 0 && len(a)%group == 0 {
		if group == 2 || group == 3 {
			groupClip(a, g[first:first+len(a)], group, b)
			return
		}
	}
	for i := 0; i < len(a); {
		pixel := (first + i) / group
		var square float64
		for _, v := range g[pixel*group : (pixel+1)*group] {
			square += float64(float64(v) * float64(v))
		}
		v := clip(square, b)
		for end := min(len(a), (pixel+1)*group-first); i < end; i++ {
			a[i] = v
		}
	}
}
