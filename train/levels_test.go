package train

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"anila/langevin"
	"anila/nn"
	"anila/tensor"
)

// blobs is endless data of 32×32×1: smooth pictures that depend on the key.
type blobs struct{}

func (blobs) Shape() (h, w, c int) { return 32, 32, 1 }

func (blobs) Batch(dst []float32, key tensor.Key) {
	phase := make([]float32, len(dst)/1024)
	key.Uniforms(phase)
	for i := range dst {
		x, y := float64(i%32)/32, float64(i/32%32)/32
		dst[i] = float32(math.Sin(6*(x+y) + 6*float64(phase[i/1024])))
	}
}

// pyramidConfig has levels of 2, 3 and 4 iterations until the last goes on; half of the second and third fade.
func pyramidConfig() Config {
	return Config{
		Seed: 9, Batch: 4, Optimizer: nn.OptimizerConfig{Name: "adam", Beta1: 0.5, Beta2: 0.9}, Rate: nn.Schedule{Rate: 1e-3, Decay: 0.9}, EMA: 0.5,
		Sampler: langevin.Config{Kernel: "anila", Steps: 4, Drift: 2, Noise: 0.05, B: 1, Clamp: 1.1},
		Start:   langevin.StartConfig{Kind: "noise-uniform"},
		Levels:  Levels{Pictures: []int{12, 12, 16}, Batch: []int{6, 4, 4}, Steps: []int{3, 4, 2}, Rate: []float64{1e-3, 2e-3, 3e-3}, Fade: 0.5},
	}
}

func pyramidTrainer(t *testing.T, cfg Config, workers int) *Trainer {
	t.Helper()
	network, err := nn.New(nn.Spec{Net: "pyramid", N: 1, H: 32, W: 32, C: 1, SpectralNorm: true})
	if err != nil {
		t.Fatal(err)
	}
	network.Init(cfg.Seed)
	w := tensor.NewWorkers(workers)
	t.Cleanup(w.Close)
	trainer, err := New(network, blobs{}, cfg, w)
	if err != nil {
		t.Fatal(err)
	}
	return trainer
}

