package train

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"anila/asm/isa"
	"anila/tensor"
	"anila/train/checkpoint"
	"anila/train/report"
)

// ErrFinished says that a run has done its iterations.
var ErrFinished = errors.New("train: the run is finished")

// Resume goes on with a run from its newest good checkpoint, or from the start where there is none. settings and flags are
// as in Layers; they may change train.iterations, data.dir, log and checkpoint keys only.
func Resume(dir string, settings []string, flags map[string]any, o Options) (*Run, error) {
	folder, err := OpenFolder(dir)
	if err != nil {
		return nil, err
	}
	r, err := resume(folder, settings, flags, o)
	if err != nil {
		return nil, errors.Join(err, folder.Close())
	}
	return r, nil
}

func resume(folder *Folder, settings []string, flags map[string]any, o Options) (*Run, error) {
	file := folder.Join(configName)
	old, err := Resolve(Layers{File: file})
	if err != nil {
		return nil, err
	}
	cfg, err := Resolve(Layers{File: file, Settings: settings, Flags: flags})
	if err != nil {
		return nil, err
	}
	if err := sameRun(old, cfg); err != nil {
		return nil, err
	}
	cfg.Preset = presetOf(file)
	r := newRun(cfg, o)
	if err := r.restore(folder); err != nil {
		r.workers.Close()
		return nil, err
	}
	return r, nil
}

// restore builds the run and loads its newest good checkpoint.
func (r *Run) restore(folder *Folder) error {
	root := folder.Checkpoints()
	if err := checkpoint.Clean(r.fs, root); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	step, damaged, err := checkpoint.Newest(r.fs, root)
	if err != nil && !errors.Is(err, checkpoint.ErrNone) {
		return err
	}
	if err == nil && uint64(step) >= uint64(r.Config.Train.Iterations) {
		return fmt.Errorf("%w: %s has all of its %d iterations; extend it with --set train.iterations=%d", ErrFinished,
			folder.Path, r.Config.Train.Iterations, 2*step)
	}
	if err := r.build(); err != nil {
		return err
	}
	var s State
	if err == nil {
		if s, err = r.trainer.restore(checkpoint.Dir(root, step)); err != nil {
			return err
		}
		r.writer.last = written{step: s.Iteration, dir: checkpoint.Dir(root, step)}
	}
	r.seconds, r.rollbacks, r.Resumed = s.Seconds, s.Rollbacks, s.Iteration
	r.Folder = folder
	if err := r.open(); err != nil {
		r.Folder = nil
		return err
	}
	for _, d := range damaged {
		r.notes = append(r.notes, report.Event{Kind: "warning", Message: d.Error()})
	}
	if s.Tier != "" {
		for _, message := range s.otherBits() {
			r.notes = append(r.notes, report.Event{Kind: "warning", Message: message})
		}
	}
	return nil
}

// otherBits says why this session will not have the bits that the session of the checkpoint would have had.
func (s *State) otherBits() (messages []string) {
	if tier := isa.Current().String(); s.Tier != tier {
		messages = append(messages, fmt.Sprintf("the checkpoint was computed with %s, this session computes with %s: the last bits will differ", s.Tier, tier))
	}
	if table := max(1, s.AlgorithmTable); table != tensor.AlgorithmTable {
		messages = append(messages, fmt.Sprintf("the checkpoint was computed with version %d of the table of convolution algorithms, this program has version %d: "+
			"the last bits may differ", table, tensor.AlgorithmTable))
	}
	if fixed := tensor.FixedAlgorithm(); s.Algorithm != fixed {
		words := func(name string) string {
			if name == "" {
				return "those of the table"
			}
			return name
		}
		messages = append(messages, fmt.Sprintf("the checkpoint was computed with other convolution algorithms (%s) than this session (%s): the last bits may differ",
			words(s.Algorithm), words(fixed)))
	}
	return messages
}

// presetOf reads the name of the preset from the head of a config.toml, "" where there is none.
func presetOf(file string) string {
	b, _ := os.ReadFile(file)
	for line := range strings.Lines(string(b)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), presetComment); ok {
			return name
		}
	}
	return ""
}

// sameRun returns an error that names the first key that differs and must not.
func sameRun(old, now Config) error {
	for _, k := range keys {
		free := k.name == "train.iterations" || k.name == "data.dir" || strings.HasPrefix(k.name, "log.") || strings.HasPrefix(k.name, "checkpoint.")
		was, is := k.value(&old).Interface(), k.value(&now).Interface()
		if !free && !reflect.DeepEqual(was, is) {
			return &KeyError{Key: k.name, Value: formatTOML(is), Want: formatTOML(was) +
				", as the run began (resuming may change train.iterations, data.dir, log.* and checkpoint.* only)"}
		}
	}
	return nil
}

// configFile is config.toml: the resolved configuration and where it was computed.
func (r *Run) configFile() []byte {
	head := fmt.Sprintf("# anila-cpu %s, instruction set %s\n", Version(), isa.Current())
	return slices.Concat([]byte(head), r.Config.TOML())
}
