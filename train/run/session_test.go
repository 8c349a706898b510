package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"anila/train/checkpoint"
	"anila/train/settings"
)

// stopAt trains until an iteration and closes.
func stopAt(t *testing.T, r *Run, at uint64) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	res, err := r.Train(ctx, &hooks{progress: func(p Progress) {
		if p.Iteration == at {
			cancel()
		}
	}})
	if err != nil || res.Status != Interrupted || res.Iteration != at {
		t.Fatalf("%+v, %v; want an interrupt at %d", res, err, at)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

// numbers are the log steps of a run, without what depends on the clock and the machine.
func numbers(t *testing.T, dir string) (lines []string, saved []int64) {
	t.Helper()
	events, err := ReadEvents(filepath.Join(dir, journalName))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range Timeline(events) {
		e.Seconds, e.IterationsPerSecond, e.LangevinStepsPerSecond, e.Memory = 0, 0, 0, 0
		switch e.Kind {
		case "":
			b, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, string(b))
		case "checkpoint":
			saved = append(saved, e.Step)
		}
	}
	return lines, saved
}

// TestSessionsLeaveOneLog: however often a run is stopped, and wherever within a log step, its log has the lines of a run that
// nobody stopped, number for number.
func TestSessionsLeaveOneLog(t *testing.T) {
	keys := []string{"log.every=5", "train.iterations=16"}
	calm := startRun(t, tiny(t, keys...), Options{})
	finish(t, calm, nil)
	want, _ := numbers(t, calm.Folder.Path)
	r := startRun(t, tiny(t, keys...), Options{})
	for _, at := range []uint64{1, 3, 4, 5, 8, 9, 13} {
		stopAt(t, r, at)
		var err error
		if r, err = Resume(r.Folder.Path, nil, nil, Options{}); err != nil {
			t.Fatal(err)
		}
	}
	finish(t, r, nil)
	got, saved := numbers(t, r.Folder.Path)
	if len(want) != 3 || !slices.Equal(got, want) {
		t.Errorf("log\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	slices.Sort(saved)
	if !slices.Equal(slices.Compact(saved), []int64{1, 3, 4, 5, 8, 9, 12, 13, 16}) {
		t.Errorf("checkpoints at %v", saved)
	}
}

// TestLogKeepsItsPast: a resume drops what will come again and nothing else: what led to a roll-back stays, whatever its steps.
func TestLogKeepsItsPast(t *testing.T) {
	line := func(step int64, kind string) string {
		return fmt.Sprintf("{\"step\":%d,\"seconds\":1,\"kind\":%q}\n", step, kind)
	}
	past := line(0, "start") + line(5, "") + line(6, "checkpoint") + line(9, "") + line(9, "diverged") + line(6, "rollback") + line(6, "checkpoint") +
		line(8, "") + line(10, "diverged") + line(0, "rollback") + line(0, "checkpoint")
	for _, c := range []struct {
		name, after string
		step        uint64
		rollbacks   int
		want        string
	}{
		{"at the last roll-back", "", 0, 2, past},
		{"after it", line(1, "") + line(2, "checkpoint") + line(3, ""), 2, 2, past + line(1, "") + line(2, "checkpoint")},
		{"before a roll-back that was not saved", line(2, "checkpoint") + line(4, "diverged") + line(0, "rollback") + line(1, ""), 2, 2, past + line(2, "checkpoint")},
		{"with a torn line", line(2, "checkpoint") + "{\"step\":2,", 2, 2, past + line(2, "checkpoint")},
		{"with lines that are none", line(1, "") + "junk\n" + line(2, "checkpoint"), 2, 2, past + line(1, "") + line(2, "checkpoint")},
	} {
		f := runFolder(t)
		if _, err := f.lock.WriteString(past + c.after); err != nil {
			t.Fatal(err)
		}
		var j journal
		if err := j.open(f, c.step, c.rollbacks); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(f.Join(journalName))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", c.name, err, got, c.want)
		}
		if !j.told.at {
			t.Errorf("%s: the checkpoint has its line", c.name)
		}
	}
}

func TestDue(t *testing.T) {
	for _, c := range []struct {
		every          int
		minutes        float64
		iteration      uint64
		ago            time.Duration
		due, scheduled bool
	}{
		{10, 0, 20, time.Hour, true, true},
		{10, 0, 21, time.Hour, false, false},
		{10, 5, 21, 6 * time.Minute, true, false},
		{10, 5, 20, 6 * time.Minute, true, true},
		{0, 5, 20, 6 * time.Minute, true, true},
		{0, 5, 20, 4 * time.Minute, false, false},
		{0, 0, 20, time.Hour, false, false},
		{0, 153722868, 20, time.Hour, false, false},
		{0, 1e300, 20, time.Hour, false, false},
	} {
		s := saver{asked: time.Now().Add(-c.ago)}
		k := settings.Checkpoint{Every: c.every, Minutes: c.minutes}
		if due, scheduled := s.due(k, c.iteration); due != c.due || scheduled != c.scheduled {
			t.Errorf("%+v: %v, %v", c, due, scheduled)
		}
		s.now.Store(true)
		if due, scheduled := s.due(k, c.iteration); !due || scheduled != c.scheduled {
			t.Errorf("%+v, asked for: %v, %v", c, due, scheduled)
		}
	}
}

// TestCompleteRunIsFinished: a run that was killed after its last checkpoint, wherever, is given the rest: line, pictures,
// state. One that has all of it is left as it is.
func TestCompleteRunIsFinished(t *testing.T) {
	whole := startRun(t, tiny(t, "log.pictures=checkpoint"), Options{Report: (&drawer{}).open})
	want := finish(t, whole, nil)
	log, err := os.ReadFile(whole.Folder.Join(journalName))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(log), "\n")
	lines = lines[:len(lines)-1]
	for _, c := range []struct {
		name   string
		lines  int // of the log that are left away
		status string
		draws  bool
	}{
		{"nothing is missing", 0, "finished", false},
		{"without the status", 0, "running", true},
		{"without the last line", 1, "running", true},
		{"without the last checkpoint's line", 2, "running", true},
		{"with a torn line", 3, "running", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "run")
			if err := os.CopyFS(dir, os.DirFS(whole.Folder.Path)); err != nil {
				t.Fatal(err)
			}
			text := strings.Join(lines[:len(lines)-c.lines], "")
			if c.lines == 3 {
				text += lines[len(lines)-3][:20]
			}
			write := func(name, text string) {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			write(journalName, text)
			write("state.json", fmt.Sprintf("{\"status\": %q}", c.status))
			for _, name := range []string{"report.html", "samples"} {
				if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			}
			r, err := Resume(dir, nil, nil, Options{Report: (&drawer{}).open})
			if err != nil {
				t.Fatal(err)
			}
			if r.Finished() == c.draws {
				t.Errorf("finished: %v", r.Finished())
			}
			res := finish(t, r, nil)
			if res.Status != Finished || res.Iteration != 12 || c.draws && (res.Likelihood == nil || res.Likelihood.KL != want.Likelihood.KL) {
				t.Errorf("%+v", res)
			}
			if _, err := os.Stat(filepath.Join(dir, "samples", "step-000012.png")); (err == nil) != c.draws {
				t.Errorf("pictures: %v", err)
			}
			events, err := ReadEvents(filepath.Join(dir, journalName))
			if err != nil || len(events) == 0 || events[len(events)-1].Kind != "finished" {
				t.Errorf("events %+v, %v", events, err)
			}
			state, err := os.ReadFile(filepath.Join(dir, "state.json"))
			if err != nil || !strings.Contains(string(state), `"finished"`) {
				t.Errorf("%s, %v", state, err)
			}
			steps, saved := numbers(t, dir)
			if len(steps) != 12 && c.lines < 3 || !slices.Contains(saved, 12) {
				t.Errorf("%d log steps, checkpoints %v", len(steps), saved)
			}
		})
	}
}

