// Package scale says how long traced work would take on a machine of so many cores: a simulation of the workers of package
// tensor, event by event. Tasks take the time that one core took for them. What several cores cost each other comes from
// Machine.
package scale

import (
	"cmp"
	"math"
	"slices"

	"anila/tensor"
)

// Machine is what the simulation assumes of a machine. All times are in seconds.
type Machine struct {
	// Start passes from a Run until the first helper looks for a task.
	Start float64 `json:"start"`
	// Line is the time in which a cache line that somebody has written reaches another core. Workers who look for the same one
	// get it one after the other: those with the same offer of a run, and who takes tasks of a part after somebody else did. Who
	// looks at the words of all parts has them together.
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
	s := &simulation{Machine: m, words: map[int][]word{}}
	s.core()
	s.begin(s.cores[0], &work, nil)
	for s.step() {
	}
	return Prediction{Seconds: s.now, Serial: s.serial, Work: s.work, Parts: s.parts}
}

// Typical is the median of what is simulated for lines that differ by a hundredth: of many workers who takes which task hangs on
// nanoseconds, and with it the time, by 2 % either way.
func Typical(work tensor.TracedWork, m Machine) Prediction {
	var all []Prediction
	for _, factor := range []float64{0.98, 0.99, 1, 1.01, 1.02} {
		other := m
		other.Line *= factor
		all = append(all, Simulate(work, other))
	}
	slices.SortFunc(all, func(a, b Prediction) int { return cmp.Compare(a.Seconds, b.Seconds) })
	return all[len(all)/2]
}

// simulation is the state of all cores at a time.
type simulation struct {
	Machine
	now          float64
	cores        []*core
	words        map[int][]word // of parts, by set
	open         []*run         // with tasks that nobody has taken
	serial, work float64
	parts        []Part
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
	at   int    // of Own
	of   *visit // in which it was taken; nil for the work as a whole
}

// run is a Run under way.
type run struct {
	*tensor.TracedRun
	taken  []int // by part
	words  []word
	undone int // tasks
	owner  *core
	waits  bool // the owner, for the end
	began  float64
}

// word is that of a part, in the cache of the one who had it last.
type word struct {
	holder *core
	seen   bool    // by others since
	free   float64 // when another one can have it
}

// visit is a core that takes tasks of a run, of one part after the other.
type visit struct {
	*run
	core   *core
	passed int // parts that had no task left
	done   int // tasks of the part at hand
}

// size is the number of tasks of a part.
func (r *run) size(part int) int {
	from, to := tensor.Part(len(r.Tasks), part, len(r.taken))
	return to - from
}

// home reports whether a core is at its own part.
func (v *visit) home() bool {
	return v.passed == 0 && (v.core == v.owner || distance(v.core, v.run) == 0)
}

// part is the one at hand.
func (v *visit) part() int {
	home := v.core.number / max(1, v.Teams)
	if v.core == v.owner {
		home = 0
	}
	return (home + v.passed) % len(v.taken)
}

// distance says how late in its round a core comes to a run: that of its own team first.
func distance(c *core, r *run) int {
	teams := max(1, r.Teams)
	return ((r.Team-c.number)%teams + teams) % teams
}

func (s *simulation) core() *core {
	c := &core{number: len(s.cores)}
	s.cores = append(s.cores, c)
	return c
}

// begin lets a core begin a task.
func (s *simulation) begin(c *core, task *tensor.TracedWork, of *visit) {
	c.frames = append(c.frames, frame{work: task, of: of})
	s.own(c)
}

// own lets a core do the own work that is next.
func (s *simulation) own(c *core) {
	f := &c.frames[len(c.frames)-1]
	times := f.work.Own
	if f.work.Stolen != nil && f.of != nil && !f.of.home() {
		times = f.work.Stolen
	}
	c.state, c.left, c.demand = busy, times[f.at], 0
	s.work += c.left
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
	c.frames = c.frames[:len(c.frames)-1]
	if f.of == nil {
		c.state = idle
		return
	}
	f.of.done++
	s.take(f.of)
}

