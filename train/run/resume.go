package run

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"anila/asm/isa"
	"anila/internal/files"
	"anila/nn/weightfile"
	"anila/tensor"
	"anila/train"
	"anila/train/checkpoint"
	"anila/train/settings"
)

// Resume goes on with a run from its newest good checkpoint, or from the start where it had come to none. list and flags are
// Layers.Settings and Layers.Flags; they may change train.iterations, data.dir, log, eval and checkpoint keys only, and not
// checkpoint.every. A network and data that the program brought to the run it brings again. A run whose iterations are done
// is given what is still missing of its end (Finished tells whether anything is).
//
// Damaged checkpoints are set aside, under names that begin with "damaged-", and one before them is taken; with none before
// them Resume returns an error unless Options.FromStart is set. After any error the folder is as it was.
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
	name := cfg.Data.Name // as in its checkpoints
	cfg = cfg.Anchored()
	cfg.Data.Name = name
	r := newRun(cfg, o)
	if err := r.restore(folder); err != nil {
		r.workers.Close()
		return nil, err
	}
	return r, nil
}

// restore builds the run and loads its newest good checkpoint. It looks at everything before it changes anything.
func (r *Run) restore(folder *Folder) error {
	r.journal.folder = folder
	root := folder.Checkpoints()
	found, err := checkpoint.Newest(r.saver.fs, root, r.checkpointFiles()...)
	none := errors.Is(err, checkpoint.ErrNone)
	switch {
	case err != nil && !none:
		err = fmt.Errorf("train: %w: nothing was changed; once it can be read --resume goes on", err)
	case none && r.Config.From != "":
		err = fmt.Errorf("train: %s went on from %s, and without a checkpoint of its own it cannot go on: begin it anew with --from", folder.Path, r.Config.From)
		for _, bad := range found.Damaged {
			err = errors.Join(err, bad)
		}
	case none && !r.options.FromStart:
		err = r.nothingLost(found, root)
	case none:
		err = nil
	case r.options.FromStart:
		err = fmt.Errorf("train: %s is good: --from-start is for runs of which no checkpoint is", found.Dir)
	default:
		err = r.sameSettings(found.Dir)
	}
	if err != nil {
		return err
	}
	init := r.Config.Init
	if init != "" {
		init = folder.Join(initName)
	}
	if err := r.build(init, folder.Path); err != nil {
		return err
	}
	if !none {
		s, err := r.load(found.Dir, found.Step)
		if err != nil {
			return err
		}
		r.clock.before, r.rollbacks, r.Resumed, r.limited = s.Seconds, s.Rollbacks, s.Iteration, s.Limited
		if s.Window != nil {
			r.window.sums = *s.Window
		}
		r.saver.last = saved{step: s.Iteration, dir: checkpoint.Dir(root, found.Step)}
		r.journal.notes = append(r.journal.notes, otherBits(s.State)...)
	}
	for _, bad := range found.Damaged {
		to, err := checkpoint.SetAside(r.saver.fs, root, bad)
		if err != nil {
			return fmt.Errorf("train: %w", err)
		}
		r.journal.notes = append(r.journal.notes, fmt.Sprintf("%v; set aside as %s", bad, to))
	}
	if err := checkpoint.Clean(r.saver.fs, root); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	r.Folder = folder
	err = r.open()
	if err == nil {
		var from *checkpoint.Found
		if !none {
			from = &found
		}
		err = r.recruit(from)
	}
	if err != nil {
		r.Folder = nil
		return err
	}
	if !none { // a kill may have come between a checkpoint and this
		if _, err := r.prune(found.Step); err != nil {
			r.journal.notes = append(r.journal.notes, err.Error())
		}
	}
	return nil
}

// sameSettings returns an error when the run's config.toml is not what a checkpoint was written with.
func (r *Run) sameSettings(dir string) error {
	_, meta, err := weightfile.LoadSafetensors(filepath.Join(dir, "weights.safetensors"))
	if err != nil {
		return fmt.Errorf("train: %w", err)
	}
	return r.Config.Continues(meta["config"], dir)
}

// nothingLost returns an error when a run without a good checkpoint had some.
func (r *Run) nothingLost(found checkpoint.Found, root string) error {
	const mend = "--from-start gives their work up and begins again"
	if len(found.Damaged) > 0 {
		errs := []error{fmt.Errorf("train: all %d checkpoints in %s are damaged; %s", len(found.Damaged), root, mend)}
		for _, bad := range found.Damaged {
			errs = append(errs, bad)
		}
		return errors.Join(errs...)
	}
	log, err := r.journal.read()
	if err != nil {
		return err
	}
	if step := newestTold(log); step > 0 {
		return fmt.Errorf("train: %s tells of a checkpoint of iteration %d, and there is none in %s; %s", journalName, step, root, mend)
	}
	return nil
}

// Finished tells whether a run has done its iterations and everything that follows them: Train would change nothing.
func (r *Run) Finished() bool {
	if !r.done() || !r.journal.told.finished {
		return false
	}
	text, err := files.ReadSmall(r.Folder.Join("state.json"), maxState)
	var s struct{ Status Status }
	return err == nil && json.Unmarshal(text, &s) == nil && s.Status == Finished
}

// catchUp does what the session that wrote the checkpoint did not come to: its pictures, its line in the log, a measurement
// that was due.
func (r *Run) catchUp(ctx context.Context) {
	if r.Resumed == 0 {
		return
	}
	if !r.journal.told.at || r.done() {
		s := r.trainer.Snapshot()
		x := r.saver.last
		x.seconds, x.bytes = r.clock.before, checkpoint.Size(r.saver.fs, r.Folder.Checkpoints(), int64(x.step))
		r.show(&x, s.Average(), r.trainer.Network().Spec(), r.shown(s), r.done())
		if s.Bank != nil {
			s.Bank.Release()
		}
		r.saver.last = x
		r.logSaved(x)
	}
	if r.journal.told.eval < int64(r.Resumed) {
		r.measureIfDue(ctx)
	}
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
