package run

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"anila/nn"
	"anila/nn/weightfile"
	"anila/tensor"
	"anila/train"
	"anila/train/checkpoint"
	"anila/train/internal/faultfs"
	"anila/train/settings"
)

// stopped is a run that was left at an iteration, and its folder.
func stopped(t *testing.T, c settings.Config, at uint64) string {
	t.Helper()
	r := startRun(t, c, Options{Workers: 2})
	stopAt(t, r, at)
	return r.Folder.Path
}

// forked is a new run that goes on from another.
func forked(t *testing.T, path string, list ...string) *Run {
	t.Helper()
	r, err := Fork(path, list, nil, Options{Dir: filepath.Join(t.TempDir(), "fork")})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestForkWithoutChanges: a run that goes on from another's checkpoint has the bits of that one, had it not been stopped: weights,
// average, moments, chains and bank.
func TestForkWithoutChanges(t *testing.T) {
	t.Parallel() // most of its time goes to waiting for the disk
	for _, keys := range [][]string{
		{"chains.start=replay", "chains.restart=0.3", "optim.decay=0.9"},
		{"sampler.kernel=mala", "model.temperature=0.02", "sampler.adapt=5", "optim.name=momentum"},
		{"train.shards=2", "chains.count=8", "ema.decay=0", "data.noise=0.1", "optim.name=sgd"},
	} {
		t.Run(fmt.Sprint(keys), func(t *testing.T) {
			c := tiny(t, keys...)
			want := lastTensors(t, finish(t, startRun(t, c, Options{}), nil).Checkpoint)
			sameTensors(t, lastTensors(t, finish(t, forked(t, stopped(t, c, 5)), nil).Checkpoint), want)
		})
	}
	t.Run("levels", func(t *testing.T) {
		c := tinyImages(t, "model.net=pyramid", "model.n=1", "levels.pictures=[8, 16]", "train.batch=4", "chains.count=4", "chains.start=noise-uniform",
			"levels.fade=0.5", "train.iterations=6")
		want := lastTensors(t, finish(t, startRun(t, c, Options{}), nil).Checkpoint)
		sameTensors(t, lastTensors(t, finish(t, forked(t, stopped(t, c, 3)), nil).Checkpoint), want)
	})
}

// TestForkNeedsTheOtherNoMore: as soon as there is a run, it can be killed, the other one removed, and it is resumed; its log and
// its settings say where it came from. The other run is as it was.
func TestForkNeedsTheOtherNoMore(t *testing.T) {
	c := tiny(t, "checkpoint.every=100")
	other := stopped(t, c, 5)
	from := filepath.Join(other, "checkpoints", "step-000005")
	before := lastTensors(t, from)
	r := forked(t, other, "ema.decay=0.75", "optim.rate=0.002")
	sameTensors(t, lastTensors(t, r.Folder.Join("checkpoints", "step-000005")), before)
	r.Close()
	h := &hooks{}
	calm := forked(t, from, "ema.decay=0.75", "optim.rate=0.002")
	want := finish(t, calm, h)
	if m := h.events[0]; m.Kind != "start" || m.Step != 5 || !strings.Contains(m.Message, "from iteration 5 of "+from) {
		t.Errorf("the log begins with %+v", m)
	}
	if m := h.events[1]; m.Kind != "checkpoint" || m.Step != 5 || strings.Contains(m.Message, "session before") {
		t.Errorf("and goes on with %+v", m)
	}
	sameTensors(t, lastTensors(t, from), before)
	if err := os.RemoveAll(other); err != nil {
		t.Fatal(err)
	}
	r, err := Resume(r.Folder.Path, nil, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Config.From != from || r.Config.Preset != "rings-small" || r.Resumed != 5 {
		t.Errorf("resumed from %q, preset %q, at %d", r.Config.From, r.Config.Preset, r.Resumed)
	}
	if text := string(r.Config.Portable().TOML()); strings.Contains(text, "# from") {
		t.Errorf("what goes to others names a place:\n%.200s", text)
	}
	sameTensors(t, lastTensors(t, finish(t, r, nil).Checkpoint), lastTensors(t, want.Checkpoint))
}

// TestForkActs: what is changed acts from the checkpoint on, as if the trainer of the new settings had been given the state by
// hand; what an average's decay has no say in stays the same.
func TestForkActs(t *testing.T) {
	t.Parallel() // most of its time goes to waiting for the disk
	c := tiny(t, "chains.start=replay", "chains.restart=0.3", "train.iterations=9", "checkpoint.every=100")
	source := startRun(t, c, Options{})
	stopAt(t, source, 5)
	other := source.Folder.Path
	state := source.trainer.Snapshot()
	end := func(list ...string) map[string][]float32 {
		t.Helper()
		return lastTensors(t, finish(t, forked(t, other, list...), nil).Checkpoint)
	}
	same := end()
	differs := func(a map[string][]float32, file string) bool {
		for name, x := range a {
			if strings.HasPrefix(name, file) && !slices.Equal(x, same[name]) {
				return true
			}
		}
		return false
	}
	for _, change := range []string{"optim.rate=0.01", "ema.decay=0.3", "chains.restart=0.9", "train.clip=0.01"} {
		got := end(change)
		cfg := tiny(t, "chains.start=replay", "chains.restart=0.3", "train.iterations=9", change)
		network, err := cfg.NewNetwork(1, 1, 2)
		if err != nil {
			t.Fatal(err)
		}
		byHand, err := train.New(network, source.Source(), cfg.Train, tensor.NewWorkers(1))
		if err == nil {
			err = byHand.Restore(state)
		}
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			byHand.Iterate()
		}
		s := byHand.Snapshot()
		for file, tensors := range map[string][]weightfile.Tensor{"weights": s.Weights, "ema": s.EMA, "optimizer": s.Optimizer,
			"chains": {{Name: "chains", Data: s.Chains}, {Name: "bank", Data: s.Bank.States()}}} {
			for _, x := range tensors {
				if !slices.Equal(got[file+".safetensors "+x.Name], x.Data) {
					t.Errorf("%s: %s of %s is not what it is by hand", change, x.Name, file)
				}
			}
		}
		if weights := differs(got, "weights"); weights != (change != "ema.decay=0.3") || !differs(got, "ema") {
			t.Errorf("%s: other weights %v, other average %v", change, weights, differs(got, "ema"))
		}
	}
	for _, change := range []string{"sampler.steps=4", "sampler.step=0.001", "chains.count=7", "chains.count=31", "train.batch=30", "data.noise=0.2",
		"sampler.kernel=gd", "optim.beta2=0.9", "model.temperature=0.5 sampler.correct=false", "model.reference_sd=3"} {
		if !differs(end(strings.Fields(change)...), "weights") {
			t.Errorf("%s does not act", change)
		}
	}
	r := forked(t, other, "sampler.drift=0.5")
	if drift := r.trainer.Snapshot().Drift; drift != 0.5 {
		t.Errorf("drift %v where it was set to 0.5", drift)
	}
	r.Close()
	if got := end("ema.decay=0"); differs(got, "weights") || len(got) >= len(same) {
		t.Error("without an average there are other weights, or there is one")
	}
	none := stopped(t, tiny(t, "ema.decay=0", "train.iterations=9"), 5)
	r = forked(t, none, "ema.decay=0.9")
	if !reflect.DeepEqual(r.trainer.Average().Tensors(), r.trainer.Network().Tensors()) {
		t.Error("an average that the other run had not does not begin with the weights")
	}
	finish(t, r, nil)
}

// TestForkRefuses: what the state does not allow is refused by its key, what is no checkpoint by its name, and neither leaves a
// run.
func TestForkRefuses(t *testing.T) {
	other := stopped(t, tiny(t, "train.shards=2", "sampler.kernel=mala", "model.temperature=0.02"), 5)
	at := filepath.Join(other, "checkpoints", "step-000005")
	dir := filepath.Join(t.TempDir(), "fork")
	refuse := func(path, want string, list ...string) error {
		t.Helper()
		r, err := Fork(path, list, nil, Options{Dir: dir})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v from %s: %v, %v; want %q", list, path, r, err, want)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Fatalf("%v from %s left a folder", list, path)
		}
		return err
	}
	for _, change := range []string{"seed=9", "model.net=mlp", "model.n=5", "model.leak=0.2", "model.init=x", "data.name=gmm", "data.held_out=0.1",
		"chains.start=replay", "chains.bank=48", "optim.name=sgd", "train.shards=1", "sampler.adapt=3", "levels.pictures=[8]"} {
		name, _, _ := strings.Cut(change, "=")
		var key *settings.KeyError
		if err := refuse(other, name+" = ", change); !errors.As(err, &key) || change != "levels.pictures=[8]" && !strings.Contains(err.Error(), "as "+at+" has it") {
			t.Errorf("%s: %v", change, err)
		}
	}
	refuse(other, "train.iterations = 5: want more than the 5", "train.iterations=5")
	refuse(filepath.Join(other, "none"), "none")
	refuse(filepath.Join(other, configName), configName)
	refuse(filepath.Join(other, "checkpoints"), "checksums.sha256 is missing")

	spoil := func(name string, change func(path string) error) {
		t.Helper()
		if err := change(filepath.Join(at, name)); err != nil {
			t.Fatal(err)
		}
	}
	spoil("optimizer.safetensors", func(path string) error { return os.Truncate(path, 10) })
	refuse(at, filepath.Join(at, "optimizer.safetensors")+" is damaged")
	if r := forked(t, other); r.Resumed != 4 || !strings.Contains(fmt.Sprint(r.journal.notes), "optimizer.safetensors is damaged") {
		t.Errorf("with its newest checkpoint damaged, goes on from %d, says %v", r.Resumed, r.journal.notes)
	} else {
		r.Close()
	}
	spoil("optimizer.safetensors", os.Remove)
	refuse(at, filepath.Join(at, "optimizer.safetensors")+" is missing")

	foreign := filepath.Join(t.TempDir(), "foreign")
	write := func(w *nn.Network, state string) {
		entries := []checkpoint.Entry{
			{Name: "weights.safetensors", Write: func(f io.Writer) error { return weightfile.WriteSafetensors(f, w.Tensors(), nil) }},
			{Name: "optimizer.safetensors", Write: func(f io.Writer) error { return weightfile.WriteSafetensors(f, nil, nil) }},
			{Name: "state.json", Write: func(f io.Writer) error { _, err := f.Write([]byte(state)); return err }},
		}
		if _, err := checkpoint.Write(checkpoint.OS{}, foreign, 1, entries); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(foreign, 0o777); err != nil {
		t.Fatal(err)
	}
	network, err := tiny(t).NewNetwork(1, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	write(network, `{"iteration": 1, "rate_factor": 1}`)
	refuse(checkpoint.Dir(foreign, 1), "step-000001 does not say what settings")
	write(network, `{"iterations": 1}`)
	refuse(checkpoint.Dir(foreign, 1), filepath.Join(checkpoint.Dir(foreign, 1), "state.json"))

	pictures := tinyImages(t, "train.iterations=6")
	images := stopped(t, pictures, 2)
	_, err = Fork(images, nil, map[string]any{"data.dir": pictureFolder(t, 7, 5)}, Options{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "their first batch differs") || !strings.Contains(err.Error(), "step-000002") {
		t.Errorf("other pictures: %v", err)
	}
}

// TestForkRollsBack: a run without an iteration 0 of its own goes back to what it began with, as often as it must, and cannot be
// begun again without the other.
func TestForkRollsBack(t *testing.T) {
	r := forked(t, stopped(t, tiny(t, "guard.lower=0.5"), 5), "checkpoint.every=100")
	h := &hooks{}
	h.progress = func(p Progress) {
		if p.Iteration == 7 && r.rollbacks < 2 {
			r.trainer.Network().Params()[0].Data[0] = float32(math.NaN())
		}
	}
	res := finish(t, r, h)
	if res.Rollbacks != 2 || res.Status != Finished || r.trainer.RateFactor() != 0.25 {
		t.Errorf("%+v, factor %v", res, r.trainer.RateFactor())
	}
	for _, e := range h.events {
		if e.Kind == "rollback" && e.Step != 5 {
			t.Errorf("a roll-back to %d: %s", e.Step, e.Message)
		}
	}
	if err := os.RemoveAll(r.Folder.Checkpoints()); err != nil {
		t.Fatal(err)
	}
	for _, fromStart := range []bool{false, true} {
		if _, err := Resume(r.Folder.Path, nil, nil, Options{FromStart: fromStart}); err == nil || !strings.Contains(err.Error(), "begin it anew with --from") {
			t.Errorf("without a checkpoint, FromStart %v: %v", fromStart, err)
		}
	}
}

// TestFaultForkCrash cuts the power after every change that the beginning of such a run makes to its folder: what is left is a
// run that goes on with the same bits, or no run, and then the same command begins it, but where the checkpoint alone is there.
func TestFaultForkCrash(t *testing.T) {
	t.Parallel() // most of its time goes to waiting for the disk
	other := stopped(t, tiny(t, "train.iterations=7"), 5)
	dir := filepath.Join(t.TempDir(), "run")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	disk := &faultfs.Recorder{Root: dir}
	r, err := Fork(other, nil, nil, Options{Dir: dir, FS: disk})
	if err != nil {
		t.Fatal(err)
	}
	began := disk.Len()
	want := lastTensors(t, finish(t, r, nil).Checkpoint)
	seen := map[string]bool{}
	resumed, begun, alone := 0, 0, 0
	for n := range began + 1 {
		for loss := range faultfs.Losses {
			left := disk.After(n, loss)
			if seen[left.Digest()] {
				continue
			}
			seen[left.Digest()] = true
			copyDir := filepath.Join(t.TempDir(), "copy")
			if err := left.WriteTo(copyDir); err != nil {
				t.Fatal(err)
			}
			var r *Run
			if left.Has("config.toml") {
				r, err = Resume(copyDir, nil, nil, Options{})
				resumed++
			} else if r, err = Fork(other, nil, nil, Options{Dir: copyDir}); err != nil && left.Has("checkpoints/step-000005/") {
				alone++
				continue
			} else {
				begun++
			}
			if err != nil {
				t.Fatalf("after change %d, loss %d: %v", n, loss, err)
			}
			sameTensors(t, lastTensors(t, finish(t, r, nil).Checkpoint), want)
		}
	}
	t.Logf("%d changes: %d disks begun again, %d resumed, %d with a checkpoint alone", began, begun, resumed, alone)
	if begun == 0 || resumed == 0 || alone > 8 {
		t.Error("those are not the disks that there should be")
	}
}
