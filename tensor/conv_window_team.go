package tensor

import (
	"sync"

	"anila/asm/gemm"
)

// windowRun is one window.run whose columns are split over a team. Runs are kept
// so that a call allocates nothing.
type windowRun struct {
	g                      *window
	dst, src, panels, tile []float32
	n, nr, parts           int
	e                      gemm.Epilogue
	task                   func(worker, task int)
}

var windowRuns = sync.Pool{New: func() any {
	r := new(windowRun)
	r.task = r.runPart
	return r
}}

// runWith is run with the columns split over a team, where rows are ready.
func (g *window) runWith(dst, src []float32, n int, panels []float32, nr int, e gemm.Epilogue, scratch []float32, team *Workers) {
	if team.Count() == 1 || !g.ready() || g.dots() {
		g.run(dst, src, n, panels, nr, e, scratch)
		return
	}
	h, w := g.padded()
	r := windowRuns.Get().(*windowRun)
	r.g, r.dst, r.src, r.n, r.panels, r.nr, r.e = g, dst, src, n, panels, nr, e
	r.tile = scratch[ArenaSize(h*w*g.channels):]
	r.parts = min(roundUp(g.columns, nr)/nr, 4*team.Count())
	team.Run(r.parts, r.task)
	r.g, r.dst, r.src, r.panels, r.tile, r.e = nil, nil, nil, nil, nil, gemm.Epilogue{}
	windowRuns.Put(r)
}

// runPart computes the columns of some panels.
func (r *windowRun) runPart(_, task int) {
	g, k := *r.g, r.g.terms()
	panels := roundUp(g.columns, r.nr) / r.nr
	from := panels * task / r.parts * r.nr
	g.columns = min(panels*(task+1)/r.parts*r.nr, r.g.columns) - from
	var tile []float32
	if g.columns%r.nr != 0 {
		tile = r.tile[windowRows*from:]
	}
	places := r.n * g.outH * g.outW
	most := r.g.rows()
	for p := 0; p < places; p += most {
		at := p*r.g.columns + from
		e := epilogueFrom(epilogueAt(r.e, p*r.g.columns), from)
		g.multiply(r.dst[at:], r.g.columns, r.src[p*k:], k, 1, 0, min(most, places-p), r.panels[from*k:], r.nr, e, tile)
	}
}
