//go:build !noasm && (amd64 || arm64)

package asm

// The kernels of F(2×2, 2×2) take the address of every place, those outside the
// image with zeros for what is read and a spare place for what is written.

// outside stands for places outside of an image: the transforms read its zeros.
var outside [2048]float32

// cookToom2Patches are the places of a patch. The assembly reads it by offset.
type cookToom2Patches struct {
	x    [9]*float32 // where results go, sixteen floats to spare where outside
	mask [9]uint64   // all ones inside, 0 outside
	act  [9]*float32
	add  [9]*float32
}

// cookToom2Outputs are the places of a tile, x and mask as above.
type cookToom2Outputs struct {
	x    [4]*float32
	mask [4]uint64
}

func cookToom2Vector(channels int) bool {
	return (hasAVX2FMA || hasNEON) && channels <= len(outside)
}

func cookToom2Input(v []float32, point int, x []float32, p *Places, channels int) {
	if !cookToom2Vector(channels) {
		cookToom2InputGeneric(v, point, x, p, channels)
		return
	}
	var places [9]*float32
	for i := range 3 {
		for j := range 3 {
			if places[3*i+j] = &outside[0]; p.in(i, j) {
				places[3*i+j] = &x[p.at(i, j)]
			}
		}
	}
	cookToom2InputKernel(&v[0], point, &places, channels)
}

func cookToom2Output(y []float32, p *Places, m []float32, point int, bias []float32, leak float32, channels int) {
	if !cookToom2Vector(channels) {
		cookToom2OutputGeneric(y, p, m, point, bias, leak, channels)
		return
	}
	var (
		places cookToom2Outputs
		spare  [16]float32
	)
	for i := range 2 {
		for j := range 2 {
			if places.x[2*i+j] = &spare[0]; p.in(i, j) {
				places.x[2*i+j], places.mask[2*i+j] = &y[p.at(i, j)], 1<<64-1
			}
		}
	}
	cookToom2OutputKernel(&places, &m[0], point, &bias[0], leak, channels)
}

func cookToom2Gradient(v []float32, point int, y []float32, p *Places, channels int) {
	if !cookToom2Vector(channels) {
		cookToom2GradientGeneric(v, point, y, p, channels)
		return
	}
	var places [4]*float32
	for i := range 2 {
		for j := range 2 {
			if places[2*i+j] = &outside[0]; p.in(i, j) {
				places[2*i+j] = &y[p.at(i, j)]
			}
		}
	}
	cookToom2GradientKernel(&v[0], point, &places, channels)
}

func cookToom2Patch(x []float32, p *Places, m []float32, point int, act []float32, leak float32, first Edges, channels int) {
	if !cookToom2Vector(channels) {
		cookToom2PatchGeneric(x, p, m, point, act, leak, first, channels)
		return
	}
	var (
		places cookToom2Patches
		spare  [16]float32
	)
	for i := range 3 {
		for j := range 3 {
			k := 3*i + j
			places.x[k], places.act[k], places.add[k] = &spare[0], &outside[0], &outside[0]
			if !p.in(i, j) {
				continue
			}
			at := p.at(i, j)
			places.x[k], places.mask[k] = &x[at], 1<<64-1
			if leak != 1 {
				places.act[k] = &act[at]
			}
			if i == 0 && first&FirstTop == 0 || j == 0 && first&FirstLeft == 0 {
				places.add[k] = &x[at]
			}
		}
	}
	cookToom2PatchKernel(&places, &m[0], point, leak, channels)
}
