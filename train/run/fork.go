package run

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"anila/nn/weightfile"
	"anila/train/checkpoint"
	"anila/train/settings"
)

// Fork makes a new run that goes on from a checkpoint of another one, which it leaves alone: path is a run, whose newest good
// checkpoint is taken, or the folder of a checkpoint. Settings are those that this was written with, but for what list and
// flags (Layers.Settings and Layers.Flags) change. Weights, moving average, optimizer, bank, iteration and with it the streams
// of random numbers, and the factor of the rate go on: without changes the new run has the bits that the other one would have.
// Its log, its time and its roll-backs count anew. A change that the state does not allow is a *settings.KeyError.
//
// The new folder becomes a run with its first checkpoint, so that it needs the other run no more, whenever it is killed.
func Fork(path string, list []string, flags map[string]any, o Options) (*Run, error) {
	if o.Comm.Size() > 1 {
		return nil, errors.New("train: a run goes on from another one's checkpoint in one process alone; once it has begun, several ranks may resume it")
	}
	fs := cmp.Or[checkpoint.FS](o.FS, checkpoint.OS{})
	found, err := findCheckpoint(fs, path)
	if err != nil {
		return nil, err
	}
	at, err := readState(found.Dir)
	if err != nil {
		return nil, err
	}
	if found.Step >= 0 && at.Iteration != uint64(found.Step) {
		return nil, otherName(found.Dir, at.Iteration)
	}
	_, meta, err := weightfile.LoadSafetensors(filepath.Join(found.Dir, "weights.safetensors"))
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	if meta["config"] == "" {
		return nil, fmt.Errorf("train: checkpoint %s does not say what settings it was written with: it is of no run", found.Dir)
	}
	was, now, err := settings.Fork(meta["config"], found.Dir, list, flags)
	if err != nil {
		return nil, err
	}
	if own := o.settle(was); own.Network.Net != was.Network.Net || own.Data.Name != was.Data.Name {
		return nil, fmt.Errorf("train: %s was written with the network and data that its settings name, not with the program's own", found.Dir)
	}
	if uint64(now.Iterations) <= at.Iteration {
		return nil, &settings.KeyError{Key: "train.iterations", Value: strconv.Itoa(now.Iterations), Want: fmt.Sprintf("more than the %d that %s has done", at.Iteration, found.Dir)}
	}
	if now, err = now.Anchored().Resolved(); err != nil {
		return nil, err
	}
	r := newRun(now, o)
	for _, bad := range found.Damaged {
		r.journal.notes = append(r.journal.notes, fmt.Sprintf("%v; the one before it was taken", bad))
	}
	if err := r.fork(found.Dir, was); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// findCheckpoint finds the checkpoint that path means, and its step where it is a run's newest good one; else that is −1.
func findCheckpoint(fs checkpoint.FS, path string) (found checkpoint.Found, err error) {
	if path, err = filepath.Abs(path); err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		return found, fmt.Errorf("train: %w", err)
	}
	required := []string{"weights.safetensors", "optimizer.safetensors", "state.json"}
	has := func(name string) bool {
		_, err := os.Stat(filepath.Join(path, name))
		return err == nil
	}
	if has(configName) || has(checkpointsName) {
		found, err = checkpoint.Newest(fs, filepath.Join(path, checkpointsName), required...)
	} else {
		found.Step, found.Dir = -1, path
		err = checkpoint.VerifyDir(fs, path, required...)
	}
	if err != nil {
		errs := []error{fmt.Errorf("train: %s: %w", path, err)}
		for _, bad := range found.Damaged {
			errs = append(errs, bad)
		}
		return found, errors.Join(errs...)
	}
	return found, nil
}

// fork builds the run with the state of another one's checkpoint, and its folder with a first checkpoint.
func (r *Run) fork(dir string, was settings.Config) error {
	if err := r.build("", cmp.Or(r.options.Dir, "runs")); err != nil {
		return err
	}
	s, _, err := r.readSnapshot(dir, was.Train.EMA > 0 && r.Config.Train.EMA > 0)
	if err != nil {
		return err
	}
	if err := r.trainer.Adopt(s, was.Train, was.Augment(r.source)); err != nil {
		return fmt.Errorf("train: checkpoint %s: %w", dir, err)
	}
	r.journal.notes = append(r.journal.notes, otherBits(s.State)...)
	r.begun, r.Resumed = true, s.Iteration
	if r.Folder, err = createFolder(r.options.Dir, cmp.Or(r.Config.Preset, baseName(r.Config.Data.Name)), journalName); err != nil {
		return err
	}
	if err := r.saveFirst(); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	return r.open()
}

// saveFirst writes the checkpoint that a run begins with. It is scheduled: a roll-back goes to it where there is no later one.
func (r *Run) saveFirst() error {
	began, scheduled := time.Now(), true
	s := r.trainer.Snapshot()
	step := int64(s.Iteration)
	if err := checkpoint.Clean(r.saver.fs, r.Folder.Checkpoints()); err != nil {
		return err
	}
	w, err := r.beginCheckpoint(step)
	if err != nil {
		return err
	}
	sums, err := w.Add(r.entries(s, state{State: s.State, Scheduled: &scheduled}, r.trainer.Network().Spec(), r.shown(s)))
	if s.Bank != nil {
		s.Bank.Release()
	}
	if err != nil {
		w.Discard()
		return err
	}
	x := saved{step: s.Iteration, dir: checkpoint.Dir(r.Folder.Checkpoints(), step)}
	x.bytes, err = w.Commit(sums)
	x.took = time.Since(began)
	r.saver.last = x
	return err
}
