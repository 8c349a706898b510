package data

import (
	"fmt"
	"math"
)

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
	// Apart is the mean Euclidean distance from each image to the next, 0 for a single one.
	Apart float64 `json:"apart"`
}

// How far pictures may be from others before Unlike speaks of them.
const (
	leastNeighbour = 0.5  // correlation of neighbouring pixels
	mostMeanOff    = 0.1  // of a channel's mean
	mostSDOff      = 0.05 // of a channel's SD
	leastApart     = 0.7  // share of the others' distance
)

// Unlike says in what images are far from others, the data that a model was trained on: as noise, blank pictures or copies of a
// few are. Images that it says nothing of need not be good; they lie about where the data lie.
func (s Statistics) Unlike(others Statistics) []string {
	var why []string
	check := func(ok bool, format string, v ...any) {
		if !ok {
			why = append(why, fmt.Sprintf(format, v...))
		}
	}
	check(s.Neighbour >= leastNeighbour, "neighbouring pixels correlate %.3f; at least %v", s.Neighbour, leastNeighbour)
	check(len(s.Mean) == len(others.Mean), "they have %d channels, not %d", len(s.Mean), len(others.Mean))
	for ch := range min(len(s.Mean), len(others.Mean)) {
		check(math.Abs(s.Mean[ch]-others.Mean[ch]) <= mostMeanOff, "the mean of channel %d is %.3f; within %v of %.3f", ch, s.Mean[ch], mostMeanOff, others.Mean[ch])
		check(math.Abs(s.SD[ch]-others.SD[ch]) <= mostSDOff, "the SD of channel %d is %.3f; within %v of %.3f", ch, s.SD[ch], mostSDOff, others.SD[ch])
	}
	check(s.Apart >= leastApart*others.Apart, "one is %.2f from the next; at least %v of %.2f", s.Apart, leastApart, others.Apart)
	return why
}

// String is a line for a reader: mean and SD of each channel, correlation, distance.
func (s Statistics) String() string {
	return fmt.Sprintf("mean %.3f, sd %.3f, neighbouring pixels correlate %.3f, one is %.2f from the next", s.Mean, s.SD, s.Neighbour, s.Apart)
}

// Finite makes statistics fit for JSON, which has no NaN: a correlation that does not exist is 0, and statistics of values that
// are not all finite are left out.
func (s Statistics) Finite() *Statistics {
	if math.IsNaN(s.Neighbour) {
		s.Neighbour = 0
	}
	for ch, m := range s.Mean {
		if v := m + s.SD[ch] + s.Min[ch] + s.Max[ch]; v-v != 0 {
			return nil
		}
	}
	return &s
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
	last    []float32 // image
	apart   float64   // Σ of distances from an image to the next
}

// Add takes in images [n, h, w, c]. It panics when their shape is not that of an earlier call or x is no whole number of images.
func (m *Moments) Add(x []float32, h, w, c int) {
	item := h * w * c
	if item == 0 || len(x)%item != 0 || m.n > 0 && (len(m.last) != item || len(m.sum) != c) {
		panic("data: Moments: values are no whole number of images of the same shape")
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
		if m.n > 0 {
			square := 0.0
			for i, v := range image {
				d := float64(v) - float64(m.last[i])
				square += d * d
			}
			m.apart += math.Sqrt(square)
		}
		m.last = append(m.last[:0], image...)
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
	s.Apart = m.apart / float64(max(1, m.n-1))
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