func TestLevelsGoFromCoarseToFine(t *testing.T) {
	cfg := pyramidConfig()
	trainer := pyramidTrainer(t, cfg, 1)
	var got []string
	weights := map[string]float32{}
	for range 11 {
		m := trainer.Iterate()
		spec := trainer.Network().Spec()
		got = append(got, fmt.Sprintf("%d %.2g ×%d %.3g", spec.H, spec.Fade, len(trainer.fx), m.Rate*1e3))
		for _, p := range trainer.Network().Params() {
			weights[p.Name] = p.Data[0]
		}
		if len(trainer.fz) != len(trainer.fx) {
			t.Errorf("%d chains beside %d data", len(trainer.fz), len(trainer.fx))
		}
	}
	want := []string{
		"8 0 ×6 1", "8 0 ×6 0.9",
		"16 0.5 ×4 2", "16 0 ×4 1.8", "16 0 ×4 1.62",
		"32 0.33 ×4 3", "32 0.67 ×4 2.7", "32 0 ×4 2.43", "32 0 ×4 2.19", "32 0 ×4 1.97", "32 0 ×4 1.77",
	}
	if !slices.Equal(got, want) {
		t.Errorf("sides, fades, batches, rates:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, name := range []string{"rgb.8.weight", "rgb.16.weight", "rgb.32.weight", "blocks.8.conv1.weight", "blocks.32.conv2.weight", "head.0.weight"} {
		if _, ok := weights[name]; !ok {
			t.Errorf("no level had %s", name)
		}
	}
	if n := len(trainer.Network().Params()); n != 2+3*6+8 {
		t.Errorf("the finest network ends with %d parameters", n)
	}
}

// What a network has learned goes on: at a new level the shared weights are those of before, and within a level the moments and
// the average, too.
func TestLevelsInheritWhatTheyShare(t *testing.T) {
	trainer := pyramidTrainer(t, pyramidConfig(), 1)
	for iteration := range 9 {
		before := trainer.Snapshot()
		if iteration > 0 {
			level := trainer.growth.stage.level
			trainer.growth.advance(trainer)
			after := trainer.Snapshot()
			newLevel := trainer.growth.stage.level != level
			if c := trainer.growth.coarse; c != nil {
				for _, p := range c.network.Params() {
					for _, now := range after.Weights {
						if now.Name == p.Name && !slices.Equal(now.Data, p.Data) {
							t.Errorf("iteration %d: the level below has another %s", iteration, p.Name)
						}
					}
				}
			}
			for _, old := range before.Weights {
				for _, now := range after.Weights {
					if old.Name == now.Name && !slices.Equal(old.Data, now.Data) {
						t.Errorf("iteration %d: %s changed on the way to the next stage", iteration, old.Name)
					}
				}
			}
			if steps := after.OptimizerSteps; newLevel && steps != 0 || !newLevel && steps != before.OptimizerSteps {
				t.Errorf("iteration %d: the optimizer counts %d steps, %d before", iteration, steps, before.OptimizerSteps)
			}
			for _, now := range after.Optimizer {
				for _, old := range before.Optimizer {
					if old.Name == now.Name && !slices.Equal(old.Data, now.Data) {
						t.Errorf("iteration %d: moment %s changed", iteration, old.Name)
					}
				}
			}
			for _, now := range after.EMA {
				for i, w := range after.Weights {
					if newLevel && w.Name == now.Name && !slices.Equal(w.Data, now.Data) {
						t.Errorf("iteration %d: the average of %s, tensor %d, does not begin anew", iteration, w.Name, i)
					}
				}
				for _, old := range before.EMA {
					if !newLevel && old.Name == now.Name && !slices.Equal(old.Data, now.Data) {
						t.Errorf("iteration %d: the average of %s changed", iteration, old.Name)
					}
				}
			}
		}
		trainer.Iterate()
	}
}

// A level's first averages are its first weights, not what its new block was drawn with.
func TestEachLevelWarmsItsAverageUp(t *testing.T) {
	cfg := pyramidConfig()
	cfg.EMA = 0.2
	trainer := pyramidTrainer(t, cfg, 1)
	for i, decay := range []float64{1. / 10, 2. / 11, 1. / 10, 2. / 11, 0.2, 1. / 10, 2. / 11, 0.2, 0.2} {
		if i > 0 {
			trainer.growth.advance(trainer)
		}
		before := copyTensors(trainer.ema.Tensors())
		trainer.Iterate()
		for k, p := range trainer.Network().Params() {
			for j, v := range trainer.ema.Tensors()[k].Data {
				old, now := float64(before[k].Data[j]), float64(p.Data[j])
				if want := decay*old + (1-decay)*now; math.Abs(float64(v)-want) > 1e-6*(math.Abs(old)+math.Abs(now)) {
					t.Fatalf("iteration %d: the average of %s is %v, want %v", i, p.Name, v, want)
				}
			}
		}
	}
}

// Undisturbed, or resumed after any iteration, with any number of workers: the same bits.
func TestLevelsResumeExactly(t *testing.T) {
	const last = 10
	run := pyramidTrainer(t, pyramidConfig(), 1)
	snapshots := []*Snapshot{run.Snapshot()}
	for range last {
		run.Iterate()
		snapshots = append(snapshots, run.Snapshot())
	}
	for at, s := range snapshots {
		resumed := pyramidTrainer(t, pyramidConfig(), 1+at%3)
		if err := resumed.Restore(s); err != nil {
			t.Fatalf("resumed at %d: %v", at, err)
		}
		for i := at; i < min(last, at+3); i++ {
			resumed.Iterate()
			got, want := resumed.Snapshot(), snapshots[i+1]
			for k, a := range got.Weights {
				if b := want.Weights[k]; a.Name != b.Name || !sameFloats(a.Data, b.Data) {
					t.Fatalf("resumed at %d: after iteration %d %s differs", at, i, a.Name)
				}
			}
			for k, a := range got.EMA {
				if !sameFloats(a.Data, want.EMA[k].Data) {
					t.Fatalf("resumed at %d: after iteration %d the average of %s differs", at, i, a.Name)
				}
			}
			if !sameFloats(got.Chains, want.Chains) {
				t.Fatalf("resumed at %d: after iteration %d the chains differ", at, i)
			}
		}
	}
}

func sameFloats(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
}

// With a network of zeros chains are noise alone, so that the starts of a block that fades in can be said by value: ends of the
// level below, enlarged, after (1 − weight)·K steps, and fresh noise in proportion.
func TestFadedChainsStartFromTheLevelBelow(t *testing.T) {
	cfg := pyramidConfig()
	cfg.Sampler.Clamp, cfg.Rate.Rate = 0, 1e-30
	cfg.Levels.Rate = nil
	trainer := pyramidTrainer(t, cfg, 2)
	for _, p := range trainer.growth.network.Params() {
		clear(p.Data)
	}
	trainer.growth.config.Rate = nn.Schedule{Rate: 1e-30}
	if err := trainer.growth.enter(trainer, 0); err != nil {
		t.Fatal(err)
	}
	zero := func(n *nn.Network) {
		for _, p := range n.Params() {
			clear(p.Data)
		}
		n.Pack(nil)
	}
	zero(trainer.net)
	trainer.Iterate()
	trainer.Iterate()
	trainer.growth.advance(trainer) // to iteration 2, whose weight is ½
	zero(trainer.net)
	zero(trainer.growth.coarse.network)
	trainer.Iterate()
	if trainer.growth.weight != 0.5 || trainer.iteration != 3 {
		t.Fatalf("weight %v after iteration %d", trainer.growth.weight, trainer.iteration)
	}

	// noise adds the steps' noise to z.
	noise := func(z []float32, dim, first, steps int) {
		xi := make([]float32, dim)
		for chain := range len(z) / dim {
			for k := range steps {
				tensor.Key{Seed: cfg.Seed, Purpose: tensor.PurposeLangevin, Chain: uint32(chain), Step: uint64(first + k)}.Normals(xi)
				for i, e := range xi {
					z[chain*dim+i] += float32(cfg.Sampler.Noise) * e
				}
			}
		}
	}
	// start draws uniform noise; step 0 is the one that fills a bank.
	start := func(dim int, step uint64) []float32 {
		z := make([]float32, 4*dim)
		for chain := range 4 {
			row := z[chain*dim : (chain+1)*dim]
			tensor.Key{Seed: cfg.Seed, Purpose: tensor.PurposeStart, Chain: uint32(chain), Step: step}.Uniforms(row)
			for i, u := range row {
				row[i] = 2*u - 1
			}
		}
		return z
	}
	const walk = 4 // the longest chain of all levels
	below := start(64, coarseDraw+2+1)
	noise(below, 64, 2*2*walk+walk, 2) // half of the level's 4 steps
	want := start(256, 2+1)
	for i := range want {
		chain, y, x := i/256, i/16%16, i%16
		want[i] = (want[i] + below[chain*64+y/2*8+x/2]) / 2
	}
	noise(want, 256, 2*2*walk, 4)
	for i, v := range trainer.Chains() {
		if math.Abs(float64(v-want[i])) > 1e-6 {
			t.Fatalf("coordinate %d of the chains is %v, want %v", i, v, want[i])
		}
	}
}

func TestLevelsThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		change func(*Config)
		net    string
		want   string
	}{
		{func(c *Config) {}, "resnet", "pyramid"},
		{func(c *Config) { c.Levels.Pictures = []int{4, 4, 4, 4} }, "pyramid", "below 8"},
		{func(c *Config) { c.Levels.Pictures = []int{4, 0, 4} }, "pyramid", "no pictures"},
		{func(c *Config) { c.Levels.Batch = []int{4} }, "pyramid", "1 batches for 3 levels"},
		{func(c *Config) { c.Levels.Batch = []int{4, 0, 4} }, "pyramid", "no batch"},
		{func(c *Config) { c.Levels.Steps = []int{4, 4, -1} }, "pyramid", "without steps"},
		{func(c *Config) { c.Levels.Rate = []float64{1, math.NaN(), 1} }, "pyramid", "above 0"},
		{func(c *Config) { c.Levels.Fade = 1.5 }, "pyramid", "between 0 and 1"},
		{func(c *Config) { c.Start.Kind = "persistent" }, "pyramid", "from noise"},
	} {
		cfg := pyramidConfig()
		c.change(&cfg)
		network, err := nn.New(nn.Spec{Net: c.net, N: 2, H: 32, W: 32, C: 1})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := New(network, blobs{}, cfg, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v; want it to say %q", err, c.want)
		}
	}
}

