package tensor

import "sync"

// columnJob is a call of a window whose rows are contiguous, with the columns split
// over the team. Jobs are kept so that a call allocates nothing.
type columnJob struct {
	*window
	call
	parts int
	task  func(worker, task int)
}

var columnJobs = sync.Pool{New: func() any {
	j := new(columnJob)
	j.task = j.runPart
	return j
}}

func (g *window) runColumns(c *call) {
	j := columnJobs.Get().(*columnJob)
	j.window, j.call, j.parts = g, *c, 1
	if workers := c.team.Share(); workers > 1 {
		j.parts = min(roundUp(g.columns, g.nr)/g.nr, 4*workers)
	}
	c.team.Run(j.parts, j.task)
	j.window, j.call = nil, call{}
	columnJobs.Put(j)
}

// runPart computes the columns of some panels.
func (j *columnJob) runPart(_, task int) {
	part, k, all := *j.window, j.terms(), j.columns
	panels := roundUp(all, j.nr) / j.nr
	from := panels * task / j.parts * j.nr
	part.columns = min(panels*(task+1)/j.parts*j.nr, all) - from
	// One part alone, the last, may have a panel that is not filled.
	b := rowBlock{ldd: all, stride: k, segments: 1, panels: j.weights[from*k:], products: j.call.scratch[ArenaSize(j.imageSize()):]}
	places, most := j.n*j.outH*j.outW, j.window.rows()
	for p := 0; p < places; p += most {
		at := p*all + from
		b.dst, b.src, b.rows = j.dst[at:], j.src[p*k:], min(most, places-p)
		b.Epilogue = epilogueFrom(epilogueAt(j.Epilogue, p*all), from)
		part.multiply(&b)
	}
}
