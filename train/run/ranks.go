package run

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"

	"anila/asm/isa"
	"anila/tensor"
	"anila/train/checkpoint"
	"anila/train/comm"
	"anila/train/model"
	"anila/train/settings"
)

// Over several ranks, rank 0 has the run: it reads the settings, decides, logs, and gives the others, its crew, orders, which
// they follow at once. Every rank writes its shards' files of a checkpoint.

// order is what rank 0 has the others do.
type order struct {
	Do     deed
	Config string  `json:",omitempty"` // of join: the settings
	Init   string  `json:",omitempty"` // of join: the weights that training begins with
	Root   string  `json:",omitempty"` // of join: the run's folder
	Data   string  `json:",omitempty"` // of join: the first batch's digest
	Dir    string  `json:",omitempty"` // of join and load: a checkpoint
	Step   int64   `json:",omitempty"` // of join, load and save
	Factor float64 `json:",omitempty"` // of iterate: of the learning rate
	N      int     `json:",omitempty"` // of measure: samples
}

// deed is what is done on all ranks at the same time.
type deed string

const (
	join    deed = "join"    // make the run that rank 0 has
	iterate deed = "iterate" // once
	save    deed = "save"    // begin to write this rank's files of a checkpoint
	collect deed = "collect" // wait until they are written, and tell of them
	load    deed = "load"    // a checkpoint
	begin   deed = "begin"   // anew, at iteration 0
	measure deed = "measure" // draw samples of the average with rank 0
	end     deed = "end"
)

// crew are the other ranks of rank 0; nil where there are none.
type crew struct{ comm *comm.Comm }

// order gives an order.
func (c *crew) order(o order) {
	if c == nil {
		return
	}
	text, err := json.Marshal(o)
	if err != nil {
		panic("train: " + err.Error())
	}
	c.comm.Broadcast(text)
}

// agree returns rank 0's error, or another rank's with its name: all have done the same.
func (c *crew) agree(err error) error {
	if c == nil {
		return err
	}
	return c.comm.Agree(err)
}

// SameProgram returns an error on all ranks where one cannot compute with the others, which it names: it is another version,
// or computes with other kernels. err is what keeps this rank from it anyway.
func SameProgram(c *comm.Comm, err error) error {
	if c.Size() == 1 {
		return err
	}
	return sameProgram(c, err, []string{"version " + Version(), "instruction set " + isa.Current().String(),
		fmt.Sprintf("table of convolution algorithms %d", tensor.AlgorithmTable), "convolution algorithm " + cmp.Or(tensor.FixedAlgorithm(), "of the table")})
}

func sameProgram(c *comm.Comm, err error, what []string) error {
	if err := c.Agree(err); err != nil {
		return err
	}
	own, err := json.Marshal(what)
	if err != nil {
		return err
	}
	var first []string
	for rank, text := range c.AllGather(own) {
		var its []string
		if err := json.Unmarshal(text, &its); err != nil {
			return fmt.Errorf("train: %s: %w", c.Name(rank), err)
		}
		if rank == 0 {
			first = its
		}
		for i, s := range its {
			if s != first[i] {
				return fmt.Errorf("train: %s has %s, and rank 0 has %s: the bits of one run need the same on all ranks", c.Name(rank), s, first[i])
			}
		}
	}
	return nil
}

// recruit makes the other ranks ready for a run that is, with the checkpoint that it goes on from.
func (r *Run) recruit(from *checkpoint.Found) error {
	if r.options.Comm.Size() == 1 {
		return nil
	}
	r.crew = &crew{r.options.Comm}
	root, err := filepath.Abs(r.Folder.Path)
	if err != nil {
		return fmt.Errorf("train: run folder: %w", err)
	}
	o := order{Do: join, Config: string(r.Config.TOML()), Root: root, Data: r.trainer.DataDigest()}
	if r.Config.Init != "" {
		o.Init = filepath.Join(root, initName)
	}
	if from != nil { // its name may be another one's by now
		o.Step, o.Dir = from.Step, checkpoint.Dir(filepath.Join(root, "checkpoints"), from.Step)
	}
	r.crew.order(o)
	return r.crew.agree(nil)
}

// Dismiss ends Follow on the other ranks. Who may have started a run on rank 0 calls it in the end, whatever came of it.
func Dismiss(c *comm.Comm) {
	if c.Size() > 1 {
		(&crew{c}).order(order{Do: end})
	}
}

// introduce logs who trains, and has who is late logged.
func (c *crew) introduce(r *Run) {
	if c == nil {
		return
	}
	machines := map[string]bool{}
	for _, host := range c.comm.Hosts() {
		machines[host] = true
	}
	r.event(Event{Kind: "ranks", Message: fmt.Sprintf("%d on %d machines, each with %d of %d shards", c.comm.Size(), len(machines),
		r.Config.Train.Shards/c.comm.Size(), r.Config.Train.Shards)})
	c.comm.Late = func(message string) { r.event(Event{Kind: "waiting", Message: message}) }
}

// joint is a checkpoint that several ranks write.
type joint struct {
	own chan part // of this rank; filled once
	end func(sums []checkpoint.Sums, err error) saved
}

// part is what a rank has written of a checkpoint.
type part struct {
	Sums checkpoint.Sums
	err  error
}

// writeTogether starts to write a checkpoint on all ranks.
func (r *Run) writeTogether(step int64, begin func() (*checkpoint.Writing, error), add func(*checkpoint.Writing) (checkpoint.Sums, error),
	end func(*checkpoint.Writing, []checkpoint.Sums, error) saved) {
	w, err := begin()
	if err != nil {
		r.saver.start(func() saved { return end(nil, nil, err) })
		return
	}
	r.crew.order(order{Do: save, Step: step})
	j := &joint{own: make(chan part, 1), end: func(sums []checkpoint.Sums, err error) saved { return end(w, sums, err) }}
	go func() {
		sums, err := add(w)
		j.own <- part{sums, err}
	}()
	r.saver.joint = j
}

