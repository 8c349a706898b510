package eval

import (
	"anila/tensor"
	"anila/train/eval/features"
)

// Reference is what samples are held against: pictures of a data set by their features, or statistics from a file.
type Reference struct {
	*Statistics
	Features []float32 // [N, d]; nil of a file, and then there is no kernel distance
}

// NewReference makes one of the features x [N, d] that a network computed of the pictures of data. It panics with fewer than
// two.
func NewReference(data string, network *features.Network, x []float32) *Reference {
	s := NewStatistics(network.Source(), x, network.Dim())
	s.Data = data
	return &Reference{s, x}
}

// Distances are those of samples with features x [N, d] of the same network: Fréchet, and kernel where the reference has
// features. The subsets of the kernel distance are drawn by seed. It panics with fewer than two samples.
func (r *Reference) Distances(network *features.Network, x []float32, seed uint64, workers *tensor.Workers) ([]Distance, error) {
	d := network.Dim()
	frechet, err := Frechet(NewStatistics(network.Source(), x, d), r.Statistics)
	if err != nil {
		return nil, err
	}
	distance := Distance{Measure: network.Frechet(), Value: frechet, N: len(x) / d, Reference: r.N,
		Features: network.Source(), Data: r.Data}
	distances := []Distance{distance}
	if r.Features != nil {
		distance.Measure = network.Kernel()
		distance.Value, distance.SD = KID(x, r.Features, d, seed, workers)
		distances = append(distances, distance)
	}
	return distances, nil
}
