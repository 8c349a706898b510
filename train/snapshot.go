package train

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"anila/asm/isa"
	"anila/nn"
	"anila/nn/weightfile"
	"anila/tensor"
	"anila/train/checkpoint"
)

// State is a checkpoint's state.json: all of a run's state that is no tensor.
type State struct {
	Iteration      uint64  `json:"iteration"`
	Seconds        float64 `json:"seconds"`     // wall clock of training, over all sessions
	RateFactor     float64 `json:"rate_factor"` // of the learning rate, lowered by roll-backs
	Rollbacks      int     `json:"rollbacks"`
	Returned       bool    `json:"returned,omitempty"` // written by a roll-back to this iteration
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

// snapshot is a copy of everything that training needs to go on with the same bits; of the bank it is a view.
type snapshot struct {
	state     State
	spec      nn.Spec
	config    []byte // TOML
	weights   []weightfile.Tensor
	ema       []weightfile.Tensor // nil without a moving average
	optimizer []weightfile.Tensor
	bank      *bankView // nil without a bank
	chains    []float32 // end states of the last iteration [count, h, w, c]
	points    []float32 // for a toy's picture: the bank, else the chains
}

// snapshot copies the trainer's state. It must be written before the next one is taken.
func (t *Trainer) snapshot() *snapshot {
	c := t.pool.Config()
	o := t.optimizer.State()
	s := &snapshot{
		state: State{
			Iteration: t.iteration, RateFactor: t.factor, OptimizerSteps: o.Steps, Drift: c.Drift, Noise: c.Noise, Step: c.Step,
			Seed: t.cfg.Seed, Data: t.dataDigest(), Tier: isa.Current().String(), AlgorithmTable: tensor.AlgorithmTable,
			Algorithm: tensor.FixedAlgorithm(),
		},
		spec: t.net.Spec(), config: t.cfg.TOML(),
		weights: copyTensors(t.net.Tensors()), optimizer: copyTensors(o.Tensors),
		chains: slices.Clone(t.z),
	}
	if states := t.bank.States(); states != nil {
		s.bank = newBankView(states, t.net.Dim())
		t.view = s.bank
	}
	if s.points = s.chains; s.bank != nil && isToy(t.cfg.Data.Name) {
		s.points = slices.Clone(s.bank.states)
	}
	if t.ema != nil {
		s.ema = copyTensors(t.ema.Tensors())
	}
	return s
}

func copyTensors(in []weightfile.Tensor) []weightfile.Tensor {
	out := make([]weightfile.Tensor, len(in))
	for i, t := range in {
		out[i] = weightfile.Tensor{Name: t.Name, Shape: t.Shape, Data: slices.Clone(t.Data)}
	}
	return out
}

// dataDigest hashes the batch of iteration 0.
func (t *Trainer) dataDigest() string {
	if t.digest == "" {
		x := make([]float32, len(t.x))
		t.source.Batch(x, tensor.Key{Seed: t.cfg.Seed, Purpose: tensor.PurposeBatch})
		h := sha256.New()
		for _, v := range x {
			u := math.Float32bits(v)
			h.Write([]byte{byte(u), byte(u >> 8), byte(u >> 16), byte(u >> 24)})
		}
		t.digest = hex.EncodeToString(h.Sum(nil))
	}
	return t.digest
}

// images is a tensor of n states.
func (s *snapshot) images(name string, n int, z []float32) weightfile.Tensor {
	return weightfile.Tensor{Name: name, Shape: []int{n, s.spec.H, s.spec.W, s.spec.C}, Data: z}
}

// entries are the files of a checkpoint.
func (s *snapshot) entries() []checkpoint.Entry {
	meta := s.spec.Metadata()
	meta["config"] = string(s.config)
	meta["iteration"] = strconv.FormatUint(s.state.Iteration, 10)
	file := func(name string, tensors []weightfile.Tensor, meta map[string]string) checkpoint.Entry {
		return checkpoint.Entry{Name: name, Write: func(w io.Writer) error { return weightfile.WriteSafetensors(w, tensors, meta) }}
	}
	dim := s.spec.H * s.spec.W * s.spec.C
	chains, bank := s.images("chains", len(s.chains)/dim, s.chains), weightfile.Tensor{}
	if s.bank != nil {
		bank = s.images("bank", s.bank.rows(), nil)
	}
	out := []checkpoint.Entry{
		file("weights.safetensors", s.weights, meta),
		file("optimizer.safetensors", s.optimizer, nil),
		{Name: "chains.safetensors", Write: func(w io.Writer) error { return writeChains(w, chains, bank, s.bank) }},
		{Name: "state.json", Write: func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			return e.Encode(s.state)
		}},
	}
	if s.ema != nil {
		out = append(out, file("ema.safetensors", s.ema, meta))
	}
	return out
}

