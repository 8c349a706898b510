package data

import (
	"fmt"

	"anila/tensor"
)

// WithChannels returns the items of a set with c channels: grey for 1 (0.299 of red, 0.587 of green and 0.114 of blue, as JPEG has
// it), RGB for 3 (all three the grey). A set that has c channels is returned itself.
func WithChannels(s Set, c int) (Set, error) {
	switch _, _, has := s.Shape(); {
	case has == c:
		return s, nil
	case has == 3 && c == 1, has == 1 && c == 3:
		return &recoloured{s, c}, nil
	default:
		return nil, fmt.Errorf("data: %s has %d channels; only 1 (grey) and 3 (RGB) become each other, not %d", s.Name(), has, c)
	}
}

// recoloured is a set of which the items are brought to c channels as they are drawn.
type recoloured struct {
	Set
	c int
}

func (s *recoloured) Shape() (h, w, c int) {
	h, w, _ = s.Set.Shape()
	return h, w, s.c
}

func (s *recoloured) Items(dst []float32, indices []int) {
	h, w, has := s.Set.Shape()
	if len(dst) != len(indices)*h*w*s.c {
		panic("data: Items: destination does not hold the items asked for")
	}
	from := make([]float32, len(indices)*h*w*has)
	s.Set.Items(from, indices)
	if s.c == 1 {
		for i := range dst {
			dst[i] = float32(0.299*float64(from[3*i]) + 0.587*float64(from[3*i+1]) + 0.114*float64(from[3*i+2]))
		}
		return
	}
	for i, v := range from {
		dst[3*i], dst[3*i+1], dst[3*i+2] = v, v, v
	}
}

func (s *recoloured) Batch(dst []float32, key tensor.Key) { drawItems(s, dst, key) }
