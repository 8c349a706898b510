package train

import (
	"context"
	"errors"
	"fmt"
	"time"

	"anila/tensor"
	"anila/train/checkpoint"
	"anila/train/data"
	"anila/train/eval"
	"anila/train/report"
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

// Options are what changes no number of a run.
type Options struct {
	Dir     string        // run folder of Start; "" is runs/PRESET-NNN
	Workers int           // goroutines that compute; 0 means 1
	MaxTime time.Duration // of this session; 0 means no limit
	FS      checkpoint.FS // where checkpoints are written; nil means the real one
	// Loading, where set, is told how many pictures of a folder are decoded; one call at a time.
	Loading func(done, total int)
}

// Observer is told what happens, from the goroutine that trains; it must return soon.
type Observer interface {
	Progress(Progress)  // after every iteration
	Event(report.Event) // after every line of events.jsonl
}

// Progress is where training stands.
type Progress struct {
	Iteration, Iterations uint64
	Gap                   float64       // of the last iteration
	PerSecond             float64       // iterations, over the last few seconds
	Left                  time.Duration // at that rate; 0 while unknown
}

// Result is what Train came to.
type Result struct {
	Status     Status
	Iteration  uint64
	Seconds    float64 // wall clock of training, over all sessions
	Last       Metrics
	Rollbacks  int
	Checkpoint string           // folder of the newest checkpoint
	Picture    string           // newest picture of samples; "" without one
	Likelihood *eval.Likelihood // of the averaged weights at the end; nil but for planar toys
}

// Run is a training run in its folder.
type Run struct {
	Folder  *Folder
	Config  Config // as in config.toml, resolved
	Resumed uint64 // iteration that it went on from

	o         Options
	fs        checkpoint.FS
	trainer   *Trainer
	workers   *tensor.Workers
	source    data.Source
	events    *eventLog
	writer    writer
	observer  Observer
	window    window
	seconds   float64   // before this session
	started   time.Time // this session
	rollbacks int
	returned  bool // the checkpoint being made is a roll-back's
	last      Metrics
	saved     time.Time      // when the last checkpoint was asked for
	retry     time.Time      // when a failed checkpoint is tried again
	notes     []report.Event // to be logged when training begins
	warnings  map[string]bool
}

// Start makes a new run: its folder with config.toml, its data and network.
func Start(cfg Config, o Options) (*Run, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	r := newRun(cfg.resolved(), o)
	if err := r.build(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	var err error
	if r.Folder, err = CreateFolder(o.Dir, cfg.Preset); err == nil {
		err = r.open()
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func newRun(cfg Config, o Options) *Run {
	r := &Run{Config: cfg, o: o, fs: o.FS, warnings: map[string]bool{}}
	if r.fs == nil {
		r.fs = checkpoint.OS{}
	}
	r.workers = tensor.NewWorkers(max(1, o.Workers))
	return r
}

// build opens the data and makes the trainer.
func (r *Run) build() (err error) {
	if r.source == nil {
		options := data.Options{Dir: r.Config.Data.Dir, Size: r.Config.Data.Size, Progress: r.o.Loading}
		if r.source, err = data.OpenWith(context.Background(), r.Config.Data.Name, options); err != nil {
			return fmt.Errorf("train: %w", err)
		}
	}
	r.trainer, err = NewTrainer(r.Config, r.source, r.workers)
	return err
}

// open writes the configuration and opens the log, in a folder that is locked.
func (r *Run) open() (err error) {
	if err := checkpoint.WriteFile(r.fs, r.Folder.Join(configName), r.configFile()); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	r.events, err = openEvents(r.Folder.Join("events.jsonl"), r.trainer.Iteration())
	return err
}

// Close frees the folder and the workers. It waits for a checkpoint under way.
func (r *Run) Close() error {
	r.writer.wait()
	r.workers.Close()
	if r.Folder == nil {
		return nil
	}
	return r.Folder.Close()
}

// Trainer returns the run's trainer; a roll-back to the beginning replaces it.
func (r *Run) Trainer() *Trainer { return r.trainer }

// CheckpointBytes is about what one checkpoint takes on the disk.
func (r *Run) CheckpointBytes() int64 {
	n := int64(len(r.trainer.z)) * 4
	if r.trainer.ema != nil {
		n += 4 * int64(r.trainer.net.ParamCount())
	}
	moments := map[string]int64{"sgd": 0, "momentum": 1, "adam": 2, "adamw": 2}[r.Config.Optim.Name]
	return n + (1+moments)*4*int64(r.trainer.net.ParamCount()) + int64(r.trainer.bank.Bytes())
}

// room says what the checkpoints will take on the disk.
func (r *Run) room() string {
	k, one := r.Config.Checkpoint, r.CheckpointBytes()
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

// Train works until the iterations are done, ctx is cancelled (status Interrupted) or time is up (TimeLimit); the iteration
// under way is finished and a checkpoint written in each case. observer may be nil. The error, if any, goes with status
// Failed: the last good checkpoint then still stands.
func (r *Run) Train(ctx context.Context, observer Observer) (Result, error) {
	r.observer, r.started, r.saved = observer, time.Now(), time.Now()
	r.window = newWindow(r.started)
	kind, message := "start", r.room()
	if r.trainer.Iteration() > 0 {
		kind, message = "resume", fmt.Sprintf("from iteration %d; %s", r.trainer.Iteration(), message)
	}
	r.event(report.Event{Kind: kind, Message: message})
	for _, e := range r.notes {
		r.event(e)
	}
	r.notes = nil
	r.saveStatus(Running, "")

	var status Status
	var err error
	for {
		if status, err = r.loop(ctx); err == nil {
			err = r.checkpoint(true) // which may be a roll-back
		}
		if err != nil || status != Finished || r.done() {
			break
		}
	}
	res := r.result(status)
	if err != nil {
		res.Status = Failed
		r.event(report.Event{Kind: "failed", Message: err.Error()})
	} else {
		r.event(report.Event{Kind: string(status), Message: res.summary()})
	}
	r.saveStatus(res.Status, errorText(err))
	if e := errors.Join(r.events.close(), r.page()); e != nil && observer != nil {
		observer.Event(report.Event{Step: int64(res.Iteration), Kind: "warning", Message: e.Error()})
	}
	return res, err
}

// loop iterates, with what has to happen between iterations.
func (r *Run) loop(ctx context.Context) (Status, error) {
	for !r.done() {
		if ctx.Err() != nil {
			return Interrupted, nil
		}
		if r.o.MaxTime > 0 && time.Since(r.started) >= r.o.MaxTime {
			return TimeLimit, nil
		}
		m := r.trainer.Iterate()
		r.last = m
		if why := r.Config.Guard.check(m); why != "" && r.Config.Guard.Policy != "ignore" {
			if err := r.diverged(why); err != nil {
				return Failed, err
			}
			continue
		} else if why != "" {
			r.warn(report.Event{Kind: "diverged", Message: why + " (guard.policy = ignore)"})
		}
		r.window.add(m, time.Now())
		if r.trainer.Iteration()%uint64(r.Config.Log.Every) == 0 {
			r.event(r.window.event(r.Config))
		}
		r.progress(m)
		if x, ok := r.writer.poll(); ok {
			r.report(x)
		}
		if r.due() {
			if err := r.checkpoint(false); err != nil {
				return Failed, err
			}
		}
	}
	return Finished, nil
}

func (r *Run) done() bool { return r.trainer.Iteration() >= uint64(r.Config.Train.Iterations) }

// due tells whether a checkpoint is.
func (r *Run) due() bool {
	k, i := r.Config.Checkpoint, r.trainer.Iteration()
	if r.done() {
		return false // Train writes the last one
	}
	return k.Every > 0 && i%uint64(k.Every) == 0 ||
		!r.retry.IsZero() && time.Now().After(r.retry) ||
		k.Minutes > 0 && time.Since(r.saved) >= time.Duration(k.Minutes*float64(time.Minute))
}

// elapsed is the wall clock of training over all sessions, in seconds.
func (r *Run) elapsed() float64 { return r.seconds + time.Since(r.started).Seconds() }

// event logs what happens now.
func (r *Run) event(e report.Event) {
	e.Step, e.Seconds = int64(r.trainer.Iteration()), r.elapsed()
	r.log(e)
}

// log logs an event and tells the observer.
func (r *Run) log(e report.Event) {
	if err := r.events.add(e); err != nil && r.observer != nil && !r.warnings["log"] {
		r.warnings["log"] = true
		r.observer.Event(report.Event{Step: e.Step, Seconds: e.Seconds, Kind: "warning",
			Message: fmt.Sprintf("the log is kept in memory until it can be written: %v", err)})
	} else if err == nil {
		delete(r.warnings, "log")
	}
	if r.observer != nil {
		r.observer.Event(e)
	}
}

// warn logs an event of a kind at most once a log step.
func (r *Run) warn(e report.Event) {
	if r.trainer.Iteration()%uint64(r.Config.Log.Every) == 0 {
		r.event(e)
	}
}

func (r *Run) progress(m Metrics) {
	if r.observer == nil {
		return
	}
	p := Progress{Iteration: r.trainer.Iteration(), Iterations: uint64(r.Config.Train.Iterations), Gap: m.Gap, PerSecond: r.window.rate()}
	if p.PerSecond > 0 {
		p.Left = time.Duration(float64(p.Iterations-p.Iteration) / p.PerSecond * float64(time.Second))
	}
	r.observer.Progress(p)
}

func (r *Run) result(s Status) Result {
	return Result{Status: s, Iteration: r.trainer.Iteration(), Seconds: r.elapsed(), Last: r.last, Rollbacks: r.rollbacks,
		Checkpoint: r.writer.last.dir, Picture: r.writer.last.picture, Likelihood: r.writer.last.likelihood}
}

// summary is a result in a sentence.
func (r Result) summary() string {
	s := fmt.Sprintf("%s at iteration %d after %.1f s", r.Status, r.Iteration, r.Seconds)
	if l := r.Likelihood; l != nil {
		s += fmt.Sprintf("; KL(truth ‖ model) %.4f nats, masses %.3f", l.KL, l.Masses)
	}
	return s
}