// TestEditedSettings: whoever changes a run's config.toml by hand is told which key the run cannot go on with.
func TestEditedSettings(t *testing.T) {
	dir := interrupted(t, 5)
	path := filepath.Join(dir, configName)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	edit := func(key, value string) string {
		section, name, _ := strings.Cut(key, ".")
		in, out := false, ""
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "[") {
				in = strings.HasPrefix(line, "["+section+"]")
			}
			if word, _, _ := strings.Cut(line, " "); in && word == name || word == key {
				line = word + " = " + value + "\n"
			}
			out += line
		}
		return out
	}
	for _, c := range []struct{ key, text string }{
		{"seed", edit("seed", "7")}, {"sampler.steps", edit("sampler.steps", "7")}, {"optim.rate", edit("optim.rate", "0.5")},
		{"model.leak", edit("model.leak", "0.3")}, {"guard.lower", edit("guard.lower", "0.9")}, {"chains.scale", edit("chains.scale", "3")},
		{"checkpoint.every", edit("checkpoint.every", "7")}, {"train.batch", edit("train.batch", "25")}, {"data.noise", edit("data.noise", "0.5")},
		{"", ""}, {"", "# all gone\n"}, {"", string(text[:len(text)/3])},
	} {
		if c.text == string(text) {
			t.Fatalf("%s was not edited", c.key)
		}
		if err := os.WriteFile(path, []byte(c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		before := tree(t, dir)
		_, err := Resume(dir, nil, nil, Options{})
		var ke *settings.KeyError
		if !errors.As(err, &ke) || c.key != "" && ke.Key != c.key {
			t.Errorf("%s: %v", c.key, err)
		}
		sameTree(t, tree(t, dir), before)
	}
	for _, key := range []string{"train.iterations", "log.every", "checkpoint.keep", "checkpoint.keep_every"} {
		if err := os.WriteFile(path, []byte(edit(key, "11")), 0o666); err != nil {
			t.Fatal(err)
		}
		r, err := Resume(dir, nil, nil, Options{})
		if err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		r.Close()
	}
}

// TestIgnoredDivergenceSavesNoNaN: guard.policy = ignore goes on through any gap, and ends where no weights are left.
func TestIgnoredDivergenceSavesNoNaN(t *testing.T) {
	r := startRun(t, tiny(t, "guard.policy=ignore"), Options{})
	res, err := r.Train(context.Background(), &hooks{progress: func(p Progress) {
		if p.Iteration == 6 {
			r.trainer.Network().Params()[0].Data[0] = float32(math.NaN())
		}
	}})
	var d *DivergedError
	if !errors.As(err, &d) || d.Policy != "ignore" || res.Status != Failed {
		t.Errorf("%+v, %v", res, err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if found, err := checkpoint.Newest(checkpoint.OS{}, r.Folder.Checkpoints()); err != nil || found.Step != 4 {
		t.Errorf("%+v, %v", found, err)
	}
}

// TestStatusOfNumbersThatAreNone: state.json tells the end of a run whatever its numbers are.
func TestStatusOfNumbersThatAreNone(t *testing.T) {
	r := startRun(t, tiny(t), Options{})
	defer r.Close()
	r.last.Gap, r.last.Rate, r.clock.before = math.NaN(), math.Inf(1), math.NaN()
	r.saveStatus(Finished, "")
	var s struct {
		Status        Status
		Gap, Rate, KL Float
	}
	b, err := os.ReadFile(r.Folder.Join("state.json"))
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil || s.Status != Finished || s.Gap == s.Gap || !math.IsInf(float64(s.Rate), 1) {
		t.Errorf("%s, %v", b, err)
	}
}
