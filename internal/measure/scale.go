package measure

import (
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"anila/internal/scale"
	"anila/langevin"
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

// Traced is what an iteration would have to do on so many workers, each task with the median of its times over rounds, and the
// seconds of one worker, the median of rounds in between.
func (s Scaling) Traced(workers, rounds int) (work tensor.TracedWork, one float64, err error) {
	traced, trace := tensor.NewTracedWorkers(workers)
	many, err := NewTraining(s, traced)
	if err != nil {
		return work, 0, err
	}
	defer many.Close()
	single, err := NewTraining(s, tensor.NewWorkers(1))
	if err != nil {
		return work, 0, err
	}
	defer single.Close()
	many.iterate()
	single.iterate()
	var seconds []float64
	for range rounds {
		seconds = append(seconds, alone(single.iterate))
		alone(func() { trace.Round(many.iterate) })
	}
	return trace.Work(), Median(seconds), nil
}

// Check is an iteration on two workers, and what it takes to simulate it.
type Check struct {
	Seconds  float64           // measured
	Work     tensor.TracedWork // on one core
	Slowdown float64           // of a worker beside another one
}

// Check measures an iteration on two workers and what its simulation wants, all of it in rounds that alternate, so that what
// the machine does meanwhile is the same for both; medians of the rounds count.
func (s Scaling) Check(rounds int) (c Check, err error) {
	two, err := NewTraining(s, tensor.NewWorkers(2))
	if err != nil {
		return c, err
	}
	defer two.Close()
	traced, trace := tensor.NewTracedWorkers(2)
	one, err := NewTraining(s, traced)
	if err != nil {
		return c, err
	}
	defer one.Close()
	pools, err := s.neighbours()
	if err != nil {
		return c, err
	}
	one.iterate()
	// The caches should hold what they hold in a run: what is short is done twice, and the second time counts.
	first := func(f func()) { f() }
	if elapsed(two.iterate) > 0.3 {
		first = func(func()) {}
	}
	var seconds, single, beside []float64
	for range rounds {
		first(two.iterate)
		seconds = append(seconds, elapsed(two.iterate))
		alone(func() {
			first(one.iterate)
			trace.Round(one.iterate)
		})
		first(pools[0])
		single = append(single, alone(pools[0]))
		beside = append(beside, elapsed(func() {
			var group sync.WaitGroup
			for _, p := range pools {
				group.Go(p)
			}
			group.Wait()
		}))
	}
	c.Seconds, c.Work, c.Slowdown = Median(seconds), trace.Work(), max(1, Median(beside)/Median(single))
	return c, nil
}

// neighbours are two workers who take chains of their own through a few steps, each all tasks of two workers. What they have
// in common is what teams have: the weights.
func (s Scaling) neighbours() (advance [2]func(), err error) {
	network, err := StepNetwork(nn.Spec{Net: s.Net, N: s.N})
	if err != nil {
		return advance, err
	}
	for i := range advance {
		workers, _ := tensor.NewTracedWorkers(2)
		pool, err := langevin.NewPool(langevin.FromNetwork(network), Sampler(1), workers, s.Batch)
		if err != nil {
			return advance, err
		}
		if err := pool.Start(StepStart(s.Batch, network.Dim()), stepSeed, 0); err != nil {
			return advance, err
		}
		advance[i] = func() { pool.Advance(10, nil) }
	}
	return advance, nil
}

// alone returns the seconds of f, of one goroutine, while a second core is busy with nothing: at the clock of two, and nobody
// else fills the caches that they share.
func alone(f func()) float64 {
	var done atomic.Bool
	var group sync.WaitGroup
	if runtime.GOMAXPROCS(0) > 1 {
		group.Go(func() {
			for !done.Load() {
			}
		})
	}
	seconds := elapsed(f)
	done.Store(true)
	group.Wait()
	return seconds
}

func elapsed(f func()) float64 {
	start := time.Now()
	f()
	return time.Since(start).Seconds()
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
			shortest = min(shortest, elapsed(f))
		}
		return shortest
	}
	m.Line = least(func() { word.Store(0); workers.Run(2, turn) }) / (2 * turns)
	m.Start = max(0, least(func() { workers.Run(2, wait) })-length.Seconds()-2*m.Line)
	return m
}
