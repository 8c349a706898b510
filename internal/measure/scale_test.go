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
