package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"anila/train/checkpoint"
)

// journal appends to events.jsonl and tells the observer and the reporter. A disk that is full does not stop training: lines
// wait in memory, up to maxPending bytes, until they can be written.
type journal struct {
	path     string
	pending  bytes.Buffer
	failing  bool     // the last line could not be written
	notes    []string // warnings to be logged when training begins
	observer Observer // may be nil
	reporter Reporter // may be nil
}

const maxPending = 4 << 20

// open prepares a run's log for going on after iteration step: lines of later iterations, which will come again, and a torn
// last line are dropped.
func (j *journal) open(path string, step uint64) error {
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("train: %w", err)
	}
	var keep bytes.Buffer
	for line := range bytes.Lines(b) {
		var e struct {
			Step uint64 `json:"step"`
		}
		if bytes.HasSuffix(line, []byte("\n")) && json.Unmarshal(line, &e) == nil && e.Step <= step {
			keep.Write(line)
		}
	}
	if keep.Len() != len(b) {
		if err := checkpoint.WriteFile(checkpoint.OS{}, path, keep.Bytes()); err != nil {
			return fmt.Errorf("train: %w", err)
		}
	}
	j.path = path
	return nil
}

// add logs an event and tells of it. That it cannot be written is told once.
func (j *journal) add(e Event) {
	err := j.write(e)
	if err != nil && j.observer != nil && !j.failing {
		j.observer.Event(Event{Step: e.Step, Seconds: e.Seconds, Kind: "warning",
			Message: fmt.Sprintf("the log is kept in memory until it can be written: %v", err)})
	}
	j.failing = err != nil
	if j.observer != nil {
		j.observer.Event(e)
	}
}

// write appends an event, with those that are still waiting.
func (j *journal) write(e Event) error {
	if j.pending.Len() <= maxPending {
		if err := json.NewEncoder(&j.pending).Encode(e); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(j.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	n, err := f.Write(j.pending.Bytes())
	j.pending.Next(n)
	err = errors.Join(err, f.Close())
	if j.reporter != nil {
		err = errors.Join(err, j.reporter.Event(e))
	}
	return err
}

// close ends the session.
func (j *journal) close() error {
	if j.reporter == nil {
		return nil
	}
	return j.reporter.Close()
}
