package eval

import "fmt"

// Distance is a distance between samples and reference pictures, with all that must be equal before two of them are compared.
type Distance struct {
	Measure   string  `json:"measure"` // "FID", "FD-ResNet56", "KID" …
	Value     float64 `json:"value"`
	SD        float64 `json:"sd,omitempty"`       // over subsets, for KID
	N         int     `json:"n"`                  // samples
	Reference int     `json:"reference_n"`        // reference pictures; 0 where a file of statistics does not say
	Features  string  `json:"features,omitempty"` // Features.Source
	Data      string  `json:"data"`               // what the reference pictures are
}

// Name is the measure with its numbers of pictures, "FD-ResNet56 (2000 against 10000)": estimates from other numbers are
// other quantities, because the bias of all of them depends on N.
func (d Distance) Name() string {
	reference := "an unknown number"
	if d.Reference > 0 {
		reference = fmt.Sprint(d.Reference)
	}
	return fmt.Sprintf("%s (%d against %s)", d.Measure, d.N, reference)
}

// Less reports whether d is nearer to the reference than other. Distances of other names, features or data are an error.
func (d Distance) Less(other Distance) (bool, error) {
	if a, b := d.Name(), other.Name(); a != b {
		return false, fmt.Errorf("eval: %s and %s cannot be compared", a, b)
	}
	if d.Features != other.Features || d.Data != other.Data {
		return false, fmt.Errorf("eval: %s by %s on %s and by %s on %s cannot be compared",
			d.Name(), d.Features, d.Data, other.Features, other.Data)
	}
	return d.Value < other.Value, nil
}
