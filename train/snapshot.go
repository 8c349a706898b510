package train

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"anila/asm/isa"
	"anila/nn"
	"anila/nn/weightfile"
	"anila/tensor"
)

// State is all of a trainer's state that is no tensor.
type State struct {
	Iteration      uint64  `json:"iteration"`
	RateFactor     float64 `json:"rate_factor"` // of the learning rate, in (0, 1]
	OptimizerSteps uint64  `json:"optimizer_steps"`
	Drift          float64 `json:"drift"` // of the sampler, after warm-up
	Noise          float64 `json:"noise"`
	Step           float64 `json:"step"`
	Seed           uint64  `json:"seed"`
	Data           string  `json:"data"`                // SHA-256 of the first batch: other data, other digest
	Tier           string  `json:"tier"`                // instruction set: another one changes the last bits
	AlgorithmTable int     `json:"algorithm_table"`     // of convolutions: so does this; 0 in checkpoints from before table 2
	Algorithm      string  `json:"algorithm,omitempty"` // fixed in place of the table: so does this
}

// Snapshot is a copy of everything that training needs to go on with the same bits; of the bank it is a view. The next
// snapshot ends the view: read it before, or release it.
type Snapshot struct {
	State
	Weights   []weightfile.Tensor
	EMA       []weightfile.Tensor // nil without a moving average
	Optimizer []weightfile.Tensor
	Chains    []float32 // end states of the last iteration [chains, dim], of the shards that are here
	Bank      *BankView // likewise; nil without a bank
}

// Average is the moving average of the weights, or the weights where there is none.
func (s *Snapshot) Average() []weightfile.Tensor {
	if s.EMA != nil {
		return s.EMA
	}
	return s.Weights
}

// Snapshot copies the trainer's state.
func (t *Trainer) Snapshot() *Snapshot {
	c := t.pool.Config()
	o := t.optimizer.State()
	s := &Snapshot{
		State: State{
			Iteration: t.iteration, RateFactor: t.factor, OptimizerSteps: o.Steps, Drift: c.Drift, Noise: c.Noise, Step: c.Step,
			Seed: t.cfg.Seed, Data: t.dataDigest(), Tier: isa.Current().String(), AlgorithmTable: tensor.AlgorithmTable,
			Algorithm: tensor.FixedAlgorithm(),
		},
		Weights: copyTensors(t.net.Tensors()), Optimizer: copyTensors(o.Tensors),
	}
	own := t.SnapshotChains()
	s.Chains, s.Bank = own.Chains, own.Bank
	if t.ema != nil {
		s.EMA = copyTensors(t.ema.Tensors())
	}
	return s
}

// SnapshotChains is a Snapshot without what every rank has: weights, average and optimizer.
func (t *Trainer) SnapshotChains() *Snapshot {
	s := &Snapshot{State: State{Iteration: t.iteration}, Chains: slices.Clone(t.z)}
	if states := t.bank.States(); states != nil {
		s.Bank = NewBankView(states, t.net.Dim())
		t.view = s.Bank
	}
	return s
}

// DataDigest is State.Data: the SHA-256 of the first batch.
func (t *Trainer) DataDigest() string { return t.dataDigest() }

func copyTensors(in []weightfile.Tensor) []weightfile.Tensor {
	out := make([]weightfile.Tensor, len(in))
	for i, t := range in {
		out[i] = weightfile.Tensor{Name: t.Name, Shape: t.Shape, Data: slices.Clone(t.Data)}
	}
	return out
}

// SnapshotBytes is about what the tensors of all ranks' snapshots take together, the bank's included.
func (t *Trainer) SnapshotBytes() int64 {
	copies := 1 + t.optimizer.Moments()
	if t.ema != nil {
		copies++
	}
	ranks := int64(t.shards.Of / t.shards.Held)
	return 4*int64(copies*t.net.ParamCount()) + ranks*int64(4*len(t.z)+t.bank.Bytes())
}

// dataDigest hashes the batch of iteration 0.
func (t *Trainer) dataDigest() string {
	if t.digest == "" {
		source, batch := t.source, t.cfg.Batch
		if g := t.growth; g != nil {
			source, batch = withNoise(g.source, g.config.DataNoise), g.config.Batch
		}
		t.digest = digest(source, batch, t.cfg.Seed)
	}
	return t.digest
}

