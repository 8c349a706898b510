package run

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"anila/asm/isa"
	"anila/langevin"
	"anila/nn"
	"anila/tensor"
	"anila/train"
	"anila/train/settings"
)

// TestExactResume: 2N iterations give the same bits as N, a stop, and N more with another number of workers, for every
// start of chains, every optimizer and every kernel.
func TestExactResume(t *testing.T) {
	t.Parallel() // most of its time goes to waiting for the disk
	var cases [][]string
	for _, start := range langevin.StartKinds() {
		for _, optimizer := range nn.Optimizers() {
			cases = append(cases, []string{"chains.start=" + start, "optim.name=" + optimizer, "chains.restart=0.3"})
		}
	}
	for _, kernel := range langevin.Kernels() {
		keys := []string{"sampler.kernel=" + kernel, "model.temperature=0.02"}
		if kernel == "hmc" || kernel == "rwm" {
			keys = append(keys, "sampler.step=0.05")
		}
		c, err := settings.Resolve(settings.Layers{Preset: "rings-small", Settings: keys})
		if err != nil {
			t.Fatal(err)
		}
		if c.Train.Sampler.Metropolis() {
			keys = append(keys, "sampler.adapt=5")
		}
		cases = append(cases, keys)
	}
	cases = append(cases,
		[]string{"data.noise=0.1", "train.alpha=0.01", "train.clip=0.5", "model.reference_sd=2", "ema.decay=0"},
		[]string{"optim.name=adamw", "optim.weight_decay=0.01", "model.spectral_norm=true", "optim.decay=0.9"},
		[]string{"sampler.scope=sample", "sampler.noise_form=linear"},
		[]string{"train.shards=4", "chains.bank=32", "chains.start=replay"},
		[]string{"train.shards=2", "chains.start=data"},
	)
	for i, keys := range cases {
		if testing.Short() && i%5 != 0 {
			continue
		}
		t.Run(fmt.Sprint(keys), func(t *testing.T) {
			keys := append([]string{"train.iterations=8", "chains.bank=30", "checkpoint.every=100"}, keys...)
			want := finish(t, startRun(t, tiny(t, keys...), Options{Workers: 1 + i%3}), nil)
			exactResume(t, tiny(t, keys...), 4, 1+i%3, 1+(i+1)%3, lastTensors(t, want.Checkpoint))
		})
	}
	t.Run("images", func(t *testing.T) {
		for _, start := range langevin.StartKinds() {
			if testing.Short() && start != "replay" {
				continue
			}
			c := tinyImages(t, "chains.start="+start, "chains.count=5", "chains.bank=9")
			want := finish(t, startRun(t, c, Options{Workers: 2}), nil)
			exactResume(t, c, 2, 1, 3, lastTensors(t, want.Checkpoint))
		}
	})
}

// exactResume stops a run after an iteration, resumes it with other workers, and compares its end.
func exactResume(t *testing.T, c settings.Config, stop uint64, before, after int, want map[string][]float32) {
	t.Helper()
	r := startRun(t, c, Options{Workers: before})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	res, err := r.Train(ctx, &hooks{progress: func(p Progress) {
		if p.Iteration == stop {
			cancel()
		}
	}})
	if err != nil || res.Status != Interrupted || res.Iteration != stop {
		t.Fatalf("%+v, %v", res, err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err = Resume(r.Folder.Path, nil, nil, Options{Workers: after}); err != nil {
		t.Fatal(err)
	}
	sameTensors(t, lastTensors(t, finish(t, r, nil).Checkpoint), want)
}

// TestResumeWithOtherShards: the number of shards is a run's own.
func TestResumeWithOtherShards(t *testing.T) {
	r := startRun(t, tiny(t, "train.shards=2", "chains.bank=48"), Options{})
	finish(t, r, nil)
	_, err := Resume(r.Folder.Path, []string{"train.shards=4", "train.iterations=20"}, nil, Options{})
	if err == nil || !strings.Contains(err.Error(), "train.shards = 4: want 2") {
		t.Errorf("resumed with other shards: %v", err)
	}
}

// A checkpoint of another instruction set or of another table of algorithms is resumed with a word about its bits; one from
// before the table's version was kept is of table 1.
func TestOtherBits(t *testing.T) {
	tier := isa.Current().String()
	for _, c := range []struct {
		state train.State
		want  string
	}{
		{train.State{Tier: tier, AlgorithmTable: tensor.AlgorithmTable}, ""},
		{train.State{Tier: tier}, "version 1 of the table"},
		{train.State{Tier: "other", AlgorithmTable: tensor.AlgorithmTable}, "computed with other"},
		{train.State{Tier: tier, AlgorithmTable: tensor.AlgorithmTable, Algorithm: "winograd"}, "(winograd) than this session (those of the table)"},
	} {
		if got := strings.Join(otherBits(c.state), "; "); !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%+v: %q, want %q", c.state, got, c.want)
		}
	}
}
