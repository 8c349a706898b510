package nn

import (
	"runtime"
	"testing"

	"anila/asm/isa"
	"anila/tensor"
)

// f and ∇f by a team have the bits of one worker, for teams of any size and blocks
// of any number of images.
func TestTeamInvariance(t *testing.T) {
	nets := narrow(t)
	if !testing.Short() && isa.Current() != isa.Generic {
		for _, s := range []Spec{{Net: "vanilla", N: 32}, {Net: "nonlocal", N: 32}, {Net: "resnet", N: 32}} {
			n := mustNew(t, s)
			fillGolden(n)
			nets[s.Net+" 32"] = n
		}
	}
	for _, workers := range []int{2, 3, 8} {
		team := tensor.NewWorkers(workers)
		defer team.Close()
		for name, n := range nets {
			for _, images := range []int{1, 5, 17} {
				x := noise("team", images*n.Dim())
				f, grad := make([]float32, images), make([]float32, len(x))
				g, d := make([]float32, images), make([]float32, len(x))
				n.NewEvaluator(images).LogDensityAndGradient(f, grad, x)
				e := n.NewTeamEvaluator(min(images, 9), team)
				e.LogDensityAndGradient(g, d, x)
				if !sameBits(f, g) || !sameBits(grad, d) {
					t.Errorf("%s: %d images by %d workers differ from those of one", name, images, workers)
				}
				poison(e.machine, g, d)
				e.LogDensityAndGradient(g, d, x)
				if !sameBits(f, g) || !sameBits(grad, d) {
					t.Errorf("%s: what %d workers find depends on what their buffers held", name, workers)
				}
			}
		}
	}
}

// The stages of a team: the group, each of the large convolutions, the last one.
func TestTeamStages(t *testing.T) {
	team := tensor.NewWorkers(3)
	defer team.Close()
	n := mustNew(t, Spec{Net: "vanilla", N: 32})
	pl := newPlan(n.program, 10, true, false, team)
	var shared []bool
	steps, gradients := 0, len(n.program.gradientSteps)
	for _, s := range pl.stages {
		shared = append(shared, s.shared)
		if s.from != steps || s.gradientTo != gradients || s.gradientFrom >= s.gradientTo {
			t.Errorf("stages %+v", pl.stages)
		}
		steps, gradients = s.to, s.gradientFrom
	}
	if steps != len(n.program.steps) || gradients != 0 {
		t.Errorf("stages %+v leave steps out", pl.stages)
	}
	if n.program.steps[2].op.(*conv).plan.Splits() {
		if len(shared) != 4 || shared[0] || !shared[1] || !shared[2] || shared[3] || n.TeamBlock() != 14 {
			t.Errorf("stages %+v, blocks of %d images", pl.stages, n.TeamBlock())
		}
	}
	for _, net := range []string{"toy", "nonlocal", "resnet"} {
		if n := mustNew(t, Spec{Net: net}); n.TeamBlock() != 0 {
			t.Errorf("%s: teams for blocks below %d images", net, n.TeamBlock())
		}
	}
}

func TestTeamAllocatesNothing(t *testing.T) {
	if race {
		t.Skip("the race detector allocates")
	}
	n := narrow(t)["vanilla"]
	const images = 5
	x := noise("allocation", images*n.Dim())
	f, grad := make([]float32, images), make([]float32, len(x))
	for _, workers := range []int{2, 8} {
		team := tensor.NewWorkers(workers)
		e := n.NewTeamEvaluator(images, team)
		e.LogDensityAndGradient(f, grad, x)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 100 {
			e.LogDensityAndGradient(f, grad, x)
		}
		runtime.ReadMemStats(&after)
		// The runtime itself makes a record now and then when a goroutine goes to sleep.
		if allocations := after.Mallocs - before.Mallocs; allocations >= 100 {
			t.Errorf("%d workers: %d allocations in 100 evaluations", workers, allocations)
		}
		team.Close()
	}
}
