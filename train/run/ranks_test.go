package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"anila/tensor"
	"anila/train"
	"anila/train/comm"
	"anila/train/internal/faultfs"
	"anila/train/settings"
)

// session is one session of a run over ranks.
type session struct {
	ranks    int
	resume   string                     // "": a new run
	options  func(rank int, o *Options) // nil: none
	observer func(r *Run) Observer      // of rank 0; nil: none
	context  map[int]context.Context    // by rank; nil: none ends
	result   Result                     // of rank 0
	err      error                      // of rank 0
	followed []error                    // by rank, from 1
}

// train trains and returns the run's folder.
func (s *session) train(t *testing.T, cfg settings.Config, list ...string) string {
	t.Helper()
	dir := s.resume
	if dir == "" {
		dir = filepath.Join(t.TempDir(), "run")
	}
	errs := comm.Local(s.ranks, func(c *comm.Comm) error {
		o := Options{Comm: c, Dir: dir, Workers: 1 + c.Rank()%2}
		if s.ranks == 1 {
			o.Comm = nil
		}
		if s.options != nil {
			s.options(c.Rank(), &o)
		}
		ctx := context.Background()
		if own := s.context[c.Rank()]; own != nil {
			ctx = own
		}
		if c.Rank() > 0 {
			return Follow(ctx, o)
		}
		defer Dismiss(o.Comm)
		var r *Run
		if s.resume != "" {
			r, s.err = Resume(dir, list, nil, o)
		} else {
			r, s.err = Start(cfg, o)
		}
		if s.err != nil {
			return nil
		}
		var observer Observer
		if s.observer != nil {
			observer = s.observer(r)
		}
		s.result, s.err = r.Train(ctx, observer)
		return r.Close()
	})
	s.followed = errs[1:]
	if errs[0] != nil {
		t.Fatal(errs[0])
	}
	return dir
}

// must is train that must not fail.
func (s *session) must(t *testing.T, cfg settings.Config, list ...string) string {
	t.Helper()
	dir := s.train(t, cfg, list...)
	if err := errors.Join(append(s.followed, s.err)...); err != nil {
		t.Fatal(err)
	}
	return dir
}

var timed = regexp.MustCompile(`"(seconds|iterations_per_second|langevin_steps_per_second|memory|communication_seconds|busy_seconds)": ?[0-9.e+-]+,?|"slowest":"[^"]*",?`)

// leftBehind is what a run has left behind, without what depends on time, memory and ranks: its log, and every file of its
// checkpoints.
func leftBehind(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	text, err := os.ReadFile(filepath.Join(dir, journalName))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if e := timed.ReplaceAllString(line, ""); strings.Contains(line, `"eval"`) || !strings.Contains(line, `"kind"`) || strings.Contains(line, `"rollback"`) {
			out[journalName] += strings.ReplaceAll(e, ",}", "}")
		}
	}
	paths, err := filepath.Glob(filepath.Join(dir, "checkpoints", "step-*", "*"))
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if name := strings.TrimPrefix(path, dir); filepath.Base(path) != "checksums.sha256" {
			out[name] = timed.ReplaceAllString(string(b), "")
		}
	}
	return out
}

// sameLeft fails unless two runs left the same.
func sameLeft(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d files, want %d", what, len(got), len(want))
	}
	for name, w := range want {
		if g := got[name]; g != w {
			if len(w) > 3000 || strings.HasSuffix(name, "tensors") {
				g, w = fmt.Sprint(len(g), " bytes"), fmt.Sprint(len(w), " other bytes")
			}
			t.Errorf("%s: %s is\n%s\nwant\n%s", what, name, g, w)
		}
	}
}

// four are tiny settings with four shards.
func four(t *testing.T, keys ...string) settings.Config {
	return tiny(t, append([]string{"train.shards=4", "chains.bank=48", "chains.start=replay", "checkpoint.keep=0"}, keys...)...)
}

