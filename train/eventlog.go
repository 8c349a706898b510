package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"anila/train/checkpoint"
	"anila/train/report"
)

// eventLog appends to events.jsonl and to a TensorBoard event file beside it. A disk that is full does not stop training:
// lines wait in memory, up to maxPending bytes, until they can be written.
type eventLog struct {
	path    string
	pending bytes.Buffer
	lost    int // lines given up
	board   *report.TensorBoard
}

const maxPending = 4 << 20

// openEvents prepares a run's log for going on after iteration step: lines of later iterations, which will come again, and
// a torn last line are dropped.
func openEvents(path string, step uint64) (*eventLog, error) {
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("train: %w", err)
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
			return nil, fmt.Errorf("train: %w", err)
		}
	}
	return &eventLog{path: path}, nil
}

// add appends an event, with those that are still waiting. Its error is a warning.
func (l *eventLog) add(e report.Event) error {
	if l.pending.Len() > maxPending {
		l.lost++
	} else if err := report.NewEventWriter(&l.pending).Write(e); err != nil {
		return err
	}
	f, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	n, err := f.Write(l.pending.Bytes())
	l.pending.Next(n)
	return errors.Join(err, f.Close(), l.tensorBoard(func(b *report.TensorBoard) error { return b.Log(e, time.Now()) }))
}

// tensorBoard writes to the session's TensorBoard file, which begins with the session's first event.
func (l *eventLog) tensorBoard(write func(*report.TensorBoard) error) error {
	if l.board == nil {
		b, err := report.CreateTensorBoard(filepath.Dir(l.path), time.Now())
		if err != nil {
			return err
		}
		l.board = b
	}
	return write(l.board)
}

// close ends the session's TensorBoard file.
func (l *eventLog) close() error {
	if l.board == nil {
		return nil
	}
	return l.board.Close()
}
