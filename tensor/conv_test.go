package tensor

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func randomConv(r *rand.Rand) Conv {
	for {
		c := Conv{
			InH: 1 + r.IntN(11), InW: 1 + r.IntN(11), InC: 1 + r.IntN(20), OutC: 1 + r.IntN(40),
			KernelH: 1 + r.IntN(5), KernelW: 1 + r.IntN(5), Stride: 1 + r.IntN(3), Padding: r.IntN(3),
		}
		if c.InH+2*c.Padding >= c.KernelH && c.InW+2*c.Padding >= c.KernelW {
			return c
		}
	}
}

func TestConvAgainstNaive(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for range 120 {
			checkConv(t, r, randomConv(r), 1+r.IntN(4))
		}
		checkConv(t, r, Conv{InH: 1, InW: 1, InC: 2, OutC: 32, KernelH: 1, KernelW: 1, Stride: 1}, 33)
		checkConv(t, r, Conv{InH: 1, InW: 1, InC: 64, OutC: 64, KernelH: 1, KernelW: 1, Stride: 1}, 70)
		// A whole panel and one that is half as wide, filled and not.
		checkConv(t, r, Conv{InH: 4, InW: 5, InC: 32, OutC: 48, KernelH: 1, KernelW: 1, Stride: 1}, 6)
		checkConv(t, r, Conv{InH: 4, InW: 5, InC: 44, OutC: 32, KernelH: 3, KernelW: 3, Stride: 1, Padding: 1}, 2)
		for _, channels := range []int{1, 3, 5} {
			checkConv(t, r, Conv{InH: 7, InW: 5, InC: channels, OutC: 16, KernelH: 3, KernelW: 3, Stride: 1, Padding: 1}, 2)
			checkConv(t, r, Conv{InH: 1, InW: 1, InC: channels, OutC: 3, KernelH: 3, KernelW: 3, Stride: 1, Padding: 1}, 2)
		}
		checkConv(t, r, Conv{InH: 8, InW: 8, InC: 16, OutC: 32, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1}, 2)
		checkConv(t, r, Conv{InH: 8, InW: 24, InC: 32, OutC: 64, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1}, 3)
		checkConv(t, r, Conv{InH: 16, InW: 16, InC: 16, OutC: 32, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1}, 30)
		// So large that the weight gradient takes the images in two rounds.
		checkConv(t, r, Conv{InH: 33, InW: 33, InC: 1, OutC: 64, KernelH: 2, KernelW: 2, Stride: 1}, 5)
	})
}

// TestConvBatchInvariance holds each image's bits alone against those in a batch.
func TestConvBatchInvariance(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 4))
		for i := range 30 {
			c, a := randomConv(r), ImplicitGEMM
			n := 5
			switch i {
			case 0:
				c, n, a = Conv{InH: 16, InW: 16, InC: 16, OutC: 32, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1}, 15, CookToom
			case 1, 2:
				c, n, a = partialTiles, 15, []Algorithm{CookToom, CookToom2}[i-1]
			}
			p := NewConvPlanWith(c, a)
			w := p.NewWeights()
			w.Pack(random(r, c.WeightSize()), random(r, c.OutC), nil)
			checkBatchInvariance(t, r, n, w, w)
		}
	})
}

// A team gives the bits of one worker, whatever its size.
func TestConvTeams(t *testing.T) {
	teams := []*Workers{nil, NewWorkers(2), NewWorkers(3), NewWorkers(8)}
	defer func() {
		for _, p := range teams[1:] {
			p.Close()
		}
	}()
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(7, 8))
		for _, c := range []Conv{
			{InH: 8, InW: 8, InC: 32, OutC: 64, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1},
			{InH: 16, InW: 24, InC: 16, OutC: 32, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1},
			{InH: 12, InW: 11, InC: 16, OutC: 32, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1},
			{InH: 1, InW: 1, InC: 70, OutC: 250, KernelH: 1, KernelW: 1, Stride: 1},
			{InH: 1, InW: 1, InC: 80, OutC: 74, KernelH: 1, KernelW: 1, Stride: 1},
			{InH: 5, InW: 5, InC: 64, OutC: 32, KernelH: 1, KernelW: 1, Stride: 1},
			{InH: 6, InW: 6, InC: 32, OutC: 32, KernelH: 3, KernelW: 3, Stride: 1, Padding: 1},
		} {
			for i := range 3 * len(Algorithms(c)) {
				n, p := []int{1, 7, 30}[i%3], NewConvPlanWith(c, Algorithms(c)[i/3])
				if n == 30 && testing.Short() {
					continue
				}
				w := p.NewWeights()
				w.Pack(random(r, c.WeightSize()), random(r, c.OutC), nil)
				x, dy := random(r, n*c.InSize()), random(r, n*c.OutSize())
				var y, dx []float32
				for _, team := range teams {
					again, gradient := random(r, len(dy)), random(r, len(x))
					scratch := random(r, p.Scratch(n, team))
					p.Forward(again, x, n, w, Epilogue{Leak: 0.2}, scratch, team)
					p.InputGradient(gradient, dy, n, w, Epilogue{Act: x, Leak: 0.2}, scratch, team)
					if team == nil {
						y, dx = again, gradient
					} else if !slices.Equal(y, again) || !slices.Equal(dx, gradient) {
						t.Errorf("%v: %d images by %d workers differ from one worker's", p, n, team.Count())
					}
				}
			}
		}
	})
}