// TestRunsOverRanks: one, two and four ranks leave the same files, whatever training does on the way, and at whichever number a
// run is resumed.
func TestRunsOverRanks(t *testing.T) {
	pictures := pictureFolder(t, 8, 7)
	cases := map[string]settings.Config{
		"replay":    four(t),
		"warm-up":   four(t, "sampler.kernel=mala", "sampler.adapt=5", "chains.start=persistent"),
		"roll-back": four(t, "guard.gap=1e-9", "guard.rollbacks=2", "checkpoint.every=100"),
		"spikes":    four(t, "guard.gap=1e3", "guard.rollbacks=3"),
	}
	if !testing.Short() && os.Getenv("ANILA_DATA") != "" {
		measured := tinyImages(t, "train.shards=4", "train.batch=4", "chains.count=4", "eval.every=1", "eval.samples=6", "eval.weights="+resnet56(t),
			"checkpoint.best=true", "train.iterations=2")
		measured.Data.Name, measured.Data.Dir = "folder", pictures
		cases["eval"] = measured
	}
	if !testing.Short() {
		levels := tinyImages(t, "model.net=pyramid", "model.n=1", "levels.pictures=[8, 16]", "train.batch=4", "train.shards=4", "levels.fade=0.5",
			"chains.start=noise-uniform", "chains.count=0", "train.iterations=5", "checkpoint.every=1", "checkpoint.keep=0")
		levels.Data.Name, levels.Data.Dir = "folder", pictures
		cases["levels"] = levels
	}
	for name, cfg := range cases {
		t.Run(name, func(t *testing.T) {
			var options func(int, *Options)
			if name == "spikes" {
				options = func(_ int, o *Options) { o.Source = spikes{} }
			}
			plain := session{ranks: 1, options: options}
			dir := plain.train(t, cfg)
			want := leftBehind(t, dir)
			for _, ranks := range []int{2, 4} {
				over := session{ranks: ranks, options: options}
				sameLeft(t, fmt.Sprint(ranks, " ranks"), leftBehind(t, over.train(t, cfg)), want)
				if err := errors.Join(over.followed...); err != nil || fmt.Sprint(over.err) != fmt.Sprint(plain.err) || over.result.Iteration != plain.result.Iteration {
					t.Errorf("%d ranks end with %v (%v), one with %v", ranks, over.err, err, plain.err)
				}
			}
			if wrong := name == "roll-back" || name == "spikes"; wrong != (plain.err != nil) {
				t.Errorf("it ends with %v", plain.err)
			}
			if plain.err != nil {
				return // there is nothing to go on with
			}
			// In three sessions, each of another number of ranks, of which one rank is asked to stop.
			half, ranks := "", []int{2, 4, 1}
			for i, n := range ranks {
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				s := session{ranks: n, resume: half, context: map[int]context.Context{n - 1: ctx}}
				s.observer = func(*Run) Observer {
					return &hooks{progress: func(p Progress) {
						if i < 2 && p.Iteration%uint64(cfg.Iterations) == uint64((i+1)*cfg.Iterations/3) {
							cancel()
						}
					}}
				}
				half = s.must(t, cfg)
			}
			got := leftBehind(t, half)
			last := fmt.Sprintf("/checkpoints/step-%06d/", cfg.Iterations)
			for name, file := range want {
				if strings.HasPrefix(name, last) && got[name] != file {
					t.Errorf("resumed with other ranks: %s differs", name)
				}
			}
		})
	}
}

// TestRanksAreTold: the log says who trains and what waiting costs, and the settings that ranks cannot share are refused by
// their name.
func TestRanksAreTold(t *testing.T) {
	s := session{ranks: 2}
	dir := s.must(t, four(t))
	events, err := ReadEvents(filepath.Join(dir, journalName))
	if err != nil {
		t.Fatal(err)
	}
	told := false
	for _, e := range events {
		told = told || e.Kind == "ranks" && strings.Contains(e.Message, "2 on 1 machines, each with 2 of 4 shards")
		if e.Kind == "" && !(e.Communication > 0 && e.Busy > 0 && strings.HasPrefix(e.Slowest, "rank ")) {
			t.Errorf("%+v does not tell of communication", e)
		}
	}
	if !told {
		t.Error("the log does not tell of the ranks")
	}
	s = session{ranks: 2}
	s.train(t, tiny(t))
	var key *settings.KeyError
	if !errors.As(s.err, &key) || key.Key != "train.shards" || !strings.Contains(key.Want, "2 ranks") || errors.Join(s.followed...) != nil {
		t.Errorf("one shard for two ranks: %v, %v", s.err, s.followed)
	}
}

