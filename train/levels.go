package train

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"

	"anila/internal/field"
	"anila/langevin"
	"anila/nn"
	"anila/nn/weightfile"
	"anila/tensor"
)

// Levels trains a pyramid from coarse to fine (Zhao, Xie and Li, ICLR 2021): on the data averaged to a small side first, then
// to twice that, up to their own. A level takes over the weights of the one before; its optimizer and moving average begin
// anew. While its new block is faded in (nn.Spec.Fade), its chains start from ends of chains on the level below, enlarged and
// mixed with fresh noise in proportion, after that from noise. Without Pictures there are no levels.
type Levels struct {
	Pictures []int     // data items of each level, the coarsest first; the last level goes on, its number measures its fade
	Batch    []int     // of each level, or none: Config.Batch
	Steps    []int     // of each level's chains, or none: Config.Sampler.Steps
	Rate     []float64 // of each level, or none: Config.Rate.Rate; it decays anew in each
	Fade     float64   // share of a level's pictures over which its first block is faded in, in [0, 1]
}

// stage is a part of training with one network.
type stage struct {
	level  int
	fading bool
}

// at returns the stage of an iteration, the iteration that its level began with, and the weight of a block that fades in.
func (l *Levels) at(iteration uint64, batch int) (s stage, began uint64, weight float64) {
	for i, pictures := range l.Pictures {
		b := choose(l.Batch, i, batch)
		iterations := uint64((pictures + b - 1) / b)
		if i < len(l.Pictures)-1 && iteration >= began+iterations {
			began += iterations
			continue
		}
		s.level = i
		fade := uint64(l.Fade * float64(iterations))
		if s.fading = i > 0 && iteration < began+fade; s.fading {
			weight = float64(iteration-began+1) / float64(fade+1)
		}
		break
	}
	return s, began, weight
}

// choose returns a level's value of a list, or the common one where there is no list.
func choose[T any](list []T, level int, common T) T {
	if len(list) == 0 {
		return common
	}
	return list[level]
}

// Level returns the configuration of the level whose items are those of the data averaged over factor×factor pixels, which
// without levels is c itself.
func (c Config) Level(factor int) Config {
	i := max(0, len(c.Levels.Pictures)-bits.Len(uint(factor)))
	c.Batch = choose(c.Levels.Batch, i, c.Batch)
	c.Sampler.Steps = choose(c.Levels.Steps, i, c.Sampler.Steps)
	c.Rate.Rate = choose(c.Levels.Rate, i, c.Rate.Rate)
	return c
}

// Validate says what cannot be, for the finest network and the start of chains.
func (l *Levels) Validate(spec nn.Spec, start langevin.StartConfig) error {
	n := len(l.Pictures)
	switch {
	case spec.Net != "pyramid":
		return fmt.Errorf("levels need the network pyramid, not %q", spec.Net)
	case spec.H>>(n-1) < 8:
		return fmt.Errorf("%d levels up to a side of %d begin below 8", n, spec.H)
	case start.Kind != "noise-uniform" && start.Kind != "noise-gaussian":
		return fmt.Errorf("levels start chains from noise, not from %s", start.Kind)
	case !(l.Fade >= 0 && l.Fade <= 1):
		return fmt.Errorf("fade over %v of a level; it lies between 0 and 1", l.Fade)
	case slices.Min(l.Pictures) < 1:
		return errors.New("a level of no pictures")
	case len(l.Batch) > 0 && slices.Min(l.Batch) < 1, len(l.Steps) > 0 && slices.Min(l.Steps) < 1:
		return errors.New("a level of no batch or of chains without steps")
	case slices.ContainsFunc(l.Rate, func(rate float64) bool { return !field.Positive(rate) }):
		return fmt.Errorf("rates of %v; they are above 0", l.Rate)
	}
	for _, list := range []struct {
		name string
		len  int
	}{{"batches", len(l.Batch)}, {"steps", len(l.Steps)}, {"rates", len(l.Rate)}} {
		if list.len != 0 && list.len != n {
			return fmt.Errorf("%d %s for %d levels", list.len, list.name, n)
		}
	}
	return nil
}

// growth takes a trainer through the levels.
type growth struct {
	config  Config      // of all levels
	network *nn.Network // of the finest, with the parameters that levels begin with
	source  Source      // of the finest
	walk    uint64      // steps of a chain, at most

	stage  stage
	began  uint64  // the iteration that the level began with
	weight float64 // of the block that fades in
	coarse *coarse // where chains come from meanwhile; else nil
}

// coarse is the level below one that fades in.
type coarse struct {
	network *nn.Network
	pool    *langevin.Pool
	bank    *langevin.Bank
	z       []float32
}

// newGrowth puts a trainer on the first level.
func newGrowth(t *Trainer, network *nn.Network, source Source, cfg Config) error {
	if err := cfg.Levels.Validate(network.Spec(), cfg.Start); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	g := &growth{config: cfg, network: network, source: source}
	for i := range cfg.Levels.Pictures {
		g.walk = max(g.walk, uint64(choose(cfg.Levels.Steps, i, cfg.Sampler.Steps)))
	}
	t.growth = g
	return g.enter(t, 0)
}

