package measure

import (
	"math"
	"slices"
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

// traced is a round of Traced: what many do, what they do scattered, and the seconds of one.
type traced struct {
	work, scattered tensor.TracedWork
	one             float64
}

// Traced is what an iteration would have to do on so many workers, each task with the median of its times over rounds, with its
// part and away from it, and the seconds of one worker, the median of rounds in between.
func (s Scaling) Traced(workers, rounds int) (work tensor.TracedWork, one float64, r Rounds, err error) {
	set, trace := tensor.NewTracedWorkers(workers)
	many, err := NewTraining(s, set)
	if err != nil {
		return work, 0, r, err
	}
	defer many.Close()
	single, err := NewTraining(s, tensor.NewWorkers(1))
	if err != nil {
		return work, 0, r, err
	}
	defer single.Close()
	many.iterate()
	single.iterate()
	list, r := quietest(rounds, func(c *clock) (t traced) {
		t.one = c.alone(single.iterate)
		c.time(func() { t.work = trace.Round(many.iterate, false) })
		c.time(func() { t.scattered = trace.Round(many.iterate, true) })
		return t
	})
	var seconds []float64
	var works, scattered []tensor.TracedWork
	for _, t := range list {
		seconds, works, scattered = append(seconds, t.one), append(works, t.work), append(scattered, t.scattered)
	}
	return tensor.MedianWork(works, scattered), Median(seconds), r, nil
}

// Check is an iteration on two workers as measured and as simulated, medians of the rounds.
type Check struct {
	Machine    scale.Machine `json:"machine"`
	Measured   float64       `json:"measured"`
	Simulated  float64       `json:"simulated"`
	Difference float64       `json:"difference"` // of simulated from measured, as a share, in the same round
	Rounds     Rounds        `json:"rounds"`
}

// Check measures an iteration on two workers and simulates it. All that the simulation wants is measured in the same round: what
// two cores cost each other changes while one looks on, where a host moves them.
func (s Scaling) Check(rounds int) (c Check, err error) {
	two, err := NewTraining(s, tensor.NewWorkers(2))
	if err != nil {
		return c, err
	}
	defer two.Close()
	workers, trace := tensor.NewTracedWorkers(2)
	one, err := NewTraining(s, workers)
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
	list, counted := quietest(rounds, func(k *clock) (r Check) {
		first(two.iterate)
		r.Measured = k.time(two.iterate)
		r.Machine = measureMachine()
		var rounds [2]tensor.TracedWork // tasks with their parts, and scattered
		traced := func() { rounds[0] = trace.Round(one.iterate, false) }
		first(traced)
		k.time(traced)
		k.time(func() { rounds[1] = trace.Round(one.iterate, true) })
		work := tensor.MedianWork(rounds[:1], rounds[1:])
		r.Machine.Slowdown = 1 // of a team: its tasks have found what was in the other core's caches, and work on one thing
		if !share(&work) {
			single := k.alone(pools[0])
			beside := k.time(func() {
				var group sync.WaitGroup
				for _, p := range pools {
					group.Go(p)
				}
				group.Wait()
			})
			r.Machine.Slowdown = max(1, beside/single)
		}
		r.Simulated = scale.Simulate(work, r.Machine).Seconds
		r.Difference = r.Simulated/r.Measured - 1
		return r
	})
	of := func(get func(Check) float64) float64 {
		var v []float64
		for _, r := range list {
			v = append(v, get(r))
		}
		return Median(v)
	}
	c.Rounds = counted
	c.Machine.Start = of(func(r Check) float64 { return r.Machine.Start })
	c.Machine.Line = of(func(r Check) float64 { return r.Machine.Line })
	c.Machine.Slowdown = of(func(r Check) float64 { return r.Machine.Slowdown })
	c.Measured = of(func(r Check) float64 { return r.Measured })
	c.Simulated = of(func(r Check) float64 { return r.Simulated })
	c.Difference = of(func(r Check) float64 { return r.Difference })
	return c, nil
}

// neighbours are two workers who take half of the chains each through a few steps, as those of an iteration do whose blocks
// are their own. What they have in common is the weights.
func (s Scaling) neighbours() (advance [2]func(), err error) {
	network, err := StepNetwork(nn.Spec{Net: s.Net, N: s.N})
	if err != nil {
		return advance, err
	}
	half := max(1, s.Batch/2)
	for i := range advance {
		workers, _ := tensor.NewTracedWorkers(2)
		pool, err := langevin.NewPool(langevin.FromNetwork(network), Sampler(1), workers, half)
		if err != nil {
			return advance, err
		}
		if err := pool.Start(StepStart(half, network.Dim()), stepSeed, 0); err != nil {
			return advance, err
		}
		advance[i] = func() { pool.Advance(10, nil) }
	}
	return advance, nil
}

// share tells whether workers share the chains of some work, as a team, and not only what is between.
func share(w *tensor.TracedWork) bool {
	return slices.ContainsFunc(w.Runs, func(r *tensor.TracedRun) bool {
		return r.Set > 0 && r.Workers > 1 || slices.ContainsFunc(r.Tasks, func(t tensor.TracedWork) bool { return share(&t) })
	})
}

// measureMachine measures what two cores cost each other: the least time in which a word goes from one to the other, and of a
// run of two tasks what is not the tasks' own. Slowdown is left to be measured.
func measureMachine() (m scale.Machine) {
	workers := tensor.NewWorkers(2)
	defer workers.Close()
	const turns, tries = 1000, 20
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
