package tensor

import "anila/asm/vec"

// SumRows adds the column sums of x, [rows][len(dst)], to dst, in blocks of 256
// rows that are summed on their own, so that rounding grows with the number of
// blocks and not with that of rows. The order depends on rows alone.
func SumRows(dst, x []float32, rows int) {
	columns := len(dst)
	mustLen("x", len(x), rows*columns)
	const block = 256
	var sums [512]float32
	for c := 0; c < columns; c += len(sums) {
		s := sums[:min(len(sums), columns-c)]
		for first := 0; first < rows; first += block {
			clear(s)
			for r := first; r < min(first+block, rows); r++ {
				vec.Add(s, x[r*columns+c:][:len(s)])
			}
			vec.Add(dst[c:c+len(s)], s)
		}
	}
}

// SumGroups writes the column sums of each of n groups of rows, x
// [n][rows][columns], to dst [n][columns]: the sum over an image's places.
func SumGroups(dst, x []float32, n, rows, columns int) {
	mustLen("dst", len(dst), n*columns)
	mustLen("x", len(x), n*rows*columns)
	clear(dst)
	for i := range n {
		SumRows(dst[i*columns:][:columns], x[i*rows*columns:][:rows*columns], rows)
	}
}

// SumGroupsGradient is SumGroups' gradient: every row of a group is given the
// group's dy.
func SumGroupsGradient(dx, dy []float32, n, rows, columns int) {
	mustLen("dy", len(dy), n*columns)
	mustLen("dx", len(dx), n*rows*columns)
	for i := range n {
		for r := range rows {
			copy(dx[(i*rows+r)*columns:][:columns], dy[i*columns:][:columns])
		}
	}
}
