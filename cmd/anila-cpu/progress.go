package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// lineEvery is how often work says where it stands when nobody watches a terminal.
const lineEvery = 10 * time.Second

// progress shows how far some work has come: a moving bar with rate and time left on a terminal, plain lines elsewhere.
type progress struct {
	out         io.Writer
	bar         *progressbar.ProgressBar // nil: plain lines
	what, unit  string
	total, done int64
	note        string
	start, next time.Time
	first       int64 // done at the start: what a resumed run brings along
}

// newProgress begins at done of total, 0 while or where that is not known; unit is the plural that rates are told in ("iterations").
func newProgress(out io.Writer, what, unit string, done, total int64) *progress {
	now := time.Now()
	p := &progress{out: out, what: what, unit: unit, total: total, done: done, first: done, start: now, next: now.Add(lineEvery)}
	p.open()
	return p
}

// open shows a bar on a terminal, once the total is known.
func (p *progress) open() {
	if p.total == 0 || !isTerminal(p.out) {
		return
	}
	p.bar = progressbar.NewOptions64(p.total,
		progressbar.OptionSetWriter(&cutter{out: p.out, width: func() int { return terminalWidth(p.out) }}), progressbar.OptionSetDescription(p.what), progressbar.OptionShowCount(),
		progressbar.OptionShowIts(), progressbar.OptionSetItsString(p.unit), progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetElapsedTime(true),
		progressbar.OptionFullWidth(), progressbar.OptionClearOnFinish())
	p.bar.Set64(p.done)
}

// set moves to done; note is shown beside it.
func (p *progress) set(done int64, note string) {
	p.done, p.note = done, note
	if p.bar != nil {
		if note != "" {
			p.bar.Describe(p.what + "  " + note)
		}
		p.bar.Set64(done)
		return
	}
	if now := time.Now(); now.After(p.next) {
		p.next = now.Add(lineEvery)
		p.line(now)
	}
}

func (p *progress) line(now time.Time) {
	rate := float64(p.done-p.first) / max(now.Sub(p.start).Seconds(), 1e-9)
	if p.total == 0 {
		fmt.Fprintf(p.out, "%s %d %s, %.3g/s", p.what, p.done, p.unit, rate)
	} else {
		fmt.Fprintf(p.out, "%s %d/%d", p.what, p.done, p.total)
	}
	if rate > 0 && p.total > 0 {
		left := time.Duration(float64(p.total-p.done) / rate * float64(time.Second)).Round(time.Second)
		fmt.Fprintf(p.out, ", %.3g %s/s, %s left", rate, p.unit, left)
	}
	if p.note != "" {
		fmt.Fprintf(p.out, ", %s", p.note)
	}
	fmt.Fprintln(p.out)
}

// of moves to done of total.
func (p *progress) of(done, total int) {
	if p.total == 0 {
		p.total = int64(total)
		p.open()
	}
	p.set(int64(done), "")
	if done == total {
		p.close()
	}
}

// say prints a line beside the progress.
func (p *progress) say(line string) {
	if p.bar != nil {
		p.bar.Clear()
	}
	fmt.Fprintln(p.out, line)
}

// close ends the bar.
func (p *progress) close() {
	if p.bar != nil {
		p.bar.Exit()
		p.bar.Clear()
	}
}
