package data

import "math"

// Statistics of images, in units of [−1, 1]: what samples of a trained model are held against.
type Statistics struct {
	Count int       `json:"count"` // images
	Mean  []float64 `json:"mean"`  // of each channel
	SD    []float64 `json:"sd"`
	Min   []float64 `json:"min"`
	Max   []float64 `json:"max"`
	// Neighbour is the correlation of horizontally and vertically neighbouring pixels of the same channel, each channel
	// centred and scaled by its own mean and SD, averaged over all such pairs and channels. White noise has 0, natural
	// images above 0.9; it is NaN where images are one pixel or a channel is constant.
	Neighbour float64 `json:"neighbour"`
}

// Moments accumulates Statistics over batches. The zero value is ready.
type Moments struct {
	n       int // images
	sum, sq []float64
	lo, hi  []float64
	pixels  float64   // per channel
	pairs   float64   // neighbouring pairs per channel
	product []float64 // Σ over pairs of v·v'
	pairSum []float64 // Σ over pairs of v + v'
}

// Add takes in images [n, h, w, c]. It panics when c differs from an earlier call or x is no whole number of images.
func (m *Moments) Add(x []float32, h, w, c int) {
	item := h * w * c
	if item == 0 || len(x)%item != 0 || m.sum != nil && len(m.sum) != c {
		panic("data: Moments: values are no whole number of images of the same channels")
	}
	if m.sum == nil {
		m.sum, m.sq = make([]float64, c), make([]float64, c)
		m.product, m.pairSum = make([]float64, c), make([]float64, c)
		m.lo, m.hi = make([]float64, c), make([]float64, c)
		for ch := range c {
			m.lo[ch], m.hi[ch] = math.Inf(1), math.Inf(-1)
		}
	}
	for at := 0; at < len(x); at += item {
		image := x[at : at+item]
		for y := range h {
			for p := range w {
				pixel := image[(y*w+p)*c:][:c]
				for ch, v32 := range pixel {
					v := float64(v32)
					m.sum[ch] += v
					m.sq[ch] += v * v
					m.lo[ch], m.hi[ch] = math.Min(m.lo[ch], v), math.Max(m.hi[ch], v)
					if p+1 < w {
						right := float64(image[(y*w+p+1)*c+ch])
						m.product[ch] += v * right
						m.pairSum[ch] += v + right
					}
					if y+1 < h {
						below := float64(image[((y+1)*w+p)*c+ch])
						m.product[ch] += v * below
						m.pairSum[ch] += v + below
					}
				}
			}
		}
		m.n++
		m.pixels += float64(h * w)
		m.pairs += float64(h*(w-1) + (h-1)*w)
	}
}

// Statistics returns what Add has seen.
func (m *Moments) Statistics() Statistics {
	c := len(m.sum)
	s := Statistics{Count: m.n, Mean: make([]float64, c), SD: make([]float64, c), Min: m.lo, Max: m.hi}
	total := 0.0
	for ch := range c {
		mean := m.sum[ch] / m.pixels
		variance := math.Max(m.sq[ch]/m.pixels-mean*mean, 0)
		s.Mean[ch], s.SD[ch] = mean, math.Sqrt(variance)
		// E[(v−μ)(v'−μ)] over pairs, from the raw sums.
		covariance := m.product[ch]/m.pairs - mean*m.pairSum[ch]/m.pairs + mean*mean
		total += covariance / variance
	}
	s.Neighbour = total / float64(c)
	if math.IsInf(s.Neighbour, 0) {
		s.Neighbour = math.NaN()
	}
	return s
}

// Measure returns the statistics of images [n, h, w, c].
func Measure(x []float32, h, w, c int) Statistics {
	var m Moments
	m.Add(x, h, w, c)
	return m.Statistics()
}

// MeasureSet returns the statistics of a set, of at most limit of its items spread evenly over it (0: all).
func MeasureSet(s Set, limit int) Statistics {
	n := s.Len()
	if limit <= 0 || limit > n {
		limit = n
	}
	h, w, c := s.Shape()
	image := make([]float32, h*w*c)
	var m Moments
	for k := range limit {
		s.Items(image, []int{k * n / limit})
		m.Add(image, h, w, c)
	}
	return m.Statistics()
}
