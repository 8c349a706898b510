package measure

import (
	"math"
	"slices"
	"sync/atomic"
	"time"

	"anila/internal/scale"
	"anila/tensor"
)

// measureMachine measures what two cores cost each other, in a few milliseconds: the least time in which a word goes from one to the
// other, and of a run of two tasks what is not the tasks' own. How far a word goes hangs on where it lies, by half and more: the mean
// of many is told. The slowdown is that of a team, 1: its tasks have found what was in the other core's caches, and work on one thing.
func measureMachine() scale.Machine {
	workers := tensor.NewWorkers(2)
	defer workers.Close()
	const turns, most = 100, 10 * time.Millisecond
	var lines [32]struct {
		word atomic.Int32
		_    [252]byte
	}
	var word *atomic.Int32
	turn := func(_, task int) { // the tasks take turns
		word := word
		for i := range int32(turns) {
			for word.Load() != 2*i+int32(task) {
			}
			word.Add(1)
		}
	}
	length := 20 * time.Microsecond
	wait := func(int, int) {
		for start := time.Now(); time.Since(start) < length; {
		}
	}
	least, start := slices.Repeat([]float64{math.Inf(1)}, len(lines)), math.Inf(1)
	for began, try := time.Now(), 0; try < 10 && (try == 0 || time.Since(began) < most); try++ {
		for i := range lines {
			word = &lines[i].word
			word.Store(0)
			least[i] = min(least[i], elapsed(func() { workers.Run(2, turn) }))
		}
		start = min(start, elapsed(func() { workers.Run(2, wait) }))
	}
	line := 0.0
	for _, seconds := range least {
		line += seconds / (2 * turns) / float64(len(lines))
	}
	return scale.Machine{Line: line, Start: max(0, start-length.Seconds()-2*line), Slowdown: 1}
}