// start begins a run on a core.
func (s *simulation) start(c *core, traced *tensor.TracedRun) {
	r := &run{TracedRun: traced, undone: len(traced.Tasks), owner: c, began: s.now}
	for r.Teams == 0 && len(s.cores) < r.Workers {
		s.core()
	}
	if s.words[r.Set] == nil {
		s.words[r.Set] = make([]word, r.Workers)
	}
	r.words, r.taken = s.words[r.Set], make([]int, r.Workers)
	if r.Teams == 0 {
		r.taken = r.taken[:min(r.Workers, len(r.Tasks))]
	}
	s.open = append(s.open, r)
	offers, came, most := tensor.Offers(r.Workers), 0, min(len(s.cores), len(r.Tasks))-1
	for i := range max(1, r.Teams) {
		for _, h := range s.cores {
			if h.state == idle && !h.leads && distance(h, r) == i && came < most {
				s.delay(h, s.now+s.Start+s.Line*float64(came%offers+came/offers), func() { s.look(h, 0) })
				came++
			}
		}
	}
	s.delay(c, s.now+s.Line*float64(offers), func() { s.take(&visit{run: r, core: c}) })
}

// take lets a core take the next task of the part at hand.
func (s *simulation) take(v *visit) {
	c, part := v.core, v.part()
	if s.called(v) || v.passed == len(v.taken) || v.taken[part] == v.size(part) {
		s.next(v)
		return
	}
	take := func() {
		if v.taken[part] == v.size(part) { // somebody else was faster
			s.next(v)
			return
		}
		from, _ := tensor.Part(len(v.Tasks), part, len(v.taken))
		task := &v.Tasks[from+v.taken[part]]
		v.taken[part]++
		s.begin(c, task, v)
	}
	w := &v.words[part]
	if w.holder == c && !w.seen {
		take()
		return
	}
	*w = word{holder: c, free: max(w.free, s.now) + s.Line}
	s.delay(c, w.free, take)
}

// called reports whether a core that helps another team has tasks in its own.
func (s *simulation) called(v *visit) bool {
	return v.core != v.owner && distance(v.core, v.run) > 0 && slices.ContainsFunc(s.open, func(r *run) bool {
		return r.Teams == v.Teams && distance(v.core, r) == 0
	})
}

// next lets a core that is through with a part note what it did, and go to another part or leave.
func (s *simulation) next(v *visit) {
	c, late := v.core, 0.0
	if v.done > 0 && v.passed > 0 {
		late = s.Line
	}
	s.delay(c, s.now+late, func() {
		v.undone -= v.done
		v.done = 0
		if v.undone == 0 && v.waits && v.owner.state == idle {
			s.delay(v.owner, s.now+s.Line, func() { s.end(v.run) })
		}
		if s.called(v) {
			s.leave(v)
			return
		}
		s.delay(c, s.now+s.Line, func() {
			for ; v.passed < len(v.taken); v.passed++ {
				part := v.part()
				v.words[part].seen = v.words[part].seen || v.words[part].holder != c
				if v.taken[part] < v.size(part) {
					s.take(v)
					return
				}
			}
			s.close(v.run)
			s.leave(v)
		})
	})
}

// close ends the taking of tasks.
func (s *simulation) close(r *run) {
	s.open = slices.DeleteFunc(s.open, func(o *run) bool { return o == r })
}

// leave lets a core look for something else.
func (s *simulation) leave(v *visit) {
	c := v.core
	c.state = idle
	if c == v.owner {
		switch v.waits = true; {
		case v.undone == 0:
			s.end(v.run)
			return
		case v.Teams > 0:
			c.leads = true
			return
		}
		c.root = v.run // and it helps teams meanwhile
	}
	s.look(c, s.Line)
}

// look lets a core that has nothing to do take tasks of any run, whose offer it sees so much later.
func (s *simulation) look(c *core, late float64) {
	c.state = idle
	if c.root != nil && c.root.undone == 0 {
		s.end(c.root)
		return
	}
	var next *run
	for _, r := range s.open {
		if r.Teams == 0 && c.number >= len(r.taken) {
			continue
		}
		if next == nil || distance(c, r) < distance(c, next) {
			next = r
		}
	}
	if next != nil {
		s.delay(c, s.now+late, func() { s.take(&visit{run: next, core: c}) })
	}
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
func total(w *tensor.TracedWork) (sum float64) {
	w.Pieces(func(w *tensor.TracedWork) {
		for _, t := range w.Own {
			sum += t
		}
	})
	return sum
}
