package run

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"anila/internal/files"
	"anila/internal/number"
)

// Float is a float64 whose JSON form keeps NaN and the infinities: a diverging run is exactly the one whose log must stay
// readable.
type Float = number.Float

// Event is one line of a run's events.jsonl. A log step has Kind "" and carries the averages since the last log step;
// every other kind ("start", "checkpoint", "rollback", "resume", "finished" …) marks what happened and says so in Message.
type Event struct {
	Step    int64   `json:"step"`    // parameter updates done
	Seconds float64 `json:"seconds"` // wall clock of training, summed over all sessions of the run
	Kind    string  `json:"kind,omitempty"`
	Message string  `json:"message,omitempty"`

	Gap                   Float `json:"gap,omitempty"`       // (mean f(data) − mean f(chains))/T
	FData                 Float `json:"f_data,omitempty"`    // mean f(data)
	FChains               Float `json:"f_chains,omitempty"`  // mean f of the chains' end states
	GradientNorm          Float `json:"grad_norm,omitempty"` // mean |∇f(z)| over chains and Langevin steps
	Displacement          Float `json:"displacement,omitempty"`
	Limited               Float `json:"limited,omitempty"`    // share of coordinates (pixels, samples) with a(z) < 1
	Acceptance            Float `json:"acceptance,omitempty"` // Metropolis-corrected kernels
	ParameterGradientNorm Float `json:"param_grad_norm,omitempty"`
	Loss                  Float `json:"loss,omitempty"`
	Rate                  Float `json:"rate,omitempty"` // learning rate
	IterationsPerSecond   Float `json:"iterations_per_second,omitempty"`

	LangevinStepsPerSecond Float `json:"langevin_steps_per_second,omitempty"`
	Memory                 int64 `json:"memory,omitempty"` // resident set, bytes

	// Over several ranks, seconds of an iteration.
	Communication Float  `json:"communication_seconds,omitempty"` // rank 0 waits for the others, and for what they send
	Busy          Float  `json:"busy_seconds,omitempty"`          // the slowest rank takes for its chains
	Slowest       string `json:"slowest,omitempty"`               // names it

	Extra map[string]Float `json:"extra,omitempty"` // anything else worth a curve (KL of a toy, diagnostics)
}

// maxEventLine bounds the memory that one line of a damaged file can ask for.
const maxEventLine = 1 << 20

// ReadEvents reads an events.jsonl. A last line without a newline is left out: it is being written, or a kill cut it.
// Any other line that is not an event is an error naming the file and the byte offset.
func ReadEvents(path string) ([]Event, error) {
	f, _, err := files.Open(path)
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	defer f.Close()
	events, _, err := decodeEvents(f, 0)
	if err != nil {
		return nil, fmt.Errorf("train: %s: %w", path, err)
	}
	return events, nil
}

// ReadEventsFrom reads the events that begin at a byte offset of f, which must be the start of a line, and returns the
// offset up to which it came: that of the first line which is not whole, or not an event.
func ReadEventsFrom(f io.ReaderAt, offset int64) ([]Event, int64, error) {
	return decodeEvents(io.NewSectionReader(f, offset, math.MaxInt64-offset), offset)
}

func decodeEvents(r io.Reader, offset int64) ([]Event, int64, error) {
	var events []Event
	br := bufio.NewReaderSize(r, 1<<16)
	var line []byte
	for {
		line = line[:0]
		for {
			part, err := br.ReadSlice('\n')
			line = append(line, part...)
			if err == nil {
				break
			}
			if err == io.EOF {
				return events, offset, nil
			}
			if err != bufio.ErrBufferFull {
				return events, offset, fmt.Errorf("byte %d: %w", offset+int64(len(line)), err)
			}
			if len(line) > maxEventLine {
				return events, offset, fmt.Errorf("byte %d: a line longer than %d bytes is not an event", offset, maxEventLine)
			}
		}
		if len(line) > 1 {
			var e Event
			if err := json.Unmarshal(line, &e); err != nil {
				return events, offset, fmt.Errorf("byte %d: not an event: %w", offset, err)
			}
			events = append(events, e)
		}
		offset += int64(len(line))
	}
}

// Timeline drops what a resume or a roll-back made void: of several log steps with the same or a later step number that
// were written before it, only the newest writing counts. Events of other kinds are all kept.
func Timeline(events []Event) []Event {
	kept := make([]Event, 0, len(events))
	lowest := int64(math.MaxInt64)
	for _, e := range slices.Backward(events) {
		if e.Kind == "" {
			if e.Step >= lowest {
				continue
			}
			lowest = e.Step
		}
		kept = append(kept, e)
	}
	slices.Reverse(kept)
	return kept
}
