package measure

import (
	"slices"
	"testing"

	"anila/langevin"
	"anila/nn"
	"anila/tensor"
)

// A trace of four steps that is lengthened by five has the runs of one of nine steps, and times of steps two and three in turn.
func TestLengthen(t *testing.T) {
	network, err := StepNetwork(nn.Spec{Net: "vanilla", N: 24})
	if err != nil {
		t.Fatal(err)
	}
	traced := func(steps int) *tensor.TracedWork {
		const chains = 3
		workers, trace := tensor.NewTracedWorkers(4)
		pool, err := langevin.NewPool(langevin.FromNetwork(network), Sampler(steps), workers, chains)
		if err != nil {
			t.Fatal(err)
		}
		z := StepStart(chains, network.Dim())
		work := trace.Round(func() { pool.Run(z, stepSeed, 0) }, false)
		work = tensor.MedianWork([]tensor.TracedWork{work}, []tensor.TracedWork{work})
		list := blocks(&work)
		if len(list) != 1 {
			t.Fatalf("%d blocks", len(list))
		}
		return list[0]
	}
	short, long := traced(4), traced(9)
	own, perStep := slices.Clone(short.Own), (len(long.Runs)-len(short.Runs))/5
	begin := slices.IndexFunc(short.Runs, func(r *tensor.TracedRun) bool { return r.Name == stepBegins })
	lengthen(short, 5)
	if len(short.Runs) != len(long.Runs) || len(short.Own) != len(long.Own) || len(short.Stolen) != len(long.Stolen) {
		t.Fatalf("%d runs, %d and %d times; want %d, %d and %d", len(short.Runs), len(short.Own), len(short.Stolen), len(long.Runs), len(long.Own), len(long.Stolen))
	}
	for i, r := range short.Runs {
		if r.Name != long.Runs[i].Name || len(r.Tasks) != len(long.Runs[i].Tasks) {
			t.Errorf("run %d: %s of %d tasks; want %s of %d", i, r.Name, len(r.Tasks), long.Runs[i].Name, len(long.Runs[i].Tasks))
		}
	}
	for step, of := range []int{0, 1, 2, 1, 2, 1, 2, 1} {
		for i := range perStep {
			if got, want := short.Own[begin+step*perStep+i], own[begin+of*perStep+i]; got != want {
				t.Errorf("time %d of step %d is not that of step %d", i, step, of)
			}
		}
	}
	if !slices.Equal(short.Own[len(short.Own)-len(own)+begin+3*perStep:], own[begin+3*perStep:]) {
		t.Error("the last step is another one")
	}
}

// The slowdown is from both neighbours alone and from both beside each other, each as often, and no single time makes it.
func TestSlowdown(t *testing.T) {
	var ran [2]int
	pools := [2]func(){func() { ran[0]++ }, func() { ran[1]++ }}
	alone := func(f func()) float64 {
		before := ran
		f()
		switch {
		case ran[0] > before[0]:
			return 1
		case ran[1] == 1:
			return 50 // once
		}
		return 3
	}
	beside := func(f [2]func()) [2]float64 {
		f[0]()
		f[1]()
		if ran[0] > 2 {
			return [2]float64{4, 6}
		}
		return [2]float64{90, 4}
	}
	if got, want := slowdown([][2]func(){pools, pools}, alone, beside), 5./2; got != want {
		t.Errorf("slowdown %v, want %v", got, want)
	}
	if ran != [2]int{8, 8} {
		t.Errorf("the neighbours ran %v times", ran)
	}
	faster := func([2]func()) [2]float64 { return [2]float64{0.5, 0.5} }
	if got := slowdown([][2]func(){pools}, alone, faster); got != 1 {
		t.Errorf("slowdown %v of workers that nobody slows down", got)
	}
}

// What is long once is not, but all pieces together are as long as in the median round, at home and away.
func TestMedianOfRounds(t *testing.T) {
	round := func(own, task float64) tensor.TracedWork {
		return tensor.TracedWork{Own: []float64{own, 1}, Runs: []*tensor.TracedRun{{Tasks: []tensor.TracedWork{{Own: []float64{task}}}}}}
	}
	rounds := []tensor.TracedWork{round(2, 5), round(2, 3), round(4, 3)} // 8, 6 and 8 together; the medians 2, 1 and 3
	w := (&tracing{}).median(rounds, []tensor.TracedWork{round(3, 4)})
	task := w.Runs[0].Tasks[0]
	if f := 8. / 6; w.Own[0] != 2*f || w.Own[1] != f || task.Own[0] != 3*f || w.Stolen[0] != 3 || task.Stolen[0] != 4 {
		t.Errorf("%+v, its task %+v", w, task)
	}
	if rounds[0].Own[0] != 2 {
		t.Errorf("a round has become %+v", rounds[0])
	}
}
