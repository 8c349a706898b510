package train

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"anila/langevin"
	"anila/nn"
	"anila/tensor"
	"anila/train/comm"
	"anila/train/data"
)

// small makes a trainer of small images on so many workers.
func small(t *testing.T, c Config, workers int) *Trainer {
	t.Helper()
	own := tensor.NewWorkers(workers)
	t.Cleanup(own.Close)
	tr, err := smallOver(nil, c, own)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// smallOver is small on one of several ranks.
func smallOver(ranks *comm.Comm, c Config, workers *tensor.Workers) (*Trainer, error) {
	pixels := make([]byte, 24*8*8*3)
	for i := range pixels {
		pixels[i] = byte(i * i >> 3)
	}
	set, err := data.NewImages("small", pixels, 8, 8, 3, nil)
	if err != nil {
		return nil, err
	}
	network, err := nn.New(nn.Spec{Net: "resnet", N: 2, H: 8, W: 8})
	if err != nil {
		return nil, err
	}
	network.Init(5)
	return NewOver(ranks, network, set, c, workers)
}

// smallConfig trains small images from a replay bank.
func smallConfig(shards int) Config {
	return Config{
		Seed: 7, Shards: shards, Batch: 12, DataNoise: 0.1, Alpha: 0.01,
		Sampler:   langevin.Config{Kernel: "anila", Steps: 3, Drift: 1, Noise: 0.1, B: 1e-3},
		Start:     langevin.StartConfig{Kind: "replay", Count: 8, Bank: 24, Restart: 0.3},
		Optimizer: nn.OptimizerConfig{Name: "adam"}, Rate: nn.Schedule{Rate: 1e-3}, EMA: 0.5, Clip: 1,
	}
}

// TestShardsDoNotDependOnWorkers: with shards, too, no bit depends on the workers; and no shard draws from another one's part
// of the bank.
func TestShardsDoNotDependOnWorkers(t *testing.T) {
	for _, shards := range []int{2, 4} {
		var want State
		var tensors [][]float32
		for _, workers := range []int{1, 2, 3, 8, 64} {
			tr := small(t, smallConfig(shards), workers)
			for range 3 {
				tr.Iterate()
				for i, k := range tr.bank.Drawn() {
					if i/(8/shards) != k/(24/shards) {
						t.Fatalf("chain %d of %d shards starts from state %d", i, shards, k)
					}
				}
			}
			s := tr.Snapshot()
			got := [][]float32{s.Chains, s.Bank.States()}
			for _, x := range slices.Concat(s.Weights, s.EMA, s.Optimizer) {
				got = append(got, x.Data)
			}
			if workers == 1 {
				want, tensors = s.State, got
			} else if s.State != want || !reflect.DeepEqual(got, tensors) {
				t.Errorf("%d shards: %d workers give other bits than one", shards, workers)
			}
		}
	}
}

// TestShardsThatDoNotDivide: what cannot be cut into equal parts is refused by its name.
func TestShardsThatDoNotDivide(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"Batch = 12":            func(c *Config) { c.Shards = 8 },
		"Start.Count = 8":       func(c *Config) { c.Shards = 3 },
		"Start.Bank = 25":       func(c *Config) { c.Start.Bank = 25 },
		"an integer":            func(c *Config) { c.Shards = -1 },
		"each Levels.Batch":     func(c *Config) { c.Levels.Batch = []int{12, 9} },
		fmt.Sprint(mostShards):  func(c *Config) { c.Shards = mostShards + 1 },
		"":                      func(*Config) {},
		"Shards":                func(c *Config) { c.Shards = 5 },
		"a divisor of Batch = ": func(c *Config) { c.Shards = 24 },
	} {
		c := smallConfig(4)
		change(&c)
		if err := c.Validate(); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
	c := smallConfig(4)
	c.Start.Bank = 0
	if c, err := c.resolved(50_001, 3072); err != nil || c.Start.Bank != 50_000 {
		t.Errorf("a bank of %d states, %v", c.Start.Bank, err)
	}
}
