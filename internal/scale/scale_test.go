package scale

import (
	"math"
	"testing"

	"anila/tensor"
)

// leaf is a task of so many seconds.
func leaf(seconds float64) tensor.TracedWork {
	return tensor.TracedWork{Own: []float64{seconds}}
}

// around is work of one second before and one after each run.
func around(runs ...*tensor.TracedRun) tensor.TracedWork {
	w := tensor.TracedWork{Own: []float64{1}, Runs: runs}
	for range runs {
		w.Own = append(w.Own, 1)
	}
	return w
}

func aRun(set, workers int, tasks ...tensor.TracedWork) *tensor.TracedRun {
	return &tensor.TracedRun{Name: "run", Set: set, Workers: workers, Tasks: tasks}
}

// Schedules worked out by hand.
func TestSimulate(t *testing.T) {
	reading := func(seconds, bytes float64) tensor.TracedWork {
		w := leaf(seconds)
		w.Bytes = bytes
		return w
	}
	team := func(set int, tasks ...tensor.TracedWork) tensor.TracedWork {
		return tensor.TracedWork{Own: []float64{0, 0}, Runs: []*tensor.TracedRun{aRun(set, 2, tasks...)}}
	}
	for name, c := range map[string]struct {
		work            tensor.TracedWork
		machine         Machine
		seconds, serial float64
	}{
		"no run":     {leaf(5), Machine{}, 5, 5},
		"one worker": {around(aRun(0, 1, leaf(3), leaf(4))), Machine{}, 9, 2},
		// The counter gives 5 to one and 3 to the other, who takes 4 then: 7.
		"two workers": {around(aRun(0, 2, leaf(5), leaf(3), leaf(4))), Machine{}, 9, 2},
		// Worker 1 comes at 1.5 and takes the 3, since worker 0 has the 5.
		"a late helper": {around(aRun(0, 2, leaf(5), leaf(3))), Machine{Start: 1.5}, 7, 2},
		// Claims at 0.1 (worker 0: 5) and 0.2 (worker 1: 3); worker 1 claims the 4 at 3.3 and ends it at 7.3, a line later
		// worker 0 knows.
		"claims": {around(aRun(0, 2, leaf(5), leaf(3), leaf(4))), Machine{Line: 0.1}, 1 + 7.3 + 0.1 + 1, 2},
		// Both at half the speed until 6, then one at its own: 6 + 2.
		"slower beside another": {around(aRun(0, 2, leaf(5), leaf(3))), Machine{Slowdown: 2}, 10, 2},
		// 2 bytes a second each where 2 are to be had: 4 seconds of work take 8.
		"bandwidth":    {around(aRun(0, 2, reading(4, 8), reading(4, 8))), Machine{Bandwidth: 2}, 10, 2},
		"three claims": {around(aRun(0, 1, leaf(1), leaf(1), leaf(1), leaf(1))), Machine{Line: 0.1}, 2 + 4.3, 2}, // two, one, one
		// Of 8 tasks worker 0 takes two at 0.1 and then, at 2.2 and 3.3, one; worker 1 one at 0.2, 1.3, 2.4 and 3.5.
		"claims of two": {around(aRun(0, 2, leaf(1), leaf(1), leaf(1), leaf(1), leaf(1), leaf(1), leaf(1), leaf(1))), Machine{Line: 0.1}, 2 + 4.5 + 0.1, 2},
		"enough":        {around(aRun(0, 2, reading(4, 8), reading(4, 8))), Machine{Bandwidth: 4}, 6, 2},
		// Of four workers, two lead teams of three tasks and two help: 2 rounds for one of them, never 3.
		"teams": {around(aRun(0, 4, team(1, leaf(2), leaf(2), leaf(2)), team(2, leaf(2), leaf(2), leaf(2)))), Machine{}, 6, 2},
		// The leader of the short team, through with it, helps the other.
		"help": {around(aRun(0, 2, team(1, leaf(1)), team(2, leaf(3), leaf(3)))), Machine{}, 2 + 4, 2},
	} {
		p := Simulate(c.work, c.machine)
		if math.Abs(p.Seconds-c.seconds) > 1e-9 || math.Abs(p.Serial-c.serial) > 1e-9 {
			t.Errorf("%s: %v s, of which %v alone; %v and %v by hand", name, p.Seconds, p.Serial, c.seconds, c.serial)
		}
	}
	p := Simulate(around(aRun(0, 2, leaf(5), leaf(3))), Machine{})
	if p.Work != 10 || len(p.Parts) != 1 || p.Parts[0] != (Part{"run", 5, 8}) {
		t.Errorf("%+v", p)
	}
}
