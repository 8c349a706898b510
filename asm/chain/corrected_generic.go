package chain

// stepCorrectedGeneric is stepGivenGeneric with memory. The scale is not fixed.
func stepCorrectedGeneric(z, g, xi, a []float32, m Memory, s *step) {
	for i, v := range g {
		var c float32
		if s.scale == scaleGiven {
			c = a[i]
		} else {
			c = clipOne(v, s.b)
		}
		root, noise := sqrt32(c), float32(s.noise*xi[i])
		c *= s.drift
		d := float32(c * v)
		z[i] += d
		z[i] += float32(root * noise)
		z[i] += float32((root - m.Root[i]) * m.Noise[i])
		m.Root[i], m.Noise[i] = root, noise
	}
}
