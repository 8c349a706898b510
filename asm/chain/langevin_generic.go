package chain

import "math"

// stepNormalsGeneric steps the coordinates that start at the counter ctr.
func stepNormalsGeneric(z, g, a []float32, s *step, seed uint64, ctr [4]uint32) {
	if s.noise == 0 {
		stepGivenGeneric(z, g, nil, a, s)
		return
	}
	var xi [4]float32
	for i := 0; i < len(z); i += 4 {
		j := min(len(z), i+4)
		normalsGeneric(xi[:], seed, ctr)
		if s.scale == scaleGiven {
			stepGivenGeneric(z[i:j], g[i:j], xi[:], a[i:j], s)
		} else {
			stepGivenGeneric(z[i:j], g[i:j], xi[:], nil, s)
		}
		ctr[0]++
	}
}

// stepGivenGeneric steps with the given noise xi, without noise if xi is nil. a
// is read for scaleGiven only.
func stepGivenGeneric(z, g, xi, a []float32, s *step) {
	drift, noise := s.drift, s.noise
	for i, v := range g {
		if s.scale != scaleFixed {
			var c float32
			if s.scale == scaleGiven {
				c = a[i]
			} else {
				c = clipOne(v, s.b)
			}
			drift, noise = s.drift*c, s.noise
			if s.linear == 0 {
				c = sqrt32(c)
			}
			noise *= c
		}
		d := float32(drift * v)
		z[i] += d
		if xi != nil {
			z[i] += float32(noise * xi[i])
		}
	}
}

// clipOne returns min(1, b/|v|), NaN for NaN.
func clipOne(v, b float32) float32 {
	c := b / float32(math.Abs(float64(v)))
	if c > 1 {
		c = 1
	}
	return c
}
