package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"anila/nn"
	"anila/nn/weightfile"
	"anila/tensor"
	"anila/train"
	"anila/train/checkpoint"
	"anila/train/comm"
	"anila/train/data"
	"anila/train/settings"
)

// Status says how training ended, or that it has not.
type Status string

// The statuses of a run's state.json.
const (
	Running     Status = "running"
	Finished    Status = "finished"
	Interrupted Status = "interrupted"
	TimeLimit   Status = "time-limit"
	Failed      Status = "failed"
)

// Options are what a program brings to a run beside its settings.
type Options struct {
	Network *nn.Network  // trained in place of the one that the settings name, from its present parameters
	Source  train.Source // of data, in place of the one that the settings name
	Opened  data.Source  // the data that the settings name, where they are open already (settings.Pick)

	Dir     string        // run folder of Start; "" is runs/PRESET-NNN
	Workers int           // goroutines that compute; 0 means 1. No number depends on it
	MaxTime time.Duration // of this session; 0 means no limit
	// TotalTime is a limit of all sessions together; 0 means none. The clock does not count what measures the model on the way.
	TotalTime time.Duration
	// Measurements is how often at least the exact likelihood of a planar toy is measured on the way, spread evenly.
	Measurements int
	References   *References // what samples are measured against, shared with runs before and after; nil: the run's own
	Force        bool        // begin though the estimate says that memory or disk do not suffice
	Carried      fs.FS       // models that the program brings along, NAME.safetensors, which model.init may name; nil for none

	// Comm is this rank's place among several that train together, of which each holds as many of train.shards. Rank 0 starts
	// the run, the others call Follow. nil: there is one.
	Comm *comm.Comm

	FS     checkpoint.FS       // where checkpoints are written; nil means the real one
	Report func(*Run) Reporter // makes pictures, curves and pages: report.New; nil means none
	// FromStart lets Resume begin again where checkpoints were written and none is good.
	FromStart bool
	// Loading, where set, is told how many pictures of a folder are decoded; one call at a time.
	Loading func(done, total int)
}

// settle notes in the settings what the program brings itself.
func (o Options) settle(c settings.Config) settings.Config {
	if o.Network != nil {
		c.Network.Net = settings.Own
	}
	if o.Source != nil {
		c.Data.Name = settings.Own
	}
	return c
}

// Observer is told what happens, from the goroutine that trains; it must return soon.
type Observer interface {
	Progress(Progress) // after every iteration
	Event(Event)       // after every line of events.jsonl
}

// Run is a training run in its folder.
type Run struct {
	Folder  *Folder
	Config  settings.Config // as in config.toml, resolved
	Resumed uint64          // iteration that it went on from
	Need    Need            // what it takes, as estimated

	options   Options
	source    train.Source        // without flips and noise
	network   *nn.Network         // as training begins with it
	first     []weightfile.Tensor // its parameters then
	begun     bool                // with another run's checkpoint, in this session
	workers   *tensor.Workers
	trainer   *train.Trainer
	judged    *judge // nil where training is not measured
	crew      *crew  // the other ranks; nil without any
	journal   journal
	saver     saver
	window    window
	clock     clock
	rollbacks int
	measured  int    // measurements of Options.Measurements that are done
	level     string // of the last iteration, for the log
	last      train.Metrics
	limited   share
}