// advance makes the trainer ready for its next iteration. In another stage it gets another network, which takes over the
// weights so far; within a level the optimizer's moments and the moving average, too.
func (g *growth) advance(t *Trainer) {
	s, _, weight := g.config.Levels.at(t.iteration, g.config.Batch)
	if s != g.stage {
		old, level := *t, g.stage.level
		err := g.enter(t, t.iteration)
		if err == nil {
			copyParams(t.net, old.net)
			t.net.Pack(t.workers)
			if t.ema != nil {
				t.ema = nn.NewEMA(t.net.Params(), t.cfg.EMA)
			}
			if s.level == level {
				err = t.inherit(&old)
			}
		}
		if err != nil {
			panic("train: level: " + err.Error()) // newGrowth has checked what a level needs
		}
	}
	if g.weight = weight; s.fading {
		t.net.SetFade(weight)
		copyParams(g.coarse.network, t.net)
		g.coarse.network.Pack(t.workers)
	}
}

// enter gives the trainer what it needs in the stage of an iteration, with the parameters that levels begin with.
func (g *growth) enter(t *Trainer, iteration uint64) (err error) {
	c, spec := g.config, g.network.Spec()
	s, began, weight := c.Levels.at(iteration, c.Batch)
	g.stage, g.began, g.weight, g.coarse = s, began, weight, nil
	full := spec.H
	spec.H >>= len(c.Levels.Pictures) - 1 - s.level
	spec.W = spec.H
	c = c.Level(full / spec.H)
	c.Start.Count = 0
	source := shrink(g.source, full/spec.H)
	if s.fading {
		below := spec
		below.H, below.W = spec.H/2, spec.W/2
		if g.coarse, err = g.newCoarse(t, below, c); err != nil {
			return err
		}
		spec.Fade = weight
	}
	network, err := g.draw(spec)
	if err != nil {
		return err
	}
	return t.build(network, source, c)
}

// draw makes a network of a stage.
func (g *growth) draw(spec nn.Spec) (*nn.Network, error) {
	network, err := nn.New(spec)
	if err != nil {
		return nil, err
	}
	network.Init(g.config.Seed)
	copyParams(network, g.network)
	network.Pack(nil)
	return network, nil
}

func (g *growth) newCoarse(t *Trainer, spec nn.Spec, c Config) (*coarse, error) {
	network, err := g.draw(spec)
	if err != nil {
		return nil, err
	}
	c.Start.Count = c.Batch
	shards := t.ranks.shards(c)
	first, chains := shards.Part(c.Batch)
	b := &coarse{network: network, z: make([]float32, chains*network.Dim())}
	var errs [2]error
	b.bank, errs[0] = langevin.NewShardedBank(c.Start, network.Dim(), c.Seed, shards)
	if b.pool, errs[1] = langevin.NewPool(c.LogDensity(network), c.Sampler, t.workers, chains); errs[1] == nil {
		b.pool.Number(first, nil)
	}
	return b, errors.Join(errs[:]...)
}

// coarseDraw numbers the draws of coarse starts: training's own numbers never come that far.
const coarseDraw = 1 << 41

// start mixes the starts z, fresh noise, with chains from the level below: (1 − weight) of these, enlarged, after as large a
// share of a chain's steps.
func (g *growth) start(t *Trainer, firstStep uint64) {
	c := g.coarse
	if c == nil {
		return
	}
	c.bank.Draw(c.z, coarseDraw+t.iteration, nil)
	_ = c.pool.Start(c.z, g.config.Seed, firstStep) // starts that are not finite are told by the run that follows
	c.pool.Advance(int(math.Round((1-g.weight)*float64(t.cfg.Sampler.Steps))), nil)
	h, w, channels := c.network.Shape()
	fresh, below := float32(g.weight), float32(1-g.weight)
	for i := range t.z {
		at, ch := i/channels, i%channels
		image, y, x := at/(4*h*w), at/(2*w)%(2*h), at%(2*w)
		t.z[i] = float32(fresh*t.z[i]) + float32(below*c.z[((image*h+y/2)*w+x/2)*channels+ch])
	}
}

// inherit takes over the optimizer's moments and the average of the parameters that an earlier network had, too.
func (t *Trainer) inherit(old *Trainer) error {
	has := map[string]bool{}
	for _, p := range t.net.Params() {
		has[p.Name] = true
	}
	state := old.optimizer.State()
	state.Tensors = slices.DeleteFunc(state.Tensors, func(m weightfile.Tensor) bool { return !has[m.Name[:strings.LastIndexByte(m.Name, '.')]] })
	errs := []error{t.optimizer.Restore(t.net.Params(), state)}
	if t.ema != nil {
		average := slices.DeleteFunc(slices.Clone(old.ema.Tensors()), func(m weightfile.Tensor) bool { return !has[m.Name] })
		errs = append(errs, t.ema.Restore(average))
	}
	return errors.Join(errs...)
}

// copyParams copies the parameters that two networks have in common.
func copyParams(to, from *nn.Network) {
	values := map[string][]float32{}
	for _, p := range from.Params() {
		values[p.Name] = p.Data
	}
	for _, p := range to.Params() {
		copy(p.Data, values[p.Name])
	}
}

// shrink returns src with every item averaged over windows of factor×factor pixels.
func shrink(src Source, factor int) Source {
	if factor == 1 {
		return src
	}
	return &shrunk{src, factor}
}

type shrunk struct {
	Source
	factor int
}

func (s *shrunk) Shape() (h, w, c int) {
	h, w, c = s.Source.Shape()
	return h / s.factor, w / s.factor, c
}

func (s *shrunk) Batch(dst []float32, key tensor.Key) {
	full := make([]float32, len(dst)*s.factor*s.factor)
	s.Source.Batch(full, key)
	h, w, c := s.Source.Shape()
	tensor.AvgPool(dst, full, len(full)/(h*w*c), tensor.Pooling{InH: h, InW: w, Channels: c, Size: s.factor, Stride: s.factor})
}

// Len is the number of items, 0 without end.
func (s *shrunk) Len() int { return items(s.Source) }
