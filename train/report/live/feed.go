package live

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"sync"
	"time"

	"anila/internal/files"
	"anila/train/report"
	"anila/train/run"
)

// keptSteps bounds the log steps held in memory; beyond it every stretch keeps its extremes.
const keptSteps = 24000

// feed follows a run's folder: the log by its new lines, pictures and status by looking. Everything a visitor gets comes
// from here, numbered, so that a visitor's place is one number that the visitor keeps.
type feed struct {
	dir, name string

	mu       sync.Mutex
	seq      int64 // number of the newest item
	log      []item[run.Event]
	notes    []item[run.Event]
	pictures []item[report.Picture]
	config   item[string]
	state    item[json.RawMessage]
	reset    int64 // a cursor below this has seen what no longer holds
	changed  chan struct{}
	closed   bool

	file   os.FileInfo // events.jsonl as last read
	offset int64
	steps  map[int64]time.Time // when each picture was last written
}

type item[T any] struct {
	seq   int64
	value T
}

func newFeed(dir string) *feed {
	full, err := filepath.Abs(dir)
	if err != nil {
		full = dir
	}
	f := &feed{dir: dir, name: filepath.Base(full), changed: make(chan struct{}), steps: map[int64]time.Time{}}
	f.poll()
	return f
}

// watch polls until ctx ends.
func (f *feed) watch(ctx context.Context, every time.Duration) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			f.poll()
		}
	}
}

// close lets the streams end.
func (f *feed) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.closed = true
		close(f.changed)
	}
}

// poll looks at the folder. What cannot be read now is read later: a page must not end because a file is being replaced.
func (f *feed) poll() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	before := f.seq
	f.pollEvents()
	f.pollState()
	f.pollPictures()
	if f.seq != before {
		close(f.changed)
		f.changed = make(chan struct{})
	}
}

func (f *feed) next() int64 {
	f.seq++
	return f.seq
}

// pollEvents reads the lines that were added to events.jsonl. Another file under the name, or a shorter one (a resume cuts
// off what comes again), is read anew.
func (f *feed) pollEvents() {
	file, _, err := files.Open(filepath.Join(f.dir, "events.jsonl"))
	if err != nil {
		return
	}
	defer file.Close()
	st, err := file.Stat()
	if err != nil {
		return
	}
	if f.file != nil && (!os.SameFile(f.file, st) || st.Size() < f.offset) {
		f.log, f.notes, f.offset = nil, nil, 0
		f.reset = f.next()
	}
	f.file = st
	if st.Size() == f.offset {
		return
	}
	events, read, err := run.ReadEventsFrom(file, f.offset)
	f.offset = read
	for _, e := range events {
		f.add(e)
	}
	if err != nil {
		f.add(run.Event{Kind: "warning", Message: fmt.Sprintf("events.jsonl: %v", err)})
		f.offset = st.Size()
	}
}

// add takes in one event; of log steps that come again only the newest counts.
func (f *feed) add(e run.Event) {
	if e.Kind != "" {
		f.notes = append(f.notes, item[run.Event]{f.next(), e})
		if len(f.notes) > 4000 {
			f.notes = append(f.notes[:0:0], f.notes[2000:]...)
		}
		return
	}
	for len(f.log) > 0 && f.log[len(f.log)-1].value.Step >= e.Step {
		f.log = f.log[:len(f.log)-1]
	}
	f.log = append(f.log, item[run.Event]{f.next(), e})
	if len(f.log) > keptSteps {
		events := make([]run.Event, len(f.log))
		numbers := make(map[int64]int64, len(f.log))
		for i, it := range f.log {
			events[i], numbers[it.value.Step] = it.value, it.seq
		}
		f.log = f.log[:0]
		for _, e := range report.ThinEvents(events, keptSteps/2) {
			f.log = append(f.log, item[run.Event]{numbers[e.Step], e})
		}
	}
}