// Start makes a new run: its folder with config.toml, its data and network.
func Start(cfg settings.Config, o Options) (*Run, error) {
	cfg, err := o.settle(cfg).Anchored().Resolved()
	if err != nil {
		return nil, err
	}
	r := newRun(cfg, o)
	if err = r.build(cfg.Init, cmp.Or(o.Dir, "runs")); err == nil {
		if r.Folder, err = createFolder(o.Dir, cmp.Or(cfg.Preset, baseName(cfg.Data.Name)), journalName); err == nil {
			if err = errors.Join(r.saveInit(), r.open()); err == nil {
				err = r.recruit(nil)
			}
		}
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func newRun(cfg settings.Config, o Options) *Run {
	if o.References == nil || o.Source != nil { // a program's own data have no name to know them by
		o.References = new(References)
	}
	fs := cmp.Or[checkpoint.FS](o.FS, checkpoint.OS{})
	return &Run{Config: cfg, options: o, saver: saver{fs: fs}, workers: tensor.NewWorkers(max(1, o.Workers))}
}

// build opens the data and makes the network, with the weights of init where there are any, and its trainer.
func (r *Run) build(init, dir string) (err error) {
	if n := r.options.Comm.Size(); max(1, r.Config.Train.Shards)%n != 0 {
		return &settings.KeyError{Key: "train.shards", Value: strconv.Itoa(r.Config.Train.Shards), Want: fmt.Sprintf("a multiple of the %d ranks, which share them", n)}
	}
	if r.source = r.options.Source; r.source == nil {
		if r.options.Opened != nil {
			r.source, err = r.Config.Prepare(r.options.Opened)
		} else {
			r.source, err = r.Config.Source(context.Background(), r.options.Loading)
		}
		if err != nil {
			return err
		}
	}
	warning := ""
	if a, ok := underlying(r.source); ok && a.Warning != "" && len(r.Config.Data.Shift) != 1 { // which brings images into range
		warning = a.Warning
		r.journal.notes = append(r.journal.notes, warning)
	}
	if set, ok := r.source.(data.Set); ok {
		for _, note := range data.Notes(set) {
			r.journal.notes = append(r.journal.notes, "data "+note)
		}
	}
	if err := r.makeRoom(dir); err != nil {
		if warning != "" {
			err = fmt.Errorf("%w (%s)", err, warning)
		}
		return err
	}
	if r.network = r.options.Network; r.network == nil {
		if r.network, err = r.Config.NewNetwork(r.source.Shape()); err != nil {
			return err
		}
	}
	if init != "" {
		if err := loadInit(r.network, init, r.options.Carried); err != nil {
			return err
		}
	}
	for _, t := range r.network.Tensors() {
		r.first = append(r.first, weightfile.Tensor{Name: t.Name, Shape: t.Shape, Data: slices.Clone(t.Data)})
	}
	if r.judged, err = newJudge(r.Config, r.source); err != nil {
		return err
	}
	return r.begin()
}

// begin makes the trainer at iteration 0.
func (r *Run) begin() (err error) {
	r.trainer, err = train.NewOver(r.options.Comm, r.network, r.Config.Augment(r.source), r.Config.Train, r.workers)
	return err
}

// open writes the configuration and opens the log, in a folder that is locked.
func (r *Run) open() error {
	if err := checkpoint.WriteFile(r.saver.fs, r.Folder.Join(configName), r.configFile()); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	if err := r.journal.open(r.Folder, r.trainer.Iteration(), r.rollbacks); err != nil {
		return err
	}
	if why := r.Folder.Unlocked; why != nil {
		r.journal.notes = append(r.journal.notes, fmt.Sprintf("the file system of %s has no locks (%v): see to it that no other process writes this run",
			r.Folder.Path, why))
	}
	if why := checkpoint.NoSync(r.Folder.Path); why != nil {
		r.journal.notes = append(r.journal.notes, fmt.Sprintf("the file system of %s cannot sync folders (%v): a power cut may cost the newest checkpoint",
			r.Folder.Path, why))
	}
	if r.options.Report != nil {
		r.journal.reporter = r.options.Report(r)
	}
	return nil
}

// Close frees the folder and the workers. It waits for a checkpoint under way.
func (r *Run) Close() error {
	r.saver.end()
	r.workers.Close()
	if r.Folder == nil {
		return nil
	}
	return r.Folder.Close()
}

// Trainer returns the run's trainer; a roll-back to the beginning replaces it.
func (r *Run) Trainer() *train.Trainer { return r.trainer }

// Source returns the data, without flips and noise.
func (r *Run) Source() train.Source { return r.source }

// room says what the checkpoints will take on the disk.
func (r *Run) room() string {
	k, one := r.Config.Checkpoint, r.trainer.SnapshotBytes()
	s := fmt.Sprintf("a checkpoint takes %s", bytesText(one))
	switch {
	case k.MaxBytes > 0:
		s += fmt.Sprintf("; checkpoint.max_bytes keeps all of them within %s", bytesText(max(k.MaxBytes, one)))
	case k.Keep > 0 && k.KeepEvery > 0:
		s += fmt.Sprintf("; the last %d are kept, and those of every %d iterations for good", k.Keep, k.KeepEvery)
	case k.Keep > 0:
		s += fmt.Sprintf("; the last %d are kept: %s, and one more while it is written", k.Keep, bytesText(int64(k.Keep)*one))
	default:
		s += "; all are kept (checkpoint.keep = 0)"
	}
	return s
}

// Save asks for a checkpoint after the iteration under way. It may be called from any goroutine, while Train works.
func (r *Run) Save() { r.saver.now.Store(true) }

// Train works until the iterations are done, ctx is cancelled (status Interrupted) or time is up (TimeLimit), and writes a
// checkpoint in each case. At the time limit the iteration under way is finished; when ctx is cancelled it is given up at its
// next Langevin step, and a resumed run does it anew with the same bits (with levels it is finished, too). observer may be nil.
// The error, if any, goes with status Failed: the last good checkpoint then still stands.
func (r *Run) Train(ctx context.Context, observer Observer) (Result, error) {
	r.journal.observer, r.clock.started, r.saver.asked = observer, time.Now(), time.Now()
	if r.Finished() {
		return Result{Status: Finished, Iteration: r.trainer.Iteration(), Seconds: r.clock.before, Rollbacks: r.rollbacks,
			Limited: r.limited.of(r.trainer.Config().Sampler), Checkpoint: r.saver.last.dir}, r.journal.close()
	}
	r.window.since, r.window.last = r.clock.started, r.clock.started
	kind, message := "start", r.room()
	switch {
	case r.begun:
		message = fmt.Sprintf("from iteration %d of %s; %s", r.trainer.Iteration(), r.Config.From, message)
	case r.trainer.Iteration() > 0:
		kind, message = "resume", fmt.Sprintf("from iteration %d; %s", r.trainer.Iteration(), message)
	}
	r.event(Event{Kind: kind, Message: message})
	r.crew.introduce(r)
	for _, message := range r.journal.notes {
		r.event(Event{Kind: "warning", Message: message})
	}
	r.journal.notes = nil
	if why := outOfReach(r.trainer.Config(), r.trainer.Network()); why != "" {
		r.event(Event{Kind: "warning", Message: why})
	}
	r.saveStatus(Running, "")
	r.catchUp(ctx)

	var stop atomic.Bool
	defer context.AfterFunc(ctx, func() { stop.Store(true) })()
	var status Status
	var err error
	for {
		if status, err = r.loop(ctx, &stop); err == nil {
			err = r.checkpoint(saving{wait: true}) // which may be a roll-back
		}
		if err != nil || status != Finished || r.done() {
			break
		}
	}
	saved := r.saver.last
	result := Result{Status: status, Iteration: r.trainer.Iteration(), Seconds: r.clock.elapsed(), Last: r.last, Rollbacks: r.rollbacks,
		Limited:    r.limited.of(r.trainer.Config().Sampler),
		Checkpoint: saved.dir, Picture: saved.picture, Likelihood: saved.likelihood}
	if r.judged != nil {
		result.Distance = r.judged.last
	}
	if why := idleBound(r.trainer.Config().Sampler, result.Limited); why != "" {
		r.event(Event{Kind: "warning", Message: why})
	}
	text := ""
	if err != nil {
		result.Status, text = Failed, err.Error()
		r.event(Event{Kind: "failed", Message: text})
	} else {
		r.event(Event{Kind: string(status), Message: result.summary()})
	}
	r.saveStatus(result.Status, text)
	if e := r.journal.close(); e != nil && observer != nil {
		observer.Event(Event{Step: int64(result.Iteration), Kind: "warning", Message: e.Error()})
	}
	return result, err
}

// loop iterates, with what has to happen between iterations.
func (r *Run) loop(ctx context.Context, stop *atomic.Bool) (Status, error) {
	for !r.done() {
		if ctx.Err() != nil {
			return Interrupted, nil
		}
		if r.options.MaxTime > 0 && time.Since(r.clock.started) >= r.options.MaxTime || r.share() >= 1 {
			return TimeLimit, nil
		}
		r.crew.order(order{Do: iterate, Factor: r.trainer.RateFactor()})
		m, ok := r.trainer.IterateUntil(stop)
		if !ok {
			return Interrupted, nil
		}
		r.last = m
		if a, ok := underlying(r.source); ok && a.Err() != nil {
			return Failed, fmt.Errorf("train: %w", a.Err())
		}
		r.noteLevel()
		if why := r.Config.Guard.Check(m); why != "" && r.Config.Guard.Policy != "ignore" {
			if err := r.diverged(why); err != nil {
				return Failed, err
			}
			continue
		} else if why != "" {
			r.warn(Event{Kind: "diverged", Message: why + " (guard.policy = ignore)"})
		}
		r.window.add(m, time.Now())
		r.limited.add(m)
		if r.trainer.Iteration()%uint64(r.Config.Log.Every) == 0 {
			r.event(r.window.event(r.trainer.Config().Sampler, r.options.Comm))
		}
		r.progress(m)
		r.measureLikelihood()
		r.measureIfDue(ctx)
		if r.crew.written(r) {
			r.collect()
		}
		if x, ok := r.saver.poll(); ok {
			if err := r.logSaved(x); err != nil {
				return Failed, err
			}
		}
		if r.done() {
			break // Train writes the last one
		}
		if due, scheduled := r.saver.due(r.Config.Checkpoint, r.trainer.Iteration()); due {
			if err := r.checkpoint(saving{scheduled: scheduled}); err != nil {
				return Failed, err
			}
		}
	}
	return Finished, nil
}

// share is how much of the run is done, by its iterations or by its time, whichever is more.
func (r *Run) share() float64 {
	share := float64(r.trainer.Iteration()) / float64(r.Config.Iterations)
	if limit := r.options.TotalTime; limit > 0 {
		share = max(share, r.clock.elapsed()/limit.Seconds())
	}
	return share
}

// measureIfDue measures the averaged weights where eval.every says so; that it could not is a warning. Cut off by the end of
// the session, it is done by the next one.
func (r *Run) measureIfDue(ctx context.Context) {
	if err := r.judge(ctx); err != nil && ctx.Err() == nil {
		r.event(Event{Kind: "warning", Message: "not measured: " + err.Error()})
	}
}

// noteLevel logs that training with levels has come to another one.
func (r *Run) noteLevel() {
	if len(r.Config.Train.Levels.Pictures) == 0 {
		return
	}
	spec := r.trainer.Network().Spec()
	level := fmt.Sprintf("%d×%d", spec.H, spec.W)
	if spec.Fade > 0 {
		level += fmt.Sprintf(", block %d fades in", spec.H)
	}
	if level != r.level {
		r.level = level
		r.event(Event{Kind: "level", Message: fmt.Sprintf("%s, %d parameters", level, r.trainer.Network().ParamCount())})
	}
}

func (r *Run) done() bool { return r.trainer.Iteration() >= uint64(r.Config.Iterations) }

// event logs what happens now.
func (r *Run) event(e Event) {
	e.Step, e.Seconds = int64(r.trainer.Iteration()), r.clock.elapsed()
	r.journal.add(e)
}

// warn logs an event of a kind at most once a log step.
func (r *Run) warn(e Event) {
	if r.trainer.Iteration()%uint64(r.Config.Log.Every) == 0 {
		r.event(e)
	}
}
