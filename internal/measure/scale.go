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

// tracedSteps is how many steps of an iteration are traced, at most, where workers share chains. The steps are alike: those that
// are left out are what these are, one after the other.
const tracedSteps = 10

// tracing is an iteration that is traced on so many workers, who exist only as a number.
type tracing struct {
	*Iteration
	trace *tensor.Trace
	lacks int  // steps that are not traced
	teams bool // chains are shared by teams
}

// tracing prepares one, of which so many steps are traced where teams share chains, and goes through it once.
func (s Scaling) tracing(workers, steps int) (*tracing, error) {
	short := s
	short.Steps = min(s.Steps, steps)
	t, err := short.newTracing(workers)
	if err == nil && !t.teams && short.Steps < s.Steps {
		t.Close()
		return s.newTracing(workers)
	}
	if err == nil {
		t.lacks = s.Steps - short.Steps
	}
	return t, err
}

func (s Scaling) newTracing(workers int) (*tracing, error) {
	set, trace := tensor.NewTracedWorkers(workers)
	many, err := NewTraining(s, set)
	if err != nil {
		return nil, err
	}
	work := trace.Round(many.iterate, false)
	return &tracing{Iteration: many, trace: trace, teams: len(blocks(&work)) > 0}, nil
}

// round is the work of an iteration with the steps that are traced; scattered as in a trace's round.
func (t *tracing) round(scattered bool) tensor.TracedWork {
	return t.trace.Round(t.iterate, scattered)
}

// median is the work of rounds with all steps.
func (t *tracing) median(rounds, scattered []tensor.TracedWork) tensor.TracedWork {
	work := tensor.MedianWork(rounds, scattered)
	for _, b := range blocks(&work) {
		lengthen(b, t.lacks)
	}
	return work
}

// stepBegins is the run with which a step begins of a block of chains that a team shares.
const stepBegins = "langevin.(*teamUpdate).part"

// blocks are the work, of some work, that takes a block of chains through all steps with the workers of a team.
func blocks(work *tensor.TracedWork) (list []*tensor.TracedWork) {
	if slices.ContainsFunc(work.Runs, func(r *tensor.TracedRun) bool { return r.Name == stepBegins }) {
		return []*tensor.TracedWork{work}
	}
	for _, r := range work.Runs {
		for i := range r.Tasks {
			list = append(list, blocks(&r.Tasks[i])...)
		}
	}
	return list
}

// lengthen gives a block so many steps more, before its last one: those between the first and the last, in turn.
func lengthen(block *tensor.TracedWork, steps int) {
	var begins []int // of steps, among the runs
	for i, r := range block.Runs {
		if r.Name == stepBegins {
			begins = append(begins, i)
		}
	}
	if len(begins) < 3 {
		return
	}
	block.Own = repeated(block.Own, begins, steps)
	block.Runs = repeated(block.Runs, begins, steps)
	if block.Stolen != nil {
		block.Stolen = repeated(block.Stolen, begins, steps)
	}
}

// repeated is a list of what is at the runs of steps, with so many steps more.
func repeated[T any](list []T, begins []int, steps int) []T {
	var more []T
	last := len(begins) - 1
	for i := range steps {
		from, to := begins[1+i%(last-1)], begins[2+i%(last-1)]
		more = append(more, list[from:to]...)
	}
	return slices.Insert(list, begins[last], more...)
}

// Traced is what an iteration would have to do on so many workers, medians of rounds.
type Traced struct {
	Work    tensor.TracedWork
	One     float64       // seconds of one worker
	Teams   bool          // workers share chains
	Machine scale.Machine // with the slowdown of Check
	Rounds  Rounds
}

// Trace times each task of an iteration on so many workers, with its part and away from it; in the same rounds the iteration on
// one worker and what two cores cost each other, but for the slowdown of workers with chains of their own.
func (s Scaling) Trace(workers, rounds int, one *Iteration) (t Traced, err error) {
	many, err := s.tracing(workers, tracedSteps)
	if err != nil {
		return t, err
	}
	defer many.Close()
	type round struct {
		work, scattered tensor.TracedWork
		one             float64
		machine         scale.Machine
	}
	list, counted := quietest(rounds, func(c *clock) (r round) {
		r.one = c.alone(one.iterate)
		r.machine = measureMachine()
		c.time(func() { r.work = many.round(false) })
		c.time(func() { r.scattered = many.round(true) })
		return r
	})
	var works, scattered []tensor.TracedWork
	for _, r := range list {
		works, scattered = append(works, r.work), append(scattered, r.scattered)
	}
	return Traced{
		Work:    many.median(works, scattered),
		One:     medianOf(list, func(r round) float64 { return r.one }),
		Teams:   many.teams,
		Machine: medianMachine(list, func(r round) scale.Machine { return r.machine }),
		Rounds:  counted,
	}, nil
}

// medianOf is the median of a number that each round has.
func medianOf[T any](rounds []T, get func(T) float64) float64 {
	var v []float64
	for _, r := range rounds {
		v = append(v, get(r))
	}
	return Median(v)
}

func medianMachine[T any](rounds []T, get func(T) scale.Machine) scale.Machine {
	return scale.Machine{
		Start:    medianOf(rounds, func(r T) float64 { return get(r).Start }),
		Line:     medianOf(rounds, func(r T) float64 { return get(r).Line }),
		Slowdown: medianOf(rounds, func(r T) float64 { return get(r).Slowdown }),
	}
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
	one, err := s.tracing(2, s.Steps)
	if err != nil {
		return c, err
	}
	defer one.Close()
	pools, err := s.neighbours()
	if err != nil {
		return c, err
	}
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
		traced := func() { rounds[0] = one.round(false) }
		first(traced)
		k.time(traced)
		k.time(func() { rounds[1] = one.round(true) })
		work := one.median(rounds[:1], rounds[1:])
		if !one.teams {
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
	return Check{
		Machine:    medianMachine(list, func(r Check) scale.Machine { return r.Machine }),
		Measured:   medianOf(list, func(r Check) float64 { return r.Measured }),
		Simulated:  medianOf(list, func(r Check) float64 { return r.Simulated }),
		Difference: medianOf(list, func(r Check) float64 { return r.Difference }),
		Rounds:     counted,
	}, nil
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

// measureMachine measures what two cores cost each other: the least time in which a word goes from one to the other, and of a
// run of two tasks what is not the tasks' own. The slowdown is that of a team, 1: its tasks have found what was in the other core's
// caches, and work on one thing.
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
	m.Slowdown = 1
	return m
}
