package train

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"anila/langevin"
	"anila/nn"
	"anila/tensor"
	"anila/train/comm"
)

// outcome is what some iterations came to, the chains and the bank of all ranks together.
type outcome struct {
	state   string
	metrics string
	tensors []byte
	chains  []byte
	bank    []byte
}

func floats(v ...[]float32) []byte {
	var b bytes.Buffer
	for _, x := range v {
		binary.Write(&b, binary.LittleEndian, x)
	}
	return b.Bytes()
}

// over does iterations on so many ranks, and returns what each rank came to, with the chains of all.
func over(t *testing.T, ranks, iterations int, c Config) []outcome {
	t.Helper()
	out := make([]outcome, ranks)
	for rank, err := range comm.Local(ranks, func(group *comm.Comm) error {
		workers := tensor.NewWorkers(1 + group.Rank()%2)
		defer workers.Close()
		tr, err := smallOver(group, c, workers)
		if err != nil {
			return err
		}
		o := &out[group.Rank()]
		for range iterations {
			m := tr.Iterate()
			if m.Waited, m.Busy = 0, nil; m.BadStart != nil {
				o.metrics += m.BadStart.Error()
				m.BadStart = nil
			}
			o.metrics += fmt.Sprintf("%+v\n", m)
		}
		s := tr.Snapshot()
		for _, x := range slices.Concat(s.Weights, s.EMA, s.Optimizer) {
			o.tensors = append(o.tensors, floats(x.Data)...)
		}
		o.state = fmt.Sprintf("%+v", s.State)
		o.chains = bytes.Join(group.AllGather(floats(s.Chains)), nil)
		if s.Bank != nil {
			o.bank = bytes.Join(group.AllGather(floats(s.Bank.States())), nil)
		}
		return nil
	}) {
		if err != nil {
			t.Fatalf("rank %d: %v", rank, err)
		}
	}
	return out
}

// TestRanksGiveTheSameBits: with four shards, one, two and four ranks come to the same weights, average, optimizer, chains, bank
// and metrics, on each rank, for every start of chains, with a warm-up, and through levels.
func TestRanksGiveTheSameBits(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"replay":     func(*Config) {},
		"persistent": func(c *Config) { c.Start.Kind = "persistent" },
		"data":       func(c *Config) { c.Start.Kind, c.Start.Bank = "data", 0 },
		"noise":      func(c *Config) { c.Start.Kind, c.Optimizer.Name = "noise-gaussian", "sgd" },
		"warm-up": func(c *Config) {
			c.Sampler = langevin.Config{Kernel: "mala", Steps: 2, Step: 1e-4, Temperature: 1, Adapt: 4}
		},
		"bad start": func(c *Config) { c.Start.Kind, c.Start.Scale = "noise-gaussian", 1e38 },
		"more chains than data": func(c *Config) {
			c.Start.Kind, c.Start.Count = "noise-uniform", 20
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := smallConfig(4)
			change(&c)
			want := over(t, 1, 3, c)[0]
			if bad := strings.Contains(want.metrics, "8 of 8 chains start"); bad != (name == "bad start") {
				t.Errorf("bad starts are told: %v", bad)
			}
			for _, ranks := range []int{2, 4} {
				for rank, got := range over(t, ranks, 3, c) {
					for what, differs := range map[string]bool{
						"state": got.state != want.state, "metrics": got.metrics != want.metrics, "weights": !bytes.Equal(got.tensors, want.tensors),
						"chains": !bytes.Equal(got.chains, want.chains), "bank": !bytes.Equal(got.bank, want.bank),
					} {
						if differs {
							t.Errorf("rank %d of %d: other %s\n%s%s\n%s%s", rank, ranks, what, got.state, got.metrics, want.state, want.metrics)
						}
					}
				}
			}
		})
	}
}

