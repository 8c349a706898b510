// Package scale says how long traced work would take on a machine of so many cores: a simulation of the workers of package
// tensor, event by event. Tasks take the time that one core took for them. What several cores cost each other comes from
// Machine.
package scale

import (
	"math"
	"slices"

	"anila/tensor"
)

// Machine is what the simulation assumes of a machine. All times are in seconds.
type Machine struct {
	// Start passes from a Run until the first helper looks for a task.
	Start float64 `json:"start"`
	// Line is the time in which a cache line that somebody has written reaches another core: workers take the word with the
	// tasks of a run from each other, one after the other, once to see it and once for each task.
	Line float64 `json:"line"`
	// Slowdown is how many times longer own work takes while other cores work too, for what they share: 1 is nothing.
	Slowdown float64 `json:"slowdown"`
	// Bandwidth bounds the packed weights that all cores read together, bytes a second; 0 is no bound.
	Bandwidth float64 `json:"bandwidth"`
}

// Prediction is what a simulation came to.
type Prediction struct {
	Seconds float64 // from begin to end
	Serial  float64 // of it, in which only the goroutine that began works
	Work    float64 // of all cores, as it was traced
	Parts   []Part
}

// Part is a Run of the goroutine that began, with all that have its name.
type Part struct {
	Name    string
	Seconds float64
	Work    float64 // of all cores
}

// Simulate returns how long work takes on m, with as many cores as it was traced for.
func Simulate(work tensor.TracedWork, m Machine) Prediction {
	if m.Slowdown == 0 {
		m.Slowdown = 1
	}
	s := &simulation{Machine: m}
	s.core()
	s.begin(s.cores[0], []tensor.TracedWork{work}, nil)
	for s.step() {
	}
	return Prediction{Seconds: s.now, Serial: s.serial, Work: total(&work), Parts: s.parts}
}

// simulation is the state of all cores at a time.
type simulation struct {
	Machine
	now    float64
	cores  []*core
	teams  int
	open   []*run // with tasks that nobody has taken
	serial float64
	parts  []Part
}

// core is a core, and what it does.
type core struct {
	number int
	frames []frame
	state  state
	left   float64 // seconds of own work, or the time at which a delay ends
	demand float64 // bytes a second of weights, of own work
	then   func()  // after a delay
	leads  bool    // a team whose tasks others do: it waits for them
	root   *run    // of the set, whose end it waits for
}

type state uint8

const (
	idle    state = iota // or waiting for a run's end
	delayed              // until a time
	busy
)

// frame is a task that a core has begun.
type frame struct {
	work *tensor.TracedWork
	at   int                 // of Own
	rest []tensor.TracedWork // tasks that were claimed with it
	of   *run                // that the task is of; nil for the work as a whole
}

// run is a Run under way.
type run struct {
	*tensor.TracedRun
	next, pending int
	free          float64 // when the counter can be had
	owner         *core
	waits         bool // the owner, for the end
	began         float64
}

func (s *simulation) core() *core {
	c := &core{number: len(s.cores)}
	s.cores = append(s.cores, c)
	return c
}

// begin lets a core begin the first of some tasks that it has claimed.
func (s *simulation) begin(c *core, tasks []tensor.TracedWork, of *run) {
	c.frames = append(c.frames, frame{work: &tasks[0], rest: tasks[1:], of: of})
	s.own(c)
}

// own lets a core do the own work that is next.
func (s *simulation) own(c *core) {
	f := &c.frames[len(c.frames)-1]
	c.state, c.left, c.demand = busy, f.work.Own[f.at], 0
	if f.work.Bytes > 0 && c.left > 0 {
		c.demand = f.work.Bytes / c.left
	}
}

// delay lets a core wait until a time.
func (s *simulation) delay(c *core, until float64, then func()) {
	c.state, c.left, c.then = delayed, until, then
}

// step goes on to the next time at which something happens, and reports whether there is one.
func (s *simulation) step() bool {
	working, demand := 0, 0.0
	for _, c := range s.cores {
		if c.state == busy {
			working++
			demand += c.demand
		}
	}
	rate := 1.0
	if working > 1 {
		rate = 1 / s.Slowdown
	}
	hungry := rate // of who reads weights
	if s.Bandwidth > 0 && demand*rate > s.Bandwidth {
		hungry = s.Bandwidth / demand
	}
	speed := func(c *core) float64 {
		if c.demand > 0 {
			return hungry
		}
		return rate
	}
	var first *core
	dt := math.Inf(1)
	for _, c := range s.cores {
		t := math.Inf(1)
		switch c.state {
		case busy:
			t = c.left / speed(c)
		case delayed:
			t = c.left - s.now
		}
		if t < dt {
			first, dt = c, t
		}
	}
	if first == nil {
		return false
	}
	dt = max(dt, 0)
	for _, c := range s.cores {
		if c.state == busy {
			c.left -= dt * speed(c)
		}
	}
	s.now += dt
	if c := s.cores[0]; c.state == busy && len(c.frames) == 1 {
		s.serial += dt
	}
	if first.state == delayed {
		first.then()
	} else {
		s.goOn(first)
	}
	return true
}

