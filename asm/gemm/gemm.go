package gemm

// Tile is the register tile of the tier in force: Micro computes panels of nr
// columns, and takes mr rows at a time.
func Tile() (mr, nr int) { return tile() }

// Panel is the number of columns of the panel that n columns begin with: nr, or half
// of it where that holds them all and the tier has kernels for it.
func Panel(n int) int { return panel(n) }

// Columns is n rounded up to whole panels.
func Columns(n int) int {
	_, nr := tile()
	whole := n / nr * nr
	if whole < n {
		whole += panel(n - whole)
	}
	return whole
}

// Micro computes m rows of a panel (Panel) of a matrix product:
//
//	for i := range m {
//		for j := range columns {
//			s := 0 or c[i*ldc+j] when accumulate
//			for p := range k {
//				s += a[i*rowA+p*stepA] * b[p*stepB+j]
//			}
//			c[i*ldc+j] = s
//		}
//	}
//
// with one rounding per multiply-add where the tier has fused multiply-add, and
// always in the order of p: the bits of an output depend on its row of a, its
// column of b and the tier alone. Panels of a may lie in any order: rowA is the
// distance between rows, stepA the distance between terms, so that a
// transposed operand needs no copy. b has its columns side by side in steps of
// stepB. c must not overlap a or b.
func Micro(c []float32, ldc int, a []float32, rowA, stepA int, b []float32, stepB, columns, k, m int, accumulate bool) {
	Segments(c, ldc, a, rowA, stepA, b, stepB, columns, k, m, accumulate, 1, 0)
}

// Segments is Micro over segments·k terms: after each k terms, a goes
// on by another jump floats, so that the rows of a window over an image are
// read where they lie. Term p of row i is
//
//	a[i*rowA + p*stepA + p/k*jump] * b[p*stepB+j]
func Segments(c []float32, ldc int, a []float32, rowA, stepA int, b []float32, stepB, columns, k, m int, accumulate bool, segments, jump int) {
	mustFit(len(c), ldc, len(a), rowA, stepA, len(b), stepB, columns, k, m, segments, jump)
	micro(c, ldc, a, rowA, stepA, b, stepB, columns, k, m, accumulate, segments, jump, nil)
}

// Epilogue is what becomes of the sums of a convolution before they are stored.
// In a forward pass, with Bias, they are what StoreBiasLeakyReLU makes of them; in
// an input gradient, with Act, what StoreMasked does, with Act at the places of the
// sums; with neither they stay.
type Epilogue struct {
	Bias, Act []float32
	Leak      float32
}

// Store is Segments of rows of terms that lie close (stepA 1) with a
// packed panel (stepB columns), and e on its sums, with the bits of the two steps
// after each other.
func Store(c []float32, ldc int, a []float32, rowA int, b []float32, columns, k, m, segments, jump int, e *Epilogue) {
	mustFit(len(c), ldc, len(a), rowA, 1, len(b), columns, columns, k, m, segments, jump)
	if e.Bias != nil && len(e.Bias) < columns || e.Act != nil && len(e.Act) < (m-1)*ldc+columns {
		panic(panicFit)
	}
	micro(c, ldc, a, rowA, 1, b, columns, columns, k, m, false, segments, jump, e)
}

const panicFit = "gemm: Micro: operands too short for the tile"

func mustFit(c, ldc, a, rowA, stepA, b, stepB, columns, k, m, segments, jump int) {
	terms := k * segments
	if columns != panel(columns) || m < 1 || k < 0 || segments < 1 || ldc < columns && m > 1 ||
		min(rowA, stepA, stepB, jump) < 0 || c < (m-1)*ldc+columns ||
		terms > 0 && (a <= (m-1)*rowA+(terms-1)*stepA+(segments-1)*jump || b < (terms-1)*stepB+columns) {
		panic(panicFit)
	}
}

// parts are what a kernel reads of e, which may be nil: bias, or act where it masks
// anything, or neither.
func (e *Epilogue) parts() (bias, act []float32, leak float32) {
	switch {
	case e == nil:
		return nil, nil, 1
	case e.Bias != nil:
		return e.Bias, nil, e.Leak
	case e.Leak != 1:
		return nil, e.Act, e.Leak
	}
	return nil, nil, 1
}

// store applies e to sums where they are.
func (e *Epilogue) store(c []float32, ldc, rows, columns int) {
	bias, act, leak := e.parts()
	switch {
	case bias != nil:
		storeBiasLeakyReLU(c, ldc, c, ldc, rows, columns, bias, leak)
	case act != nil:
		storeMasked(c, ldc, c, ldc, rows, columns, act, leak)
	}
}
