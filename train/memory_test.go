package train

import (
	"runtime"
	"testing"

	"anila/langevin"
	"anila/nn"
	"anila/tensor"
	"anila/train/data"
)

// TestMemoryIsWhatIsTaken holds what is told beforehand against what New and Snapshot take.
func TestMemoryIsWhatIsTaken(t *testing.T) {
	pixels, err := data.NewImages("noise", make([]byte, 50*32*32*3), 32, 32, 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	base := Config{Sampler: langevin.Config{Kernel: "anila", Steps: 2, Drift: 0.5, Noise: 0.01, B: 1e-4}, Start: langevin.StartConfig{Kind: "noise-uniform"},
		Batch: 10, Optimizer: nn.OptimizerConfig{Name: "adam"}, Rate: nn.Schedule{Rate: 1e-4}}
	for name, change := range map[string]func(c *Config){
		"noise":      func(*Config) {},
		"bank":       func(c *Config) { c.Start.Kind = "persistent" },
		"large bank": func(c *Config) { c.Start.Kind, c.Start.Bank = "replay", 700 },
		"average":    func(c *Config) { c.EMA = 0.9 },
		"shards":     func(c *Config) { c.Shards = 5 },
		"sgd":        func(c *Config) { c.Optimizer.Name = "sgd" },
		"many":       func(c *Config) { c.Batch, c.Start.Count = 150, 300 },
		"mala":       func(c *Config) { c.Sampler = langevin.Config{Kernel: "mala", Steps: 2, Step: 1e-4, Temperature: 1} },
		"hmc": func(c *Config) {
			c.Sampler = langevin.Config{Kernel: "hmc", Steps: 2, Step: 1e-4, Temperature: 1, Leapfrog: 3}
		},
	} {
		c := base
		change(&c)
		workers := tensor.NewWorkers(2) // none has memory of a trainer before
		defer workers.Close()
		network, err := nn.New(nn.Spec{Net: "vanilla", N: 8})
		if err != nil {
			t.Fatal(err)
		}
		told, err := c.Memory(network.Memory(), pixels.Len(), workers, 1)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		trainer, err := New(network, pixels, c, workers)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		runtime.ReadMemStats(&after)
		taken := float64(after.TotalAlloc - before.TotalAlloc)
		memory := network.Memory()
		// Of the network New takes what its gradient and the average do, and the optimizer's moments come with the first step.
		want := float64(memory.Gradient(workers, c.gradientChunk(network.Dim())) + told.Chains + told.Bank)
		if c.EMA > 0 {
			want += float64(memory.Parameters())
		}
		if taken < 0.95*want-300e3 || taken > 1.05*want+300e3 {
			t.Errorf("%s: New takes %.2f MB, told are %.2f MB", name, taken/1e6, want/1e6)
		}
		if told.Snapshot != trainer.SnapshotBytes() {
			t.Errorf("%s: a snapshot has %d bytes, told are %d", name, trainer.SnapshotBytes(), told.Snapshot)
		}
	}
}
