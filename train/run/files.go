package run

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"

	"anila/internal/files"
	"anila/nn"
	"anila/nn/weightfile"
	"anila/train"
	"anila/train/checkpoint"
	"anila/train/model"
	"anila/train/settings"
)

// state is a checkpoint's state.json: all of a run's state that is no tensor.
type state struct {
	train.State
	Seconds   float64 `json:"seconds"` // wall clock of training, over all sessions
	Rollbacks int     `json:"rollbacks"`
	Returned  bool    `json:"returned,omitempty"` // written by a roll-back to this iteration
	// Scheduled: by the settings alone, not by the clock, a signal or a disk that was full. A roll-back goes to no other. nil
	// in checkpoints from before it was kept.
	Scheduled *bool `json:"scheduled,omitempty"`
	Window    *sums `json:"window,omitempty"` // of the log step under way
	Limited   share `json:"limited,omitzero"` // of the iterations up to here
}

// scheduled tells whether a roll-back may go to a checkpoint.
func (s state) scheduled(k settings.Checkpoint) bool {
	if s.Scheduled != nil {
		return *s.Scheduled
	}
	return k.Every == 0 || s.Iteration%uint64(k.Every) == 0
}

// metadata is what a file of weights says of itself.
func (r *Run) metadata(spec nn.Spec, iteration uint64) map[string]string {
	meta := map[string]string{}
	if spec.Net != "" {
		meta = spec.Metadata()
	}
	meta["config"] = string(r.Config.TOML())
	meta["iteration"] = strconv.FormatUint(iteration, 10)
	return meta
}

// entries are the files of a checkpoint.
func (r *Run) entries(s *train.Snapshot, st state, spec nn.Spec, c Checkpoint) []checkpoint.Entry {
	meta := r.metadata(spec, s.Iteration)
	file := func(name string, tensors []weightfile.Tensor, meta map[string]string) checkpoint.Entry {
		return checkpoint.Entry{Name: name, Write: func(w io.Writer) error { return weightfile.WriteSafetensors(w, tensors, meta) }}
	}
	out := slices.Concat([]checkpoint.Entry{
		file("weights.safetensors", s.Weights, meta),
		file("optimizer.safetensors", s.Optimizer, nil),
	}, r.chainEntries(s, c), []checkpoint.Entry{
		{Name: "state.json", Write: func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			return e.Encode(st)
		}},
	})
	if s.EMA != nil {
		out = append(out, file("ema.safetensors", s.EMA, meta))
	}
	return out
}

// chainEntries are the files of a checkpoint's shards that are here.
func (r *Run) chainEntries(s *train.Snapshot, c Checkpoint) (out []checkpoint.Entry) {
	files := r.chainFiles()
	for i, name := range files {
		own := s.Chains[len(s.Chains)*i/len(files) : len(s.Chains)*(i+1)/len(files)]
		chains := weightfile.Tensor{Name: "chains", Shape: []int{len(own) / (c.H * c.W * c.C), c.H, c.W, c.C}, Data: own}
		out = append(out, checkpoint.Entry{Name: name, Write: func(w io.Writer) error { return writeChains(w, chains, s.Bank, len(files)) }})
	}
	return out
}

// chainFiles are the names of the files of the shards that are here.
func (r *Run) chainFiles() []string {
	all, c := model.ChainFiles(r.Config.Train.Shards), r.options.Comm
	held := len(all) / c.Size()
	return all[c.Rank()*held:][:held]
}

// checkpointFiles are what every checkpoint of the run has; a moving average comes with ema.decay.
func (r *Run) checkpointFiles() []string {
	return append(model.ChainFiles(r.Config.Train.Shards), "weights.safetensors", "optimizer.safetensors", "state.json")
}

// load reads the checkpoint of a step into the trainer.
func (r *Run) load(dir string, step int64) (state, error) {
	s, st, err := r.readSnapshot(dir, r.trainer.Average() != nil)
	if err != nil {
		return st, err
	}
	if st.Iteration != uint64(step) {
		return st, otherName(dir, st.Iteration)
	}
	if err := r.trainer.Restore(s); err != nil {
		return st, fmt.Errorf("train: checkpoint %s: %w", dir, err)
	}
	return st, nil
}

// otherName says that a checkpoint's folder is not named after its iteration.
func otherName(dir string, iteration uint64) error {
	return fmt.Errorf("train: checkpoint %s holds iteration %d: it has another one's name", dir, iteration)
}

// readSnapshot reads a checkpoint, the parts of it that are for this rank, with the moving average or without.
func (r *Run) readSnapshot(dir string, average bool) (*train.Snapshot, state, error) {
	st, err := readState(dir)
	if err != nil {
		return nil, st, err
	}
	s := &train.Snapshot{State: st.State}
	files := map[string]*[]weightfile.Tensor{"weights": &s.Weights, "optimizer": &s.Optimizer}
	if average {
		files["ema"] = &s.EMA
	}
	for name, tensors := range files {
		if *tensors, _, err = weightfile.LoadSafetensors(filepath.Join(dir, name+".safetensors")); err != nil {
			return nil, st, fmt.Errorf("train: %w", err)
		}
	}
	chains, bank, err := model.LoadChains(dir, r.chainFiles())
	if err != nil {
		return nil, st, fmt.Errorf("train: %w", err)
	}
	if s.Chains = chains; bank != nil {
		s.Bank = train.NewBankView(bank, r.trainer.Network().Dim())
	}
	return s, st, nil
}

// maxState bounds how much of a state.json is read.
const maxState = 1 << 20

// readState reads a checkpoint's state.json.
func readState(dir string) (s state, err error) {
	path := filepath.Join(dir, "state.json")
	b, err := files.ReadSmall(path, maxState)
	if err != nil {
		return s, fmt.Errorf("train: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return s, fmt.Errorf("train: %s: byte %d: %w", path, d.InputOffset(), err)
	}
	if !(s.RateFactor > 0 && s.RateFactor <= 1) || s.Rollbacks < 0 || !(s.Seconds >= 0) || s.Window != nil && s.Window.N < 0 || s.Limited.N < 0 {
		return s, fmt.Errorf("train: %s: rate_factor %v, rollbacks %d, seconds %v cannot be", path, s.RateFactor, s.Rollbacks, s.Seconds)
	}
	return s, nil
}

// viewChunk is about how many floats are copied at a time, with the bank held still.
const viewChunk = 1 << 18

// writeChains writes a file of chains, and the next of as many equal parts of the bank where there is one.
func writeChains(w io.Writer, chains weightfile.Tensor, bank *train.BankView, parts int) error {
	if bank == nil {
		return weightfile.WriteSafetensors(w, []weightfile.Tensor{chains}, nil)
	}
	rows := bank.Rows() / parts
	shape := append([]int{rows}, chains.Shape[1:]...)
	dim := shape[1] * shape[2] * shape[3]
	file, err := weightfile.NewSafetensorsWriter(w, []weightfile.Tensor{chains, {Name: "bank", Shape: shape}}, nil)
	if err != nil {
		return err
	}
	if err := file.Write(chains.Data); err != nil {
		return err
	}
	buffer := make([]float32, max(viewChunk/dim, 1)*dim)
	for rows > 0 {
		n := bank.Read(buffer[:min(len(buffer), rows*dim)])
		if n == 0 {
			break // the view was released
		}
		rows -= n
		if err := file.Write(buffer[:n*dim]); err != nil {
			return err
		}
	}
	return file.Close()
}
