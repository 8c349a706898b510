package chain

import (
	"anila/asm/internal/span"
	"anila/asm/reduce"
)

// Memory is what Corrected keeps of the last step, by coordinate. Zeros stand
// for no step yet.
type Memory struct {
	Root  []float32 // √a
	Noise []float32 // Noise·ξ
}

// Part returns the memory of the coordinates [from, to), none of none.
func (m Memory) Part(from, to int) Memory {
	if m.Root == nil {
		return m
	}
	return Memory{m.Root[from:to], m.Noise[from:to]}
}

// Corrected is Langevin with the size of the noise taken at the noise's end
// point (Hänggi and Klimontovich's rule), which is known one step late:
//
//	z' = ((z + (Drift·a)·g) + √a·(Noise·ξ)) + (√a − √a₋)·(Noise₋·ξ₋)
//
// where ₋ marks the step before, kept in m [chains][dim] and replaced by this
// one. u is not Linear. Without a finite bound all a are 1: then it is Langevin
// and m is not used.
func Corrected(z, g []float32, m Memory, dim int, u *Update) {
	checkRows(z, g, dim)
	if len(m.Root) != len(z) || len(m.Noise) != len(z) {
		panic(panicLength)
	}
	if u.Linear {
		panic(panicLinear)
	}
	if len(z) == 0 {
		return
	}
	scope := u.scope(dim)
	if scope == Plain {
		Langevin(z, g, dim, u)
		return
	}
	if dim < shortRow {
		shortRows(z, g, &m, dim, scope, u)
		return
	}
	row := *u
	for i := 0; i < len(z); i += dim {
		correctedRow(z[i:i+dim], g[i:i+dim], m.Part(i, i+dim), scope, &row)
		row.Random.Chain++
	}
}

// correctedRow steps one chain.
func correctedRow(z, g []float32, m Memory, scope Scope, u *Update) {
	var xi, a [pixelSpan]float32
	s := newStep(u)
	ctr := u.Random.counter()
	switch scope {
	case Coord:
		s.scale = scaleCoord
	case Pixel:
		s.scale = scaleGiven
	case Sample:
		s.scale = scaleGiven
		v := clip(reduce.SumSquares(g), u.B)
		for i := range min(len(z), len(a)) {
			a[i] = v
		}
	}
	for i, j := range span.By(len(z), pixelSpan) {
		if scope == Pixel {
			pixelClip(a[:j-i], g, i, u.group(len(z)), u.B)
		}
		normals(xi[:j-i], u.Random.Seed, ctr)
		stepCorrected(z[i:j], g[i:j], xi[:j-i], a[:j-i], m.Part(i, j), &s)
		ctr[0] += pixelSpan / 4
	}
}