// maxState bounds how much of a state.json is read.
const maxState = 1 << 20

// readState reads a checkpoint's state.json.
func readState(dir string) (State, error) {
	var s State
	path := filepath.Join(dir, "state.json")
	f, err := os.Open(path)
	if err != nil {
		return s, fmt.Errorf("train: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxState))
	if err != nil {
		return s, fmt.Errorf("train: %s: %w", path, err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return s, fmt.Errorf("train: %s: byte %d: %w", path, d.InputOffset(), err)
	}
	if !(s.RateFactor > 0 && s.RateFactor <= 1) || s.Rollbacks < 0 || !(s.Seconds >= 0) {
		return s, fmt.Errorf("train: %s: rate_factor %v, rollbacks %d, seconds %v cannot be", path, s.RateFactor, s.Rollbacks, s.Seconds)
	}
	return s, nil
}

// restore puts a checkpoint's state into a trainer that was made for the same configuration.
func (t *Trainer) restore(dir string) (State, error) {
	s, err := readState(dir)
	if err != nil {
		return s, err
	}
	if s.Seed != t.cfg.Seed {
		return s, fmt.Errorf("train: %s was written with seed %d, not %d", dir, s.Seed, t.cfg.Seed)
	}
	if s.Data != t.dataDigest() {
		return s, fmt.Errorf("train: the data (data.name %s) are not those that %s was trained on: their first batch differs", t.cfg.Data.Name, dir)
	}
	load := func(name string) ([]weightfile.Tensor, error) {
		tensors, _, err := weightfile.LoadSafetensors(filepath.Join(dir, name))
		return tensors, err
	}
	var weights, ema, moments, chains []weightfile.Tensor
	if weights, err = load("weights.safetensors"); err == nil && t.ema != nil {
		ema, err = load("ema.safetensors")
	}
	if err == nil {
		moments, err = load("optimizer.safetensors")
	}
	if err == nil {
		chains, err = load("chains.safetensors")
	}
	if err != nil {
		return s, fmt.Errorf("train: %w", err)
	}
	fail := func(err error) (State, error) { return s, fmt.Errorf("train: checkpoint %s: %w", dir, err) }
	if err := t.net.SetTensors(weights); err != nil {
		return fail(err)
	}
	if t.ema != nil {
		if err := t.ema.Restore(ema); err != nil {
			return fail(err)
		}
	}
	if err := t.optimizer.Restore(t.net.Params(), nn.State{Steps: s.OptimizerSteps, Tensors: moments}); err != nil {
		return fail(err)
	}
	for _, c := range chains {
		switch {
		case c.Name == "bank":
			err = t.bank.Restore(c.Data)
		case c.Name == "chains" && len(c.Data) == len(t.z):
			copy(t.z, c.Data)
		default:
			err = fmt.Errorf("chains.safetensors: tensor %s has %d floats; the configuration has %d chains of %d",
				c.Name, len(c.Data), t.cfg.Chains.Count, t.net.Dim())
		}
		if err != nil {
			return fail(err)
		}
	}
	if len(t.bank.States()) > 0 && !slices.ContainsFunc(chains, func(c weightfile.Tensor) bool { return c.Name == "bank" }) {
		return fail(fmt.Errorf("chains.safetensors has no bank"))
	}
	t.iteration, t.factor = s.Iteration, s.RateFactor
	return s, t.restoreStep(s)
}
