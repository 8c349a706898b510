package measure

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"anila/internal/scale"
	"anila/nn"
	"anila/tensor"
)

// Scaling is the training iteration whose time on more cores is asked for.
type Scaling struct {
	Net   string `json:"net"`
	N     int    `json:"n"`
	Batch int    `json:"batch"` // data items, and chains
	Steps int    `json:"steps"` // Langevin steps of an iteration
}

// Traced is what an iteration would have to do on so many workers, each task with the median of its times over rounds.
func (s Scaling) Traced(workers, rounds int) (tensor.TracedWork, error) {
	traced, trace := tensor.NewTracedWorkers(workers)
	w, err := NewTraining(s, traced)
	if err != nil {
		return tensor.TracedWork{}, err
	}
	defer w.Close()
	w.trainer.Iterate()
	for range rounds {
		trace.Round(func() { w.trainer.Iterate() })
	}
	return trace.Work(), nil
}

// Measured returns the seconds of an iteration on one worker and on two, the least of rounds that alternate: what others do on
// the machine can only add.
func (s Scaling) Measured(rounds int) (one, two float64, err error) {
	var work [2]*Iteration
	for i := range work {
		if work[i], err = NewTraining(s, tensor.NewWorkers(i+1)); err != nil {
			return 0, 0, err
		}
		defer work[i].Close()
		work[i].trainer.Iterate()
	}
	var seconds [2][]float64
	for range rounds {
		for i, w := range work {
			start := time.Now()
			w.trainer.Iterate()
			seconds[i] = append(seconds[i], time.Since(start).Seconds())
		}
	}
	return slices.Min(seconds[0]), slices.Min(seconds[1]), nil
}

// Slowdown is how many times longer a worker takes for its chains while another one works beside it, for what cores share
// (caches, memory, clock): two that have nothing in common, a network and chains of its own each, against one of them alone,
// the least of rounds that alternate.
func (s Scaling) Slowdown(rounds int) (float64, error) {
	var steps [2]*Step
	for i := range steps {
		var err error
		if steps[i], err = NewStep(nn.Spec{Net: s.Net, N: s.N}, max(1, s.Batch/2), 1); err != nil {
			return 0, err
		}
		defer steps[i].Close()
		steps[i].Advance(2)
	}
	run := func(steps []*Step) float64 {
		const inARow = 10
		var group sync.WaitGroup
		seconds := make([]float64, len(steps))
		for i, step := range steps {
			group.Go(func() {
				start := time.Now()
				step.Advance(inARow)
				seconds[i] = time.Since(start).Seconds()
			})
		}
		group.Wait()
		return Median(seconds)
	}
	run(steps[:])
	alone, beside := math.Inf(1), math.Inf(1)
	for range rounds {
		alone, beside = min(alone, run(steps[:1])), min(beside, run(steps[:]))
	}
	return max(1, beside/alone), nil
}

// MeasureMachine measures what two cores cost each other: the least time in which a word goes from one to the other, and of a
// run of two tasks what is not the tasks' own. Slowdown is left to be measured.
func MeasureMachine() (m scale.Machine) {
	workers := tensor.NewWorkers(2)
	defer workers.Close()
	const turns, tries = 2000, 200
	var word atomic.Int32
	turn := func(_, task int) { // the tasks take turns
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
	least := func(f func()) float64 {
		shortest := math.Inf(1)
		for range tries {
			start := time.Now()
			f()
			shortest = min(shortest, time.Since(start).Seconds())
		}
		return shortest
	}
	m.Line = least(func() { word.Store(0); workers.Run(2, turn) }) / (2 * turns)
	m.Start = max(0, least(func() { workers.Run(2, wait) })-length.Seconds()-2*m.Line)
	return m
}
