package measure

import (
	"fmt"

	"anila/asm/chain"
	"anila/asm/vec"
	"anila/tensor"
)

// UpdateWork is the adaptive update of many coordinates on several workers: what every Langevin step ends with. As in
// training, a worker takes its chains through many updates without meeting the others.
type UpdateWork struct {
	workers *tensor.Workers
	dim     int
	run     func()
}

// updatesInARow is how many of them a worker does in a row.
const updatesInARow = 20

// NewUpdate makes dim coordinates, split evenly over the threads.
func NewUpdate(dim, threads int) *UpdateWork {
	w := &UpdateWork{workers: tensor.NewWorkers(threads), dim: dim}
	z, g := filled(dim, 3), filled(dim, 4)
	vec.Scale(g, 1e-4)
	step := uint64(0)
	part := (dim + threads - 1) / threads
	task := func(_, i int) {
		from, to := min(i*part, dim), min((i+1)*part, dim)
		if from == to {
			return
		}
		u := chain.Update{Drift: 0.5, Noise: 0.01, B: 1e-4, Scope: chain.Coord,
			Random: chain.Noise{Seed: stepSeed, Purpose: uint8(tensor.PurposeLangevin), Chain: uint32(i), Step: step}}
		for range updatesInARow {
			chain.Langevin(z[from:to], g[from:to], to-from, &u)
			u.Random.Step++
		}
	}
	w.run = func() {
		step += updatesInARow
		w.workers.Run(threads, task)
	}
	return w
}

// Close ends the workers.
func (w *UpdateWork) Close() { w.workers.Close() }

// Time returns the median over repeats.
func (w *UpdateWork) Time(repeats int, l Limits) Result {
	c := Case{Name: "update", Shape: fmt.Sprintf("dim=%d", w.dim), Bytes: 12 * float64(w.dim)}
	return c.result(Time(w.run, repeats)/updatesInARow, repeats, w.workers.Count(), l)
}