// goOn lets a core go on after own work.
func (s *simulation) goOn(c *core) {
	f := &c.frames[len(c.frames)-1]
	f.at++
	if f.at <= len(f.work.Runs) {
		s.start(c, f.work.Runs[f.at-1])
		return
	}
	r, rest := f.of, f.rest
	c.frames = c.frames[:len(c.frames)-1]
	if r == nil {
		c.state = idle
		return
	}
	if r.pending--; r.pending == 0 && r.waits && r.owner.state == idle {
		s.delay(r.owner, s.now+s.Line, func() { s.end(r) })
	}
	if len(rest) > 0 {
		s.begin(c, rest, r)
	} else {
		s.claim(c, r)
	}
}

// start begins a run on a core.
func (s *simulation) start(c *core, traced *tensor.TracedRun) {
	r := &run{TracedRun: traced, pending: len(traced.Tasks), free: s.now, owner: c, began: s.now}
	s.teams = max(s.teams, r.Set)
	if r.Set == 0 {
		for len(s.cores) < r.Workers {
			s.core()
		}
	}
	s.open = append(s.open, r)
	wanted := min(len(s.cores), len(r.Tasks)) - 1
	late := s.Start
	for _, h := range s.cores {
		if wanted > 0 && h.state == idle && !h.leads {
			s.delay(h, s.now+late, func() { s.look(h) })
			wanted--
			late += s.Line
		}
	}
	s.claim(c, r)
}

// claim gives a core the next tasks of a run, or lets it leave.
func (s *simulation) claim(c *core, r *run) {
	if left := len(r.Tasks) - r.next; left > 0 {
		tasks := r.Tasks[r.next:][:tensor.Claim(left, r.Workers)]
		r.next += len(tasks)
		r.free = max(r.free, s.now) + s.Line
		s.delay(c, r.free, func() { s.begin(c, tasks, r) })
		return
	}
	s.open = slices.DeleteFunc(s.open, func(o *run) bool { return o == r })
	c.state = idle
	if c == r.owner {
		switch r.waits = true; {
		case r.pending == 0:
			s.end(r)
			return
		case r.Set > 0:
			c.leads = true
			return
		}
		c.root = r // and it helps teams meanwhile
	}
	s.look(c)
}

// look lets a core that has nothing to do take tasks of any run.
func (s *simulation) look(c *core) {
	c.state = idle
	if c.root != nil && c.root.pending == 0 {
		s.end(c.root)
		return
	}
	var next *run
	for _, r := range s.open {
		if next == nil || s.distance(c, r) < s.distance(c, next) {
			next = r
		}
	}
	if next != nil {
		s.claim(c, next)
	}
}

// distance says how late in its round a core comes to a run: that of the set first, then those of teams.
func (s *simulation) distance(c *core, r *run) int {
	if r.Set == 0 {
		return -1
	}
	return (r.Set - 1 - c.number + len(s.cores)*s.teams) % s.teams
}

// end lets the owner of a run go on.
func (s *simulation) end(r *run) {
	c := r.owner
	c.leads, c.root = false, nil
	if len(c.frames) == 1 && c == s.cores[0] {
		s.note(r)
	}
	s.own(c)
}

// note adds a run to the parts.
func (s *simulation) note(r *run) {
	i := 0
	for i < len(s.parts) && s.parts[i].Name != r.Name {
		i++
	}
	if i == len(s.parts) {
		s.parts = append(s.parts, Part{Name: r.Name})
	}
	p := &s.parts[i]
	p.Seconds += s.now - r.began
	for j := range r.Tasks {
		p.Work += total(&r.Tasks[j])
	}
}

// total is all own work of a task and of those it waits for.
func total(w *tensor.TracedWork) float64 {
	sum := 0.0
	for _, t := range w.Own {
		sum += t
	}
	for _, r := range w.Runs {
		for i := range r.Tasks {
			sum += total(&r.Tasks[i])
		}
	}
	return sum
}
