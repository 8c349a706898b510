package tensor

import "anila/asm/gemm"

// NewLinearPlan plans a linear layer as a 1×1 convolution of 1×1 images:
// y [n][out] = x [n][in]·Wᵀ + bias with W [out][in]; its gradients are
// InputGradient and WeightGradient.
func NewLinearPlan(in, out int) *ConvPlan {
	return NewConvPlan(Conv{InH: 1, InW: 1, InC: in, OutC: out, KernelH: 1, KernelW: 1, Stride: 1})
}

// MatMulScratch is the number of floats that MatMul over k terms needs.
func MatMulScratch(k int) int {
	mr, nr := gemm.Tile()
	return ArenaSize(k*nr, mr*nr)
}

// MatMul computes c = op(a)·op(b), or c += with accumulate, for batch matrices
// one after another: c is [batch][m][n]; a is [batch][m][k], or [batch][k][m]
// with transA; b is [batch][k][n], or [batch][n][k] with transB. The gradients
// are matrix products again: of a, dc·op(b)ᵀ; of b, op(a)ᵀ·dc (MatMulGradientA,
// MatMulGradientB). scratch has MatMulScratch(k) floats.
func MatMul(c, a, b []float32, batch, m, n, k int, transA, transB, accumulate bool, scratch []float32) {
	mustLen("c", len(c), batch*m*n)
	mustLen("a", len(a), batch*m*k)
	mustLen("b", len(b), batch*k*n)
	mr, nr := gemm.Tile()
	panel := scratch[:k*nr]
	tile := scratch[ArenaSize(len(panel)):][:mr*nr]
	rowA, stepA := k, 1
	if transA {
		rowA, stepA = 1, m
	}
	for i := range batch {
		c, a, b := c[i*m*n:][:m*n], a[i*m*k:][:m*k], b[i*k*n:][:k*n]
		for j := 0; j < n; j += nr {
			w := min(nr, n-j)
			bp, stepB := b[min(j, len(b)):], n
			if transB || w < nr {
				packPanel(panel, b, n, k, j, w, nr, transB)
				bp, stepB = panel, nr
			}
			for r := 0; r < m; r += mr {
				rows := min(mr, m-r)
				if w == nr {
					gemm.Micro(c[r*n+j:], n, a[r*rowA:], rowA, stepA, bp, stepB, k, rows, accumulate)
					continue
				}
				if accumulate {
					for q := range rows {
						copy(tile[q*nr:][:w], c[(r+q)*n+j:])
					}
				}
				gemm.Micro(tile, nr, a[r*rowA:], rowA, stepA, bp, stepB, k, rows, accumulate)
				for q := range rows {
					copy(c[(r+q)*n+j:][:w], tile[q*nr:])
				}
			}
		}
	}
}

// packPanel copies columns [j, j+w) of op(b) to panel [k][nr], zero beyond w.
func packPanel(panel, b []float32, n, k, j, w, nr int, transB bool) {
	for p := range k {
		row := panel[p*nr:][:nr]
		if transB {
			for q := range w {
				row[q] = b[(j+q)*k+p]
			}
		} else {
			copy(row[:w], b[p*n+j:])
		}
		clear(row[w:])
	}
}

// MatMulGradientA adds dc·op(b)ᵀ to da (transposed back when transA); scratch
// has MatMulScratch(max(n, m, k)) floats, as for MatMulGradientB.
func MatMulGradientA(da, dc, b []float32, batch, m, n, k int, transA, transB bool, scratch []float32) {
	if transA {
		MatMul(da, b, dc, batch, k, m, n, transB, true, true, scratch)
	} else {
		MatMul(da, dc, b, batch, m, k, n, false, !transB, true, scratch)
	}
}

// MatMulGradientB adds op(a)ᵀ·dc to db (transposed back when transB).
func MatMulGradientB(db, a, dc []float32, batch, m, n, k int, transA, transB bool, scratch []float32) {
	if transB {
		MatMul(db, dc, a, batch, n, k, m, true, transA, true, scratch)
	} else {
		MatMul(db, a, dc, batch, k, n, m, !transA, false, true, scratch)
	}
}
