package train

import "anila/tensor"

// withNoise returns src with Gaussian noise of standard deviation sd added to every value drawn, keyed by the batch's key under
// PurposeDataNoise (chain = place in the batch); src itself for sd = 0.
func withNoise(src Source, sd float64) Source {
	if sd == 0 {
		return src
	}
	return &noisy{src, float32(sd)}
}

type noisy struct {
	Source
	sd float32
}

func (s *noisy) Batch(dst []float32, key tensor.Key) {
	s.Source.Batch(dst, key)
	s.add(dst, key)
}

// add adds the noise to the items dst of a batch, from that on of which key.Chain is the place.
func (s *noisy) add(dst []float32, key tensor.Key) {
	h, w, c := s.Shape()
	item := h * w * c
	noise := make([]float32, item)
	key.Purpose = tensor.PurposeDataNoise
	first := key.Chain
	for i := 0; i*item < len(dst); i++ {
		key.Chain = first + uint32(i)
		key.Normals(noise)
		for j, e := range noise {
			dst[i*item+j] += float32(s.sd * e)
		}
	}
}
