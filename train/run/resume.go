package run

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"anila/asm/isa"
	"anila/tensor"
	"anila/train"
	"anila/train/checkpoint"
	"anila/train/settings"
)

// ErrFinished says that a run has done its iterations.
var ErrFinished = errors.New("train: the run is finished")

// Resume goes on with a run from its newest good checkpoint, or from the start where there is none. list and flags are
// Layers.Settings and Layers.Flags; they may change train.iterations, data.dir, log and checkpoint keys only. A network and
// data that the program brought to the run it brings again.
func Resume(dir string, list []string, flags map[string]any, o Options) (*Run, error) {
	folder, err := OpenFolder(dir)
	if err != nil {
		return nil, err
	}
	r, err := resume(folder, list, flags, o)
	if err != nil {
		return nil, errors.Join(err, folder.Close())
	}
	return r, nil
}

func resume(folder *Folder, list []string, flags map[string]any, o Options) (*Run, error) {
	cfg, err := settings.Reopen(folder.Join(configName), list, flags)
	if err != nil {
		return nil, err
	}
	if own := o.settle(cfg); own.Network.Net != cfg.Network.Net || own.Data.Name != cfg.Data.Name {
		return nil, fmt.Errorf("train: %s was begun with the network and data that its config.toml names, not with the program's own", folder.Path)
	}
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
	if err := checkpoint.Clean(r.saver.fs, root); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	step, damaged, err := checkpoint.Newest(r.saver.fs, root)
	if err != nil && !errors.Is(err, checkpoint.ErrNone) {
		return err
	}
	if err == nil && uint64(step) >= uint64(r.Config.Iterations) {
		return fmt.Errorf("%w: %s has all of its %d iterations; extend it with --set train.iterations=%d", ErrFinished,
			folder.Path, r.Config.Iterations, 2*step)
	}
	for _, d := range damaged {
		r.journal.notes = append(r.journal.notes, d.Error())
	}
	init := r.Config.Init
	if init != "" {
		init = folder.Join(initName)
	}
	if err := r.build(init); err != nil {
		return err
	}
	if err == nil {
		dir := checkpoint.Dir(root, step)
		s, err := r.load(dir)
		if err != nil {
			return err
		}
		r.clock.before, r.rollbacks, r.Resumed = s.Seconds, s.Rollbacks, s.Iteration
		r.saver.last = saved{step: s.Iteration, dir: dir}
		r.journal.notes = append(r.journal.notes, otherBits(s.State)...)
	}
	r.Folder = folder
	if err := r.open(); err != nil {
		r.Folder = nil
		return err
	}
	return nil
}

// otherBits says why this session will not have the bits that the session of the checkpoint would have had.
func otherBits(s train.State) (messages []string) {
	note := func(format string, args ...any) { messages = append(messages, fmt.Sprintf(format, args...)) }
	if tier := isa.Current().String(); s.Tier != tier {
		note("the checkpoint was computed with %s, this session computes with %s: the last bits will differ", s.Tier, tier)
	}
	if table := max(1, s.AlgorithmTable); table != tensor.AlgorithmTable {
		note("the checkpoint was computed with version %d of the table of convolution algorithms, this program has version %d: "+
			"the last bits may differ", table, tensor.AlgorithmTable)
	}
	if fixed := tensor.FixedAlgorithm(); s.Algorithm != fixed {
		note("the checkpoint was computed with other convolution algorithms (%s) than this session (%s): the last bits may differ",
			cmp.Or(s.Algorithm, "those of the table"), cmp.Or(fixed, "those of the table"))
	}
	return messages
}

// configFile is config.toml: the resolved configuration and where it was computed.
func (r *Run) configFile() []byte {
	head := fmt.Sprintf("# anila-cpu %s, instruction set %s\n", Version(), isa.Current())
	return slices.Concat([]byte(head), r.Config.TOML())
}
