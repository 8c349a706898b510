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

// aRun is one of a set, or of the first or second of two teams.
func aRun(set, workers int, tasks ...tensor.TracedWork) *tensor.TracedRun {
	return &tensor.TracedRun{Name: "run", Set: set, Workers: workers, Tasks: tasks, Team: max(0, set-1), Teams: 2 * min(set, 1)}
}

// leaves are tasks of so many seconds.
func leaves(seconds ...float64) (tasks []tensor.TracedWork) {
	for _, s := range seconds {
		tasks = append(tasks, leaf(s))
	}
	return tasks
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
		// One has the 5, the other the 3 and the 4.
		"two workers": {around(aRun(0, 2, leaf(5), leaf(3), leaf(4))), Machine{}, 9, 2},
		// Worker 1 comes at 1.5 and takes the 3, since worker 0 has the 5.
		"a late helper": {around(aRun(0, 2, leaf(5), leaf(3))), Machine{Start: 1.5}, 7, 2},
		// Worker 1 has the word of its part at 0.1 and is through at 7.1, a line later worker 0 knows.
		"lines": {around(aRun(0, 2, leaf(5), leaf(3), leaf(4))), Machine{Line: 0.1}, 1 + 7.1 + 0.1 + 1, 2},
		// Worker 0 writes the offer until 0.1, has its word at 0.2 and is through at 3.2, sees at 3.3 that the other part has a task
		// left and takes it at 3.4. It takes it 5 and not 3; a line to note it, one to see that there is nothing else.
		"stolen": {around(aRun(0, 2, append(leaves(1, 1, 1, 3, 3), tensor.TracedWork{Own: []float64{3}, Stolen: []float64{5}})...)), Machine{Line: 0.1}, 1 + 8.6 + 1, 2},
		// Workers 0 and 1 are through at 4.1 and see at 4.2 what worker 2, busy until 15.2, has left. One has it at 4.3, the 12, the other
		// at 4.4, a 10 and then, nobody else having had the word, another one until 24.4; a line to note it, one to tell worker 0.
		"one after the other": {around(aRun(0, 3, leaves(1, 1, 1, 0.9, 1, 1, 1, 1, 15, 12, 10, 10)...)), Machine{Line: 0.1}, 1 + 24.6 + 1, 2},
		// Both at half the speed until 6, then one at its own: 6 + 2.
		"slower beside another": {around(aRun(0, 2, leaf(5), leaf(3))), Machine{Slowdown: 2}, 10, 2},
		// 2 bytes a second each where 2 are to be had: 4 seconds of work take 8.
		"bandwidth": {around(aRun(0, 2, reading(4, 8), reading(4, 8))), Machine{Bandwidth: 2}, 10, 2},
		"enough":    {around(aRun(0, 2, reading(4, 8), reading(4, 8))), Machine{Bandwidth: 4}, 6, 2},
		// Of four workers, two lead teams of three tasks and two help: 2 rounds for one of them, never 3.
		"teams": {around(aRun(0, 4, team(1, leaf(2), leaf(2), leaf(2)), team(2, leaf(2), leaf(2), leaf(2)))), Machine{}, 6, 2},
		// The leader of the short team, through with it, helps the other.
		"help": {around(aRun(0, 2, team(1, leaf(1)), team(2, leaf(3), leaf(3)))), Machine{}, 2 + 4, 2},
		// Worker 2 of team 0 helps team 1, until its own one has tasks again at 2: the 3 that are left there, of which it takes the first.
		"called back": {around(aRun(0, 3,
			tensor.TracedWork{Own: []float64{0, 1, 0}, Runs: []*tensor.TracedRun{aRun(1, 2, leaf(1), leaf(1)), aRun(1, 2, leaf(3), leaf(3))}},
			team(2, leaf(1.5), leaf(1.5), leaf(1.5), leaf(1.5)))), Machine{}, 2 + 5.5, 2},
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
	lines := around(aRun(0, 2, leaf(5), leaf(3), leaf(4)))
	if got, want := Typical(lines, Machine{Line: 0.1}), Simulate(lines, Machine{Line: 0.1}); got.Seconds != want.Seconds {
		t.Errorf("typically %v s where the line in the middle gives %v", got.Seconds, want.Seconds)
	}
}
