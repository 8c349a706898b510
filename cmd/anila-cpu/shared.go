package main

import (
	"cmp"
	"errors"
	"fmt"
	"image/color"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"anila/internal/files"
	"anila/internal/number"
	"anila/internal/room"
	"anila/train/run"
	"anila/train/settings"
)

// What several commands share.

// workerCount is the number of workers of a flag: 0 means one a physical core, of this rank's share.
func workerCount(flag int) int {
	if flag == 0 && cores > 0 {
		return room.CoresOf(cores)
	}
	return cmp.Or(flag, room.Cores())
}

// mostWorkers is more than any machine has cores.
const mostWorkers = 4096

// workersFlag is the value of --workers.
type workersFlag int

// String implements pflag.Value.
func (w *workersFlag) String() string { return strconv.Itoa(int(*w)) }

// Type implements pflag.Value.
func (*workersFlag) Type() string { return "int" }

// Set implements pflag.Value.
func (w *workersFlag) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > mostWorkers {
		return fmt.Errorf("want a number from 0 (one a physical core) to %d", mostWorkers)
	}
	*w = workersFlag(n)
	return nil
}

func addWorkers(c *cobra.Command, workers *int) {
	c.Flags().Var((*workersFlag)(workers), "workers", "workers (0: one a physical core); the results do not depend on it")
}

// checkSettings refuses what is no key=value.
func checkSettings(settings []string) error {
	for _, s := range settings {
		if !strings.Contains(s, "=") {
			return usagef("--set %s: want key=value, for example train.iterations=1000", s)
		}
	}
	return nil
}

// asUsage makes an error about a key or a value one of wrong use.
func asUsage(err error) error {
	var key *settings.KeyError
	if errors.As(err, &key) {
		return &exitError{exitUsage, err}
	}
	return err
}

func writeFileJSON(path string, v any) error {
	return files.WriteSynced(path, func(w io.Writer) error { return number.Write(w, v) })
}

// trainView shows training as it goes.
type trainView struct{ bar *progress }

// Progress implements run.Observer.
func (v *trainView) Progress(p run.Progress) {
	v.bar.set(int64(p.Iteration), fmt.Sprintf("gap %+.4f", p.Gap))
}

// Event implements run.Observer: what a user has to know at once.
func (v *trainView) Event(e run.Event) {
	switch e.Kind {
	case "warning", "rollback", "diverged", "checkpoint-failed", "waiting":
		v.bar.say(fmt.Sprintf("iteration %d: %s: %s", e.Step, e.Kind, e.Message))
	}
}

var (
	blue   = color.RGBA{31, 119, 180, 255}
	orange = color.RGBA{255, 127, 14, 255}
	colors = []color.RGBA{blue, orange, {44, 160, 44, 255}, {214, 39, 40, 255}, {148, 103, 189, 255}, {140, 86, 75, 255}}
)