// Sums of rows by a team have the bits of SumRows, in any number of rounds.
func TestRowSumsOfTeams(t *testing.T) {
	workers := NewWorkers(3)
	defer workers.Close()
	r := rand.New(rand.NewPCG(3, 9))
	for _, rows := range []int{0, 1, 255, 257, 5000, 40_001} {
		const columns = 20
		x, want := random(r, rows*columns), random(r, columns)
		got, scratch := slices.Clone(want), random(r, rowSumsScratch(columns))
		SumRows(want, x, rows)
		newRowSums().run(got, x, rows, scratch, workers)
		if !slices.Equal(got, want) {
			t.Errorf("%d rows: %v, not %v", rows, got, want)
		}
	}
}

func TestWeightGradientWorkers(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 6))
		for i := range 10 {
			c, a := randomConv(r), ImplicitGEMM
			n := 3
			switch i {
			case 0:
				c, a = Conv{InH: 8, InW: 8, InC: 16, OutC: 32, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1}, CookToom
			case 1:
				c, n, a = Conv{InH: 16, InW: 16, InC: 32, OutC: 32, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1}, 30, CookToom
			case 2, 3:
				c, n, a = partialTiles, 30, []Algorithm{CookToom, CookToom2}[i-2]
			case 4:
				c, n, a = winogradShapes[1], 30, Winograd4
			}
			p := NewConvPlanWith(c, a)
			x, dy := random(r, n*c.InSize()), random(r, n*c.OutSize())
			var first []float32
			for _, workers := range []int{1, 2, 3, 8, 64} {
				pool := NewWorkers(workers)
				grad := make([]float32, c.WeightSize()+c.OutC)
				p.WeightGradient(grad[:c.WeightSize()], grad[c.WeightSize():], x, dy, n, make([]float32, p.WeightScratch(pool)), pool)
				pool.Close()
				if first == nil {
					first = grad
				} else if !slices.Equal(grad, first) {
					t.Fatalf("%v: %d workers give other bits than one", p, workers)
				}
			}
		}
	})
}

func TestConvAllocatesNothing(t *testing.T) {
	if race {
		t.Skip("the race detector empties pools of jobs at random")
	}
	whole := Conv{InH: 8, InW: 8, InC: 16, OutC: 32, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1}
	linear := Conv{InH: 1, InW: 1, InC: 20, OutC: 40, KernelH: 1, KernelW: 1, Stride: 1}
	for _, p := range []*ConvPlan{
		NewConvPlan(whole), newConvPlan(partialTiles, CookToom), newConvPlan(partialTiles, CookToom2),
		newConvPlan(partialTiles, ImplicitGEMM), newConvPlan(linear, ImplicitGEMM), newConvPlan(winogradShapes[0], Winograd),
		newConvPlan(winogradShapes[1], Winograd4),
	} {
		w := p.NewWeights()
		x, y := make([]float32, 2*p.InSize()), make([]float32, 2*p.OutSize())
		dw, weights := make([]float32, p.WeightSize()), make([]float32, p.WeightSize())
		scratch, weightScratch := make([]float32, p.Scratch(2, nil)), make([]float32, p.WeightScratch(nil))
		allocs := testing.AllocsPerRun(5, func() {
			w.Pack(weights, nil, nil)
			p.Forward(y, x, 2, w, Epilogue{Leak: 0.1}, scratch, nil)
			p.InputGradient(x, y, 2, w, Epilogue{Act: x, Leak: 0.1}, scratch, nil)
			p.WeightGradient(dw, nil, x, y, 2, weightScratch, nil)
		})
		if allocs != 0 {
			t.Errorf("%v: %v allocations a round", p, allocs)
		}
	}
}

func TestConvMACs(t *testing.T) {
	c := Conv{InH: 32, InW: 32, InC: 32, OutC: 64, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1}
	count := 0
	naiveConv(Conv{InH: 5, InW: 6, InC: 2, OutC: 3, KernelH: 3, KernelW: 4, Stride: 2, Padding: 1}, 1, func(_, _, _ int) { count++ })
	if got := (Conv{InH: 5, InW: 6, InC: 2, OutC: 3, KernelH: 3, KernelW: 4, Stride: 2, Padding: 1}).MACs(); got != count {
		t.Errorf("MACs = %d, counted %d", got, count)
	}
	if c.MACs() > 256*16*32*64 {
		t.Errorf("%v: %d multiply-adds", c, c.MACs())
	}
}

// Blocks of tiles are of one size, in fours, and within what a worker takes at a time.
func TestBlocksOfTilesAreAlike(t *testing.T) {
	k := newTiled(Conv{InH: 32, InW: 32, InC: 32, OutC: 64, KernelH: 4, KernelW: 4, Stride: 2, Padding: 1}, tilings[CookToom])
	for workers := 1; workers < 5; workers++ {
		for n := 1; n < 40; n++ {
			tiles, most := n*k.rows(), k.mostTiles(n, workers)
			block := k.blockTiles(n, workers)
			blocks := (tiles + block - 1) / block
			if block > most || blocks != (tiles+most-1)/most || tiles-(blocks-1)*block < block-4*blocks {
				t.Errorf("%d tiles, %d workers: blocks of %d, at most %d", tiles, workers, block, most)
			}
		}
	}
}
