package tensor

import "anila/asm/gemm"

// MatMulScratch is the number of floats that MatMul over k terms needs.
func MatMulScratch(k int) int {
	mr, nr := gemm.Tile()
	return ArenaSize(k*nr, mr*nr)
}

// Product is the shape of MatMul's products: Batch matrices one after another, c
// [M][N] of terms K, a [M][K] or [K][M] with TransA, b [K][N] or [N][K] with TransB.
type Product struct {
	Batch, M, N, K int
	TransA, TransB bool
}

// MatMul computes c = op(a)·op(b), matrix by matrix, where op transposes or not. The
// gradients are matrix products again: of a, dc·op(b)ᵀ; of b, op(a)ᵀ·dc. scratch has
// MatMulScratch(K) floats.
func MatMul(c, a, b []float32, p Product, scratch []float32) {
	m, n, k := p.M, p.N, p.K
	mustLen("c", len(c), p.Batch*m*n)
	mustLen("a", len(a), p.Batch*m*k)
	mustLen("b", len(b), p.Batch*k*n)
	mr, whole := gemm.Tile()
	panel := scratch[:k*whole]
	tile := scratch[ArenaSize(len(panel)):][:mr*whole]
	rowA, stepA := k, 1
	if p.TransA {
		rowA, stepA = 1, m
	}
	for i := range p.Batch {
		c, a, b := c[i*m*n:][:m*n], a[i*m*k:][:m*k], b[i*k*n:][:k*n]
		for j := 0; j < n; j += whole {
			nr := gemm.Panel(n - j)
			w := min(nr, n-j)
			bp, stepB := b[min(j, len(b)):], n
			if p.TransB || w < nr {
				packPanel(panel, b, p, j, w, nr)
				bp, stepB = panel, nr
			}
			if w == nr {
				gemm.Micro(c[j:], n, a, rowA, stepA, bp, stepB, nr, k, m, false)
				continue
			}
			for r := 0; r < m; r += mr {
				rows := min(mr, m-r)
				gemm.Micro(tile, nr, a[r*rowA:], rowA, stepA, bp, stepB, nr, k, rows, false)
				for q := range rows {
					copy(c[(r+q)*n+j:][:w], tile[q*nr:])
				}
			}
		}
	}
}

// packPanel copies columns [j, j+w) of op(b) to panel [K][nr], zero beyond w.
func packPanel(panel, b []float32, p Product, j, w, nr int) {
	for t := range p.K {
		row := panel[t*nr:][:nr]
		if p.TransB {
			for q := range w {
				row[q] = b[(j+q)*p.K+t]
			}
		} else {
			copy(row[:w], b[t*p.N+j:])
		}
		clear(row[w:])
	}
}