// TestRanksGrowAlike: levels, with their fades, give the same bits on two ranks.
func TestRanksGrowAlike(t *testing.T) {
	grow := func(ranks int) (weights, chains []byte) {
		for rank, err := range comm.Local(ranks, func(group *comm.Comm) error {
			network, err := nn.New(nn.Spec{Net: "pyramid", N: 1, H: 16, W: 16, SpectralNorm: true})
			if err != nil {
				return err
			}
			network.Init(3)
			workers := tensor.NewWorkers(1)
			defer workers.Close()
			c := smallConfig(2)
			c.Start = langevin.StartConfig{Kind: "noise-uniform"}
			c.Levels = Levels{Pictures: []int{8, 24}, Batch: []int{4, 6}, Fade: 0.5}
			tr, err := NewOver(group, network, squares{16}, c, workers)
			if err != nil {
				return err
			}
			for range 6 {
				tr.Iterate()
			}
			var own []byte
			for _, p := range tr.net.Tensors() {
				own = append(own, floats(p.Data)...)
			}
			all := bytes.Join(group.AllGather(floats(tr.Chains())), nil)
			if group.Rank() == 0 {
				weights, chains = own, all
			}
			return nil
		}) {
			if err != nil {
				t.Fatalf("rank %d: %v", rank, err)
			}
		}
		return weights, chains
	}
	weights, chains := grow(1)
	if w, c := grow(2); !bytes.Equal(w, weights) || !bytes.Equal(c, chains) {
		t.Error("levels give other bits on two ranks")
	}
}

// squares is a source of items of a side that are noise.
type squares struct{ side int }

func (s squares) Shape() (h, w, c int)                { return s.side, s.side, 3 }
func (s squares) Batch(dst []float32, key tensor.Key) { key.Uniforms(dst) }

// TestOneRankStopsAll: an iteration that one rank is asked to give up is given up on all, which are as they were before.
func TestOneRankStopsAll(t *testing.T) {
	c := smallConfig(4)
	var again [2]string
	for rank, err := range comm.Local(2, func(group *comm.Comm) error {
		workers := tensor.NewWorkers(1)
		defer workers.Close()
		tr, err := smallOver(group, c, workers)
		if err != nil {
			return err
		}
		var stop atomic.Bool
		tr.Note(func() float64 { return float64(10 + group.Rank()) })
		if _, ok := tr.IterateUntil(&stop); !ok || !slices.Equal(tr.Notes(), []float64{10, 11}) {
			return fmt.Errorf("not done: %v", tr.Notes())
		}
		chains := floats(tr.Chains())
		stop.Store(group.Rank() == 1)
		if _, ok := tr.IterateUntil(&stop); ok || !bytes.Equal(floats(tr.Chains()), chains) {
			return errors.New("the iteration was not given up")
		}
		stop.Store(false)
		m, ok := tr.IterateUntil(&stop)
		if !ok || len(m.Busy) != 2 || !(m.Busy[0] > 0) {
			return fmt.Errorf("not done anew: %+v", m)
		}
		m.Waited, m.Busy = 0, nil
		again[group.Rank()] = fmt.Sprintf("%+v", m)
		return nil
	}) {
		if err != nil {
			t.Errorf("rank %d: %v", rank, err)
		}
	}
	want := strings.Split(over(t, 1, 2, c)[0].metrics, "\n")[1]
	if again[0] != want || again[1] != want {
		t.Errorf("after it was given up: %s\nwant %s", again[0], want)
	}
}

// TestRanksThatDoNotDivide: the shards are shared equally, or not at all.
func TestRanksThatDoNotDivide(t *testing.T) {
	for rank, err := range comm.Local(3, func(group *comm.Comm) error {
		_, err := smallOver(group, smallConfig(4), nil)
		if err == nil || !strings.Contains(err.Error(), "4 shards cannot be shared by 3 ranks") {
			return fmt.Errorf("shared: %v", err)
		}
		group.Patience = time.Second
		return nil
	}) {
		if err != nil {
			t.Errorf("rank %d: %v", rank, err)
		}
	}
}
