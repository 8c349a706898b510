package nn

import "testing"

// A group goes through its images in blocks and keeps signs instead of the values
// between its steps: the bits are those of an image alone, where there is no
// group. The last block is uneven; images fill no whole number of bytes of signs.
func TestGroup(t *testing.T) {
	draw := func(size, channels int) *Network {
		g := NewGraph(size, size, 3)
		a := g.LeakyReLU(g.Conv("a", g.Input(), channels, 3, 1, 1, true), 0.05)
		b := g.LeakyReLU(g.Conv("b", a, 16, 4, 2, 1, true), 0.05)
		return NewNetwork(g, g.Linear("c", b, 1, true))
	}
	for name, n := range map[string]*Network{"32×32×32": draw(32, 32), "33×33×31": draw(33, 31)} {
		fillGolden(n)
		const images = 13
		dim := n.Dim()
		x := noise("group", images*dim)
		evaluator := func(batch int) *Evaluator {
			pl := newPlan(n.program, batch, true, false, nil)
			return &Evaluator{network: n, machine: newMachine(n.program, pl, batch, pl.team), seed: make([]float32, batch)}
		}
		grouped, alone := evaluator(images), evaluator(1)
		pl := grouped.machine.plan
		if len(alone.machine.plan.groups) != 0 || len(pl.groups) != 1 || pl.groups[0].to != 2 || images%pl.groups[0].images == 0 || pl.signs[1].kind != placeSigns {
			t.Fatalf("%s: groups %+v, signs %+v", name, pl.groups, pl.signs)
		}
		f, grad := make([]float32, images), make([]float32, len(x))
		one, d := make([]float32, 1), make([]float32, dim)
		for _, run := range []int{images, images - 1} { // the second finds the signs of the first
			grouped.LogDensityAndGradient(f[:run], grad[:run*dim], x[:run*dim])
			for i := range run {
				alone.LogDensityAndGradient(one, d, x[i*dim:(i+1)*dim])
				if !sameBits(f[i:i+1], one) || !sameBits(grad[i*dim:(i+1)*dim], d) {
					t.Errorf("%s: image %d of %d differs from the same alone", name, i, run)
				}
			}
		}
		if arena, value := pl.arena, images*n.program.slots[1].size; arena >= value {
			t.Errorf("%s: an arena of %d floats has room for all images of the value inside, %d", name, arena, value)
		}
	}
}

// The first two layers of vanilla are a group, and the value between them is not
// kept for the backward pass.
func TestVanillaGroup(t *testing.T) {
	n := mustNew(t, Spec{Net: "vanilla"})
	pl := newPlan(n.program, n.program.blockSize(), true, false, nil)
	if len(pl.groups) != 1 || pl.groups[0].to < 2 || pl.signs[1].kind != placeSigns || pl.value[1].kind != placeOwn || pl.grad[1].kind != placeOwn {
		t.Errorf("groups %+v, signs %+v", pl.groups, pl.signs)
	}
}