// digest is the SHA-256 of a first batch.
func digest(source Source, batch int, seed uint64) string {
	height, width, channels := source.Shape()
	x := make([]float32, batch*height*width*channels)
	source.Batch(x, tensor.Key{Seed: seed, Purpose: tensor.PurposeBatch})
	h := sha256.New()
	binary.Write(h, binary.LittleEndian, x)
	return hex.EncodeToString(h.Sum(nil))
}

// otherData says that the first batch is not that of a snapshot.
var otherData = errors.New("train: the data are not those that it was trained on: their first batch differs")

// Restore puts a snapshot's state into a trainer that was made for the same network, data and configuration. After an error
// the trainer is of no use.
func (t *Trainer) Restore(s *Snapshot) error {
	if s.Seed != t.cfg.Seed {
		return fmt.Errorf("train: written with seed %d, not %d", s.Seed, t.cfg.Seed)
	}
	if s.Data != t.dataDigest() {
		return otherData
	}
	if t.growth != nil {
		if err := t.growth.enter(t, max(s.Iteration, 1)-1); err != nil {
			return fmt.Errorf("train: level: %w", err)
		}
	}
	if len(s.Chains) != len(t.z) {
		return fmt.Errorf("train: %d floats of chains; the configuration has %d chains of %d", len(s.Chains), len(t.fz), t.net.Dim())
	}
	copy(t.z, s.Chains)
	errs := []error{t.net.SetTensors(s.Weights), t.optimizer.Restore(t.net.Params(), nn.State{Steps: s.OptimizerSteps, Tensors: s.Optimizer})}
	if t.ema != nil {
		errs = append(errs, t.ema.Restore(s.EMA))
	}
	var states []float32
	if s.Bank != nil {
		states = s.Bank.States()
	}
	errs = append(errs, t.bank.Restore(states))
	t.iteration, t.factor = s.Iteration, s.RateFactor
	if err := errors.Join(append(errs, t.restoreStep(s.State))...); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	return nil
}

// Adopt is Restore of what a trainer of another configuration, was, came to on the source, of the same network, seed, bank and
// optimizer. With the same configuration it does what Restore does. Else a step that a warm-up found holds while the sampler's
// step is the same; where there was no moving average, it begins with the weights; and where there were fewer chains or more,
// their last end states are taken over and over, until the next iteration has others.
func (t *Trainer) Adopt(s *Snapshot, was Config, source Source) error {
	if s.Data != digest(withNoise(source, was.DataNoise), was.Batch, was.Seed) {
		return otherData
	}
	own := *s
	own.Data = t.dataDigest()
	before, err := was.Sampler.Resolve()
	if err != nil {
		return fmt.Errorf("train: %w", err)
	}
	now := t.cfg.Sampler
	if before.Kernel != now.Kernel || before.Drift != now.Drift || before.Noise != now.Noise || before.Step != now.Step {
		c := t.pool.Config()
		own.Drift, own.Noise, own.Step = c.Drift, c.Noise, c.Step
	}
	if t.ema != nil && was.EMA == 0 {
		own.EMA = own.Weights
	}
	if dim := t.net.Dim(); was.Start.Count != t.cfg.Start.Count && len(s.Chains) >= dim && len(s.Chains)%dim == 0 {
		own.Chains = make([]float32, len(t.z))
		for done := 0; done < len(own.Chains); {
			done += copy(own.Chains[done:], s.Chains)
		}
	}
	return t.Restore(&own)
}

// restoreStep gives the sampler the step size that a warm-up found.
func (t *Trainer) restoreStep(s State) error {
	c := t.pool.Config()
	if c.Drift == s.Drift && c.Noise == s.Noise && c.Step == s.Step {
		return nil
	}
	c = t.cfg.Sampler
	c.Drift, c.Noise, c.Step = s.Drift, s.Noise, s.Step
	pool, err := t.newPool(c)
	if err != nil {
		return fmt.Errorf("sampler of the snapshot: %w", err)
	}
	t.pool = pool
	return nil
}

// RateFactor multiplies the learning rate: 1 unless SetRateFactor changed it.
func (t *Trainer) RateFactor() float64 { return t.factor }

// SetRateFactor multiplies all further learning rates by factor, in (0, 1]; snapshots keep it.
func (t *Trainer) SetRateFactor(factor float64) { t.factor = factor }
