package tensor

import (
	"anila/asm/cooktoom"
	"anila/asm/gemm"
)

// winograd computes a 3×3 convolution with stride 1 and padding 1 by F(2×2, 3×3):
// 16 products for a tile of 2×2 outputs where the direct way takes 36. The input
// gradient is such a convolution too, with the kernel turned by 180° and inputs
// and outputs exchanged. See cooktoom.Input2x3 for the matrices.
type winograd struct {
	Conv
	nr             int
	tilesH, tilesW int
}

const (
	winogradPoints = 16
	// winogradBlock is the number of tiles that go through together, a multiple
	// of the 14 rows of the AVX-512 kernel: at 128 channels the transformed block
	// takes 0.5 MB, beside its weights in a second-level cache.
	winogradBlock = 28
)

// winogradFits reports whether the transforms cover the shape without rest.
func winogradFits(c Conv, nr int) bool {
	return c.KernelH == 3 && c.KernelW == 3 && c.Stride == 1 && c.Padding == 1 &&
		c.InH%2 == 0 && c.InW%2 == 0 && c.InC%16 == 0 && c.OutC%16 == 0 && c.InC%nr == 0 && c.OutC%nr == 0
}

func newWinograd(c Conv, nr int) *winograd {
	return &winograd{Conv: c, nr: nr, tilesH: c.InH / 2, tilesW: c.InW / 2}
}

// weightSize is the length of the transformed weights of one direction.
func (k *winograd) weightSize() int { return winogradPoints * k.InC * k.OutC }

// scratch is the room for a block of transformed inputs and of products.
func (k *winograd) scratch() int {
	rows := winogradPoints * winogradBlock
	return ArenaSize(rows*(k.InC+pad), rows*(k.OutC+pad))
}

// packTasks is the number of tasks of pack: blocks of outputs.
func (k *winograd) packTasks() int { return k.OutC / packSide }

// pack writes U = G·g·Gᵀ of packSide outputs for the forward, [point][panel of nr
// outputs][input][nr], and of the turned taps for the input gradient, [point][panel
// of nr inputs][output][nr].
func (k *winograd) pack(forward, backward, oihw []float32, task int) {
	// Row i of G turned by 180° is row turned[i] of G.
	turned := [4]int{3, 1, 2, 0}
	point, first := k.InC*k.OutC, task*packSide
	for i := range k.InC {
		f := forward[(first/k.nr*k.InC+i)*k.nr+first%k.nr:]
		for o := range packSide {
			u := winogradWeights((*[9]float32)(oihw[((first+o)*k.InC+i)*9:]))
			g := backward[(i/k.nr*k.OutC+first+o)*k.nr+i%k.nr:]
			for r := range 4 {
				for c := range 4 {
					f[(4*r+c)*point+o] = u[r][c]
					g[(4*r+c)*point] = u[turned[r]][turned[c]]
				}
			}
		}
	}
}

// winogradWeights is G·g·Gᵀ with G by rows (1 0 0), (½ ½ ½), (½ −½ ½), (0 0 1).
func winogradWeights(g *[9]float32) (u [4][4]float32) {
	column := func(a, b, c float32) [4]float32 {
		return [4]float32{a, (a + c + b) * 0.5, (a + c - b) * 0.5, c}
	}
	left, middle, right := column(g[0], g[3], g[6]), column(g[1], g[4], g[7]), column(g[2], g[5], g[8])
	for i := range u {
		u[i] = column(left[i], middle[i], right[i])
	}
	return u
}

// run convolves src [n][InH][InW][from] with the transformed weights u to dst
// [n][InH][InW][to], with bias and leaky ReLU, or with the mask of act if bias is
// nil.
func (k *winograd) run(dst, src []float32, n int, u []float32, from, to int, bias, act []float32, leak float32, scratch []float32) {
	size := winogradPoints * winogradBlock * (from + pad)
	v, m := scratch[:size], scratch[ArenaSize(size):]
	tiles := n * k.tilesH * k.tilesW
	for first := 0; first < tiles; first += winogradBlock {
		rows := min(winogradBlock, tiles-first)
		for t := range rows {
			image, y, x := k.tile(first + t)
			origin := ((image*k.InH+2*y-1)*k.InW + 2*x - 1) * from
			cooktoom.Input2x3(v[t*(from+pad):], rows*(from+pad), src, origin, k.InW*from, from, k.edges(y, x), from)
		}
		for p := range winogradPoints {
			a, c := v[p*rows*(from+pad):], m[p*rows*(to+pad):]
			for j := 0; j < to; j += k.nr {
				gemm.Micro(c[j:], to+pad, a, from+pad, 1, u[p*from*to+j*from:], k.nr, from, rows, false)
			}
		}
		for t := range rows {
			image, y, x := k.tile(first + t)
			origin := ((image*k.InH+2*y)*k.InW + 2*x) * to
			if bias != nil {
				cooktoom.Output2x3(dst, origin, k.InW*to, to, m[t*(to+pad):], rows*(to+pad), bias, leak, to)
			} else {
				cooktoom.Masked2x3(dst, origin, k.InW*to, to, m[t*(to+pad):], rows*(to+pad), act, leak, to)
			}
		}
	}
}

// tile is where a tile, counted over images, lies.
func (k *winograd) tile(tile int) (image, y, x int) {
	tiles := k.tilesH * k.tilesW
	return tile / tiles, tile % tiles / k.tilesW, tile % k.tilesW
}

// edges are the sides of a tile's patch that lie outside the image.
func (k *winograd) edges(y, x int) (e cooktoom.Edges) {
	if y == 0 {
		e |= cooktoom.EdgeTop
	}
	if y == k.tilesH-1 {
		e |= cooktoom.EdgeBottom
	}
	if x == 0 {
		e |= cooktoom.EdgeLeft
	}
	if x == k.tilesW-1 {
		e |= cooktoom.EdgeRight
	}
	return e
}
