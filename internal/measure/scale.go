package measure

import (
	"slices"

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

// tracing is an iteration that is traced.
type tracing struct {
	*Iteration
	trace *tensor.Trace
	lacks int  // steps that are not traced
	teams bool // chains are shared by teams
}

// tracing prepares one on so many workers, who exist only as a number. Where teams share chains so many steps are traced. It goes through
// them once.
func (s Scaling) tracing(workers, steps int) (*tracing, error) {
	short := s
	short.Steps = min(s.Steps, steps)
	t, err := short.newTracing(tensor.NewTracedWorkers(workers))
	if err == nil && !t.teams && short.Steps < s.Steps {
		t.Close()
		return s.newTracing(tensor.NewTracedWorkers(workers))
	}
	if err == nil {
		t.lacks = s.Steps - short.Steps
	}
	return t, err
}

func (s Scaling) newTracing(workers *tensor.Workers, trace *tensor.Trace) (*tracing, error) {
	many, err := NewTraining(s, workers)
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

// median is the work of rounds with all steps: of each piece the median, and all of them longer by what these together lack of the
// median round. What now and then makes a piece longer is so in the work, and in none by its full length.
func (t *tracing) median(rounds, scattered []tensor.TracedWork) tensor.TracedWork {
	work := tensor.MedianWork(rounds, scattered)
	stretch(&work, own, rounds)
	stretch(&work, stolen, scattered)
	for _, b := range blocks(&work) {
		lengthen(b, t.lacks)
	}
	return work
}

func own(w *tensor.TracedWork) []float64    { return w.Own }
func stolen(w *tensor.TracedWork) []float64 { return w.Stolen }

// stretch lets the times of all pieces of some work be together as long as the median of rounds.
func stretch(work *tensor.TracedWork, times func(*tensor.TracedWork) []float64, rounds []tensor.TracedWork) {
	if len(rounds) == 0 {
		return
	}
	total := func(w *tensor.TracedWork, times func(*tensor.TracedWork) []float64) (sum float64) {
		w.Pieces(func(w *tensor.TracedWork) {
			for _, t := range times(w) {
				sum += t
			}
		})
		return sum
	}
	var totals []float64
	for i := range rounds {
		totals = append(totals, total(&rounds[i], own))
	}
	factor := Median(totals) / total(work, times)
	work.Pieces(func(w *tensor.TracedWork) {
		for i := range times(w) {
			times(w)[i] *= factor
		}
	})
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
	type traced struct {
		work, scattered tensor.TracedWork
		one             float64
		machine         scale.Machine
	}
	list, counted := quietest(rounds, func(c *clock) (r traced) {
		c.time(func() { r.one = alone(one.iterate) })
		c.time(func() { r.work = many.round(false) })
		c.time(func() { r.scattered = many.round(true) })
		r.machine = c.machine()
		return r
	})
	var works, scattered []tensor.TracedWork
	for _, r := range list {
		works, scattered = append(works, r.work), append(scattered, r.scattered)
	}
	return Traced{
		Work:    many.median(works, scattered),
		One:     medianOf(list, func(r traced) float64 { return r.one }),
		Teams:   many.teams,
		Machine: medianMachine(list, func(r traced) scale.Machine { return r.machine }),
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

// Check measures an iteration on two workers and simulates it, without what was measured of it. All that the simulation wants is measured
// in the same round and the same memory: what two cores cost each other changes while one looks on, where a host moves them, and
// where its memory lies makes an iteration slower or faster by more than what is asked for.
func (s Scaling) Check(rounds int) (c Check, err error) {
	workers := tensor.NewWorkers(2)
	two, err := s.newTracing(workers, tensor.NewTrace(workers))
	if err != nil {
		return c, err
	}
	defer two.Close()
	var pairs [2][2]func() // several, for where its memory lies makes a pool slower by 1 or 2 %
	for i := 0; i < len(pairs) && !two.teams; i++ {
		if pairs[i], err = neighbours(two.trainer.Network(), max(1, s.Batch/2)); err != nil {
			return c, err
		}
	}
	times := 1 // in a round
	if elapsed(two.iterate) < 0.3 {
		times = 3
	}
	list, counted := quietest(rounds, func(k *clock) (r Check) {
		var measured, simulated []float64
		var work, scattered []tensor.TracedWork
		for range times {
			measured = append(measured, k.time(two.iterate))
			k.time(func() { work = append(work, two.round(false)) })
			if two.teams {
				k.time(func() { scattered = append(scattered, two.round(true)) })
			}
		}
		slower := 1.0
		if !two.teams {
			k.time(func() { slower = slowdown(pairs[:], alone, beside) })
		}
		r.Machine = k.machine()
		r.Machine.Slowdown = slower
		for i := range times {
			away := scattered[min(i, len(scattered)):min(i+1, len(scattered))]
			simulated = append(simulated, scale.Simulate(two.median(work[i:i+1], away), r.Machine).Seconds)
		}
		r.Measured, r.Simulated = Median(measured), Median(simulated)
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

// slowdown is how many times longer neighbours take beside each other than alone, by medians of both: they take turns.
func slowdown(pairs [][2]func(), alone func(func()) float64, beside func([2]func()) [2]float64) float64 {
	var single, pair []float64
	for range 2 {
		for _, pools := range pairs {
			for _, p := range pools {
				single = append(single, alone(p))
			}
			both := beside(pools)
			pair = append(pair, both[:]...)
		}
	}
	return max(1, Median(pair)/Median(single))
}

// neighbours are two workers who take so many chains each through a few steps, as those of an iteration do whose blocks are their
// own. What they have in common is the weights.
func neighbours(network *nn.Network, chains int) (advance [2]func(), err error) {
	for i := range advance {
		workers, _ := tensor.NewTracedWorkers(2)
		pool, err := langevin.NewPool(langevin.FromNetwork(network), Sampler(1), workers, chains)
		if err != nil {
			return advance, err
		}
		if err := pool.Start(StepStart(chains, network.Dim()), stepSeed, 0); err != nil {
			return advance, err
		}
		advance[i] = func() { pool.Advance(10, nil) }
	}
	return advance, nil
}
