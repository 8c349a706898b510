package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"anila/train/checkpoint"
)

// journal appends to events.jsonl and tells the observer and the reporter. A disk that is full does not stop training: lines
// wait in memory, up to maxPending bytes, until they can be written.
type journal struct {
	folder   *Folder
	pending  bytes.Buffer
	failing  bool     // the last line could not be written
	told     told     // by the sessions before
	notes    []string // warnings to be logged when training begins
	observer Observer // may be nil
	reporter Reporter // may be nil
}

const maxPending = 4 << 20

// told is what a run's log says that its sessions came to.
type told struct {
	at       bool  // the checkpoint from which the run goes on has its line
	eval     int64 // step of the newest measurement up to there; −1 without one
	finished bool  // the run has ended there
}

// read returns the log, which is locked.
func (j *journal) read() ([]byte, error) {
	b, err := io.ReadAll(io.NewSectionReader(j.folder.lock, 0, math.MaxInt64))
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	return b, nil
}

// newestTold returns the step of the newest checkpoint that a log tells of and no roll-back took back, −1 without one.
func newestTold(log []byte) int64 {
	newest := int64(-1)
	for line := range bytes.Lines(log) {
		var e Event
		switch {
		case json.Unmarshal(line, &e) != nil:
		case e.Kind == "checkpoint":
			newest = e.Step
		case e.Kind == "rollback":
			newest = min(newest, e.Step)
		}
	}
	return newest
}

// open prepares a run's log for going on after iteration step, with so many roll-backs behind it. What led to the last of
// these stays; of what followed, lines of later iterations and from the next roll-back on go, which will come again, and a torn
// last line.
func (j *journal) open(folder *Folder, step uint64, rollbacks int) error {
	j.folder = folder
	b, err := j.read()
	if err != nil {
		return err
	}
	j.told = told{eval: -1}
	var lines [][]byte
	var events []Event
	for line := range bytes.Lines(b) {
		var e Event
		if bytes.HasSuffix(line, []byte("\n")) && json.Unmarshal(line, &e) == nil {
			lines, events = append(lines, line), append(events, e)
		}
	}
	last, next := 0, len(events) // the first line after the last roll-back, and that of the next one
	for i, e := range events {
		if e.Kind != "rollback" {
			continue
		}
		if rollbacks--; rollbacks < 0 {
			next = i
			break
		}
		last = i + 1
	}
	var keep bytes.Buffer
	for i, e := range events[:next] {
		if i >= last {
			if e.Step < 0 || uint64(e.Step) > step {
				continue
			}
			switch e.Kind {
			case "checkpoint":
				j.told.at = uint64(e.Step) == step
			case "eval":
				j.told.eval = e.Step
			}
			j.told.finished = e.Kind == string(Finished) && uint64(e.Step) == step
		}
		keep.Write(lines[i])
	}
	if keep.Len() == len(b) {
		return nil
	}
	if err := folder.replace(keep.Bytes()); err != nil {
		return fmt.Errorf("train: %w", err)
	}
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
	n, err := j.folder.lock.Write(j.pending.Bytes())
	j.pending.Next(n)
	if j.reporter != nil {
		err = errors.Join(err, j.reporter.Event(e))
	}
	return err
}

// close ends the session.
func (j *journal) close() error {
	err := checkpoint.Sync(j.folder.lock)
	if j.reporter != nil {
		err = errors.Join(err, j.reporter.Close())
	}
	return err
}
