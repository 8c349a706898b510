package eval

import (
	"context"

	"anila/tensor"
	"anila/train/data"
	"anila/train/eval/features"
)

// Reference is what samples are held against: pictures of a data set by their features, or statistics from a file.
type Reference struct {
	Data       string // what the pictures are
	Statistics *Statistics
	Features   []float32 // [N, d]; nil of a file, and then there is no kernel distance
}

// NewReference computes the features of the first n pictures of a set. progress may be nil.
func NewReference(ctx context.Context, network *features.Network, set data.Set, n int, workers *tensor.Workers, progress func(done int)) (*Reference, error) {
	x, err := network.Features(ctx, set, n, workers, progress)
	if err != nil {
		return nil, err
	}
	return &Reference{set.Name(), NewStatistics(network.Source(), x, network.Dim()), x}, nil
}

// Distances are those of samples with features x [N, d] of the same network: Fréchet, and kernel where the reference has
// features. The subsets of the kernel distance are drawn by seed. It panics with fewer than two samples.
func (r *Reference) Distances(network *features.Network, x []float32, seed uint64, workers *tensor.Workers) ([]Distance, error) {
	d := network.Dim()
	frechet, err := Frechet(NewStatistics(network.Source(), x, d), r.Statistics)
	if err != nil {
		return nil, err
	}
	distance := Distance{Measure: network.Frechet(), Value: frechet, N: len(x) / d, Reference: r.Statistics.N,
		Features: network.Source(), Data: r.Data}
	distances := []Distance{distance}
	if r.Features != nil {
		distance.Measure = network.Kernel()
		distance.Value, distance.SD = KID(x, r.Features, d, seed, workers)
		distances = append(distances, distance)
	}
	return distances, nil
}