func (f *feed) pollState() {
	config, state, err := report.LoadState(f.dir)
	if err != nil {
		return
	}
	if config != f.config.value {
		f.config = item[string]{f.next(), config}
	}
	if string(state) != string(f.state.value) {
		f.state = item[json.RawMessage]{f.next(), state}
	}
}

func (f *feed) pollPictures() {
	all, err := report.ListPictures(f.dir)
	if err != nil {
		return
	}
	for _, p := range all {
		st, err := os.Stat(filepath.Join(f.dir, filepath.FromSlash(p.Path)))
		if err != nil || f.steps[p.Step].Equal(st.ModTime()) {
			continue
		}
		f.steps[p.Step] = st.ModTime()
		at, known := slices.BinarySearchFunc(f.pictures, p.Step, func(it item[report.Picture], step int64) int {
			return cmp.Compare(it.value.Step, step)
		})
		if !known {
			f.pictures = slices.Insert(f.pictures, at, item[report.Picture]{value: p})
		}
		f.pictures[at].seq = f.next()
	}
}

// open opens a file of one of the run's folders, never outside of it.
func (f *feed) open(folder, name string) (*os.File, error) {
	root, err := os.OpenRoot(filepath.Join(f.dir, folder))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	st, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	return root.Open(name)
}

// source is the address of a picture; a picture that was written again has another one.
func (f *feed) source(p report.Picture) report.PagePicture {
	return report.PagePicture{Step: p.Step, Src: fmt.Sprintf("%s?%x", p.Path, f.steps[p.Step].UnixNano())}
}

// data is the whole page as of now.
func (f *feed) data() (*report.PageData, string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := &report.PageData{Live: true, Seq: f.seq, Config: f.config.value, State: f.state.value,
		Log: values(f.log, 0), Notes: values(f.notes, 0), Pictures: []report.PagePicture{}}
	for _, p := range f.pictures {
		d.Pictures = append(d.Pictures, f.source(p.value))
	}
	return d, f.name
}

// message is what the page's script gets as one event.
type message struct {
	Reset    bool                 `json:"reset,omitempty"`
	Log      []run.Event          `json:"log,omitempty"`
	Notes    []run.Event          `json:"notes,omitempty"`
	Pictures []report.PagePicture `json:"pictures,omitempty"`
	State    json.RawMessage      `json:"state,omitempty"`
	Config   string               `json:"config,omitempty"`
}

// since returns what came after a cursor as a server-sent event ("" when nothing did), the new cursor, and a channel that
// is closed when there is more.
func (f *feed) since(cursor int64) (text string, next int64, changed <-chan struct{}, closed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if cursor == f.seq {
		return "", f.seq, f.changed, f.closed
	}
	m := message{Log: values(f.log, cursor), Notes: values(f.notes, cursor)}
	// A cursor beyond the newest item comes from an earlier server under the same address.
	if cursor < f.reset || cursor > f.seq {
		m = message{Reset: true}
	}
	for _, p := range f.pictures {
		if p.seq > cursor && !m.Reset {
			m.Pictures = append(m.Pictures, f.source(p.value))
		}
	}
	if f.state.seq > cursor && !m.Reset {
		m.State = f.state.value
	}
	if f.config.seq > cursor && !m.Reset {
		m.Config = f.config.value
	}
	b, err := json.Marshal(m)
	if err != nil {
		return "", f.seq, f.changed, f.closed
	}
	return fmt.Sprintf("id: %d\ndata: %s\n\n", f.seq, b), f.seq, f.changed, f.closed
}

// values returns the items after a cursor.
func values[T any](items []item[T], cursor int64) []T {
	at := sort.Search(len(items), func(i int) bool { return items[i].seq > cursor })
	out := make([]T, 0, len(items)-at)
	for _, it := range items[at:] {
		out = append(out, it.value)
	}
	return out
}

func parseCursor(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	return strconv.ParseInt(s, 10, 64)
}