// TestRankThatCannot: what one rank cannot do ends the run, with its name, and with the checkpoint before.
func TestRankThatCannot(t *testing.T) {
	disk := &faultfs.Full{}
	disk.SetFree(1 << 30)
	s := session{ranks: 4, options: func(rank int, o *Options) {
		if rank == 2 {
			o.FS = disk
		}
	}}
	s.observer = func(r *Run) Observer {
		return &hooks{progress: func(p Progress) {
			if p.Iteration == 6 {
				disk.SetFree(0)
			}
		}}
	}
	dir := s.train(t, four(t, "train.iterations=200"))
	if s.err == nil || !strings.Contains(s.err.Error(), "rank 2 on ") || s.result.Status != Failed || errors.Join(s.followed...) != nil {
		t.Errorf("%v, %v", s.err, s.followed)
	}
	again := session{ranks: 2, resume: dir}
	again.must(t, settings.Config{}, "train.iterations=12")
	plain := session{ranks: 1}
	want := leftBehind(t, plain.must(t, four(t)))
	got := leftBehind(t, dir)
	for name := range want {
		if strings.Contains(name, "step-000012") && got[name] != want[name] {
			t.Errorf("%s differs", name)
		}
	}

	s = session{ranks: 2, options: func(rank int, o *Options) {
		if rank == 1 {
			o.Source = constant{}
		}
	}}
	if s.train(t, four(t)); s.err == nil || !strings.Contains(s.err.Error(), "rank 1 on ") || !strings.Contains(s.err.Error(), "the data here are not those of rank 0") {
		t.Errorf("other data on a rank: %v", s.err)
	}
}

// TestLateRankIsLogged: who keeps the others waiting is in the log, while it is waited for.
func TestLateRankIsLogged(t *testing.T) {
	slow := &slowly{}
	s := session{ranks: 2, options: func(rank int, o *Options) {
		o.Comm.Patience = 20 * time.Millisecond
		if rank == 1 {
			o.Source = slow
		}
	}}
	cfg := tiny(t)
	source, err := cfg.Source(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	slow.Source = source
	events, err := ReadEvents(filepath.Join(s.must(t, four(t)), journalName))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(events, func(e Event) bool {
		return e.Kind == "waiting" && strings.Contains(e.Message, "waiting for rank 1 on ")
	}) {
		t.Error("nothing in the log")
	}
}

// TestOtherProgramOnARank: ranks that would give other bits are refused, by name, on all ranks.
func TestOtherProgramOnARank(t *testing.T) {
	for what, change := range map[string]int{"version 2": 0, "instruction set generic": 1, "": -1} {
		for rank, err := range comm.Local(3, func(c *comm.Comm) error {
			own := []string{"version 1", "instruction set avx2"}
			if c.Rank() == 1 && change >= 0 {
				own[change] = what
			}
			err := sameProgram(c, nil, own)
			if what == "" {
				return err
			}
			if err == nil || !strings.Contains(err.Error(), "rank 1 on ") || !strings.Contains(err.Error(), what) {
				return fmt.Errorf("%q: %v", what, err)
			}
			return nil
		}) {
			if err != nil {
				t.Errorf("rank %d: %v", rank, err)
			}
		}
	}
}

// constant is a source of one point.
type constant struct{}

func (constant) Shape() (h, w, c int)              { return 1, 1, 2 }
func (constant) Batch(dst []float32, _ tensor.Key) { clear(dst) }

// spikes is a source of points that are far away in one iteration.
type spikes struct{}

func (spikes) Shape() (h, w, c int) { return 1, 1, 2 }
func (spikes) Batch(dst []float32, key tensor.Key) {
	key.Normals(dst)
	for i := range dst {
		if key.Step == 9 {
			dst[i] *= 1e6
		}
	}
}

// slowly takes its time for a batch.
type slowly struct{ train.Source }

func (s *slowly) Batch(dst []float32, key tensor.Key) {
	time.Sleep(150 * time.Millisecond)
	s.Source.Batch(dst, key)
}