// The noise of the data is that of the level's pictures, not an average of it.
func TestEachLevelHasTheNoiseItNames(t *testing.T) {
	const sd = 0.25
	cfg := pyramidConfig()
	cfg.DataNoise = sd
	trainer := pyramidTrainer(t, cfg, 1)
	for range 6 {
		key := trainer.batchKey()
		trainer.Iterate()
		side, _, _ := trainer.Network().Shape()
		clean := make([]float32, len(trainer.x))
		shrink(blobs{}, 32/side).Batch(clean, key)
		var square float64
		for i, x := range trainer.x {
			square += float64(x-clean[i]) * float64(x-clean[i])
		}
		n := float64(len(clean))
		if got := math.Sqrt(square / n); math.Abs(got/sd-1) > 5/math.Sqrt(2*n) {
			t.Errorf("side %d: noise of sd %v, want %v", side, got, sd)
		}
	}
}

// A network of a level has that level's batch, steps and rate.
func TestLevelOfAFactor(t *testing.T) {
	cfg := pyramidConfig()
	for factor, want := range map[int][3]float64{4: {6, 3, 1e-3}, 2: {4, 4, 2e-3}, 1: {4, 2, 3e-3}} {
		c := cfg.Level(factor)
		if got := [3]float64{float64(c.Batch), float64(c.Sampler.Steps), c.Rate.Rate}; got != want {
			t.Errorf("factor %d: batch, steps, rate %v, want %v", factor, got, want)
		}
	}
	cfg.Levels = Levels{}
	if c := cfg.Level(1); c.Batch != cfg.Batch || c.Sampler.Steps != cfg.Sampler.Steps {
		t.Errorf("without levels: %+v", c)
	}
}

func TestShrinkAverages(t *testing.T) {
	small := shrink(blobs{}, 4)
	if h, w, c := small.Shape(); h != 8 || w != 8 || c != 1 {
		t.Fatalf("shape %d×%d×%d", h, w, c)
	}
	key := tensor.Key{Seed: 1, Purpose: tensor.PurposeBatch}
	full, got := make([]float32, 2*1024), make([]float32, 2*64)
	blobs{}.Batch(full, key)
	small.Batch(got, key)
	for i, v := range got {
		image, y, x := i/64, i/8%8, i%8
		var want float64
		for k := range 16 {
			want += float64(full[image*1024+(4*y+k/4)*32+4*x+k%4]) / 16
		}
		if math.Abs(float64(v)-want) > 1e-6 {
			t.Errorf("float %d: %v, want %v", i, v, want)
		}
	}
}