// written tells whether all ranks have written their parts of the checkpoint under way, as they told in the last iteration.
func (c *crew) written(r *Run) bool {
	j := r.saver.joint
	if c == nil || j == nil || len(j.own) == 0 {
		return false
	}
	for _, note := range r.trainer.Notes()[1:] {
		if note != partWritten {
			return false
		}
	}
	return true
}

// partWritten is a rank's note while it has no part of a checkpoint to write.
const partWritten = 1

// collect waits until all ranks have written their parts of the checkpoint under way, which it then completes in the background.
func (r *Run) collect() {
	j := r.saver.joint
	r.saver.joint = nil
	r.crew.order(order{Do: collect})
	sums, err := gatherParts(r.options.Comm, <-j.own)
	r.saver.start(func() saved { return j.end(sums, err) })
}

// gatherParts returns what all ranks wrote, or the first error, on all ranks.
func gatherParts(c *comm.Comm, own part) (sums []checkpoint.Sums, err error) {
	if err := c.Agree(own.err); err != nil {
		return nil, err
	}
	text, err := json.Marshal(own)
	if err != nil {
		return nil, err
	}
	for _, text := range c.AllGather(text) {
		var p part
		err = errors.Join(err, json.Unmarshal(text, &p))
		sums = append(sums, p.Sums)
	}
	return sums, err
}

// Follow does on this rank what rank 0 of Options.Comm has it do, until it is dismissed. Network and data that a program brings
// along it brings on all ranks. When ctx is cancelled, rank 0 ends the run as if that had been cancelled. What this rank
// cannot do, rank 0 is told; the error is of this rank's own.
func Follow(ctx context.Context, o Options) error {
	f := follower{options: o}
	defer context.AfterFunc(ctx, func() { f.stop.Store(true) })()
	defer f.close()
	for {
		var next order
		if err := json.Unmarshal(o.Comm.Broadcast(nil), &next); err != nil {
			return fmt.Errorf("train: order of rank 0: %w", err)
		}
		if next.Do == end {
			return nil
		}
		if err := f.follow(next); err != nil {
			return err
		}
	}
}

// follower is a run on another rank than 0.
type follower struct {
	options Options
	stop    atomic.Bool
	run     *Run
	root    string    // of checkpoints
	part    chan part // of the checkpoint under way; nil without one
}

// follow follows an order. That it cannot be done is told where rank 0 waits for it.
func (f *follower) follow(o order) error {
	switch o.Do {
	case join:
		_ = f.options.Comm.Agree(f.join(o))
	case load:
		_, err := f.run.load(o.Dir, o.Step)
		_ = f.options.Comm.Agree(err)
	case begin:
		_ = f.options.Comm.Agree(f.begin())
	case iterate:
		t := f.run.trainer
		t.SetRateFactor(o.Factor)
		t.IterateUntil(&f.stop)
		if a, ok := underlying(f.run.source); ok && a.Err() != nil {
			return fmt.Errorf("train: %w", a.Err())
		}
	case save:
		f.save(o.Step)
	case collect:
		_, _ = gatherParts(f.options.Comm, <-f.part)
		f.part = nil
	case measure:
		return f.measure(o.N)
	default:
		return fmt.Errorf("train: rank 0 orders %q", o.Do)
	}
	return nil
}

// join makes the run that rank 0 has.
func (f *follower) join(o order) error {
	cfg, err := settings.Resolve(settings.Layers{File: "the settings of rank 0", Text: []byte(o.Config)})
	if err != nil {
		return err
	}
	cfg.Eval.Every = 0 // rank 0 measures
	f.root = filepath.Join(o.Root, "checkpoints")
	f.run = newRun(cfg, f.options)
	if err := f.run.build(o.Init, o.Root); err != nil {
		return err
	}
	f.note()
	if f.run.trainer.DataDigest() != o.Data {
		return errors.New("train: the data here are not those of rank 0: their first batch differs")
	}
	if o.Dir != "" {
		_, err = f.run.load(o.Dir, o.Step)
	}
	return err
}

// begin goes back to iteration 0.
func (f *follower) begin() error {
	err := f.run.beginAnew()
	f.note()
	return err
}

// note has the others told whether this rank has written its part of the checkpoint under way.
func (f *follower) note() {
	f.run.trainer.Note(func() float64 {
		if f.part != nil && len(f.part) == 0 {
			return 0
		}
		return partWritten
	})
}

// save starts to write this rank's files of a checkpoint.
func (f *follower) save(step int64) {
	r := f.run
	s := r.trainer.SnapshotChains()
	c := Checkpoint{}
	c.H, c.W, c.C = r.trainer.Network().Shape()
	written := make(chan part, 1)
	f.part = written
	go func() {
		w := checkpoint.Join(r.saver.fs, f.root, step)
		sums, err := w.Add(r.chainEntries(s, c))
		if s.Bank != nil {
			s.Bank.Release()
		}
		if err == nil {
			err = w.Sync()
		}
		written <- part{sums, err}
	}()
}

// measure draws samples of the averaged weights with rank 0, which judges them. That chains explode it sees itself.
func (f *follower) measure(n int) error {
	r := f.run
	return r.trainer.Averaged(func() error {
		_, _ = r.judgedSamples(context.Background(), model.Model{Network: r.trainer.Network(), Settings: r.Config}, n)
		return nil
	})
}

func (f *follower) close() {
	if f.part != nil {
		<-f.part
	}
	if f.run != nil {
		f.run.workers.Close()
	}
}
