package settings

import (
	"context"
	"fmt"
	"math"
	"strings"

	"anila/nn"
	"anila/train"
	"anila/train/data"
)

// Picked is a choice of settings for data, and its reason.
type Picked struct{ What, Why string }

// Pick chooses network, sampler, step, batch and the like for data at a place by their shape, and says what it chose and why.
// Settings and flags of the layers go before its choice; Preset and File must be "". The data are returned as they were opened,
// for Config.Prepare.
func Pick(ctx context.Context, place data.Place, l Layers, loading func(done, total int)) (c Config, source data.Source, picked []Picked, err error) {
	l.base = func() Config {
		c := defaults()
		c.Data = Data{Name: place.Name, Dir: place.Dir, Missing: "refuse"}
		return c
	}
	open := Layers{base: l.base, Flags: l.Flags} // the keys that say how the data are opened; others may need what is picked
	for _, s := range l.Settings {
		if strings.HasPrefix(strings.TrimSpace(s), "data.") {
			open.Settings = append(open.Settings, s)
		}
	}
	if c, err = Resolve(open); err != nil {
		return c, nil, nil, err
	}
	if source, err = data.OpenWith(ctx, c.Data.Name, c.Data.options(loading)); err != nil {
		return c, nil, nil, fmt.Errorf("train: %w", err)
	}
	set, ok := source.(data.Set)
	if !ok {
		return c, nil, nil, fmt.Errorf("train: %s is a density: train it with a preset, such as %s-small", place.Name, place.Name)
	}
	h, w, channels := set.Shape()
	base := l.base()
	note := func(what, why string, args ...any) { picked = append(picked, Picked{what, fmt.Sprintf(why, args...)}) }
	if h*w == 1 {
		vectors(&base, set, channels, note)
	} else {
		pictures(&base, set, h, w, channels, note)
	}
	l.base = func() Config { return base }
	c, err = Resolve(l)
	return c, source, picked, err
}

// vectors chooses for n vectors of d numbers. What smallToy says of temperature, step and bound holds here too, in units of the
// standardised columns. Weights decay: without that a few hundred items are learned by heart, and where numbers take few
// values f grows in places that no chain comes by (randhie of docs/own.md: −21 nats an item instead of −8).
func vectors(c *Config, set data.Set, d int, note func(what, why string, args ...any)) {
	n := set.Len()
	smallToy(c)
	c.Data.Scale, c.Train.DataNoise = "standard", 0.3
	_, constant := data.Fit(set, c.Data.Scale)
	why := "columns in units of their own"
	if len(constant) > 0 {
		why += fmt.Sprintf("; %d of them do not vary", len(constant))
	}
	note("data.scale = standard", "%s", why)
	note("data.noise = 0.3", "standard deviations: values that repeat are no spikes, and few items no points")
	if n >= 50 {
		c.Data.HeldOut = 0.1
		note("data.held_out = 0.1", "%d of %d items for eval", int(math.Round(c.Data.HeldOut*float64(n))), n)
	}
	c.Network = nn.Spec{Net: "mlp", N: c.Network.N, Leak: c.Network.Leak, Widths: []int{128, 128}}
	note("model.net = mlp", "vectors of %d numbers; widths %v", d, c.Network.Widths)
	c.Train.ReferenceSD = 1
	note("model.reference_sd = 1", "beside the data, the density falls as a Gaussian does")
	s := c.Train.Sampler
	note(fmt.Sprintf("sampler.kernel = %s, step = %v", s.Kernel, s.Step), "noise of %v in a step, a third of data.noise; T = %v", math.Sqrt(s.Step), s.Temperature)
	c.Train.Start.Bank, c.Train.Start.Noise, c.Train.Start.Scale = 5000, "gaussian", c.Train.ReferenceSD
	c.Train.Batch = min(256, max(32, n/2))
	note(fmt.Sprintf("train.batch = %d", c.Train.Batch), "at most half of the items; %d persistent chains", c.Train.Start.Bank)
	c.Train.Optimizer.Name, c.Train.Optimizer.Decay = "adamw", 0.3
	note("optim.weight_decay = 0.3", "what is not in many items is not learned")
	c.Iterations, c.Checkpoint.Every = 2000, 1000
}

// pictures chooses for images: what the presets NAME-replay have, for a few minutes.
func pictures(c *Config, set data.Set, h, w, channels int, note func(what, why string, args ...any)) {
	name := c.Data
	replay(c, name.Name, false)
	c.Data = name
	c.Iterations, c.Checkpoint.Every = 2000, 100
	c.Train.Batch = min(c.Train.Batch, set.Len())
	c.Train.Start.Bank = max(c.Train.Batch, min(c.Train.Start.Bank, train.LargestBank/(h*w*channels)))
	if a, ok := data.Underlying(set).(*data.ArraySet); ok && a.Warning != "" {
		c.Data.Scale = "range"
		note("data.scale = range", "the values do not lie in [−1, 1]")
	}
	c.Network.Layers = halving(h, w, c.Network.N)
	note("model.net = layers", "images of %d×%d: 4×4 convolutions with stride 2 to a side of 4 or less, then one linear layer", h, w)
	s := c.Train.Sampler
	note(fmt.Sprintf("chains.start = replay, sampler.steps = %d", s.Steps), "%d chains that go on, of which one in %.0f starts anew from noise", c.Train.Start.Bank, 1/c.Train.Start.Restart)
	note(fmt.Sprintf("model.reference_sd = %v", c.Train.ReferenceSD), "beside f, every step takes a share of a state away: training holds")
	note(fmt.Sprintf("train.batch = %d", c.Train.Batch), "%d items", set.Len())
}

// halving is a 3×3 convolution to n channels and 4×4 convolutions with stride 2, which double them up to 8n, until the image has a
// side of 4 or less, with swish behind each, and a linear layer: vanilla but for the swish on images of 32×32.
func halving(h, w, n int) []nn.LayerSpec {
	list := []nn.LayerSpec{{Type: "conv", Out: n, Padding: 1}, {Type: "swish"}}
	for out := 2 * n; min(h, w) > 4; out = min(2*out, 8*n) {
		list = append(list, nn.LayerSpec{Type: "conv", Out: out, Kernel: 4, Stride: 2, Padding: 1}, nn.LayerSpec{Type: "swish"})
		h, w = h/2, w/2
	}
	return append(list, nn.LayerSpec{Type: "flatten"}, nn.LayerSpec{Type: "linear", Out: 1})
}
