package tensor

import "anila/asm/vec"

// SumRows adds the column sums of x, [rows][len(dst)], to dst, in blocks of 256
// rows that are summed on their own, so that rounding grows with the number of
// blocks and not with that of rows. The order depends on rows alone.
func SumRows(dst, x []float32, rows int) {
	columns := len(dst)
	mustLen("x", len(x), rows*columns)
	var sums [512]float32
	for c := 0; c < columns; c += len(sums) {
		s := sums[:min(len(sums), columns-c)]
		for first := 0; first < rows; first += sumRowsBlock {
			sumBlock(s, x[first*columns+c:], columns, min(sumRowsBlock, rows-first))
			vec.Add(dst[c:c+len(s)], s)
		}
	}
}

// sumRowsBlock is the number of rows that are summed on their own.
const sumRowsBlock = 256

// sumBlock writes the sums of rows so far apart to s.
func sumBlock(s, x []float32, step, rows int) {
	clear(s)
	for r := range rows {
		vec.Add(s, x[r*step:][:len(s)])
	}
}

// rowSums is SumRows whose blocks are summed by a team.
type rowSums struct {
	dst, x, sums []float32
	rows, first  int
	task         func(worker, task int)
}

// rowSumBlocks is how many blocks are summed at a time.
const rowSumBlocks = 64

// newRowSums returns one that is used again and again, so that a call allocates nothing.
func newRowSums() *rowSums {
	s := new(rowSums)
	s.task = s.sum
	return s
}

// rowSumsScratch is the number of floats of scratch that run needs.
func rowSumsScratch(columns int) int { return rowSumBlocks * columns }

func (s *rowSums) run(dst, x []float32, rows int, scratch []float32, team *Workers) {
	if team.Share() == 1 {
		SumRows(dst, x, rows)
		return
	}
	s.dst, s.x, s.rows, s.sums = dst, x, rows, scratch[:rowSumBlocks*len(dst)]
	for s.first = 0; s.first < rows; s.first += rowSumBlocks * sumRowsBlock {
		blocks := min(rowSumBlocks, (rows-s.first+sumRowsBlock-1)/sumRowsBlock)
		team.Run(blocks, s.task)
		for i := range blocks {
			vec.Add(dst, s.sums[i*len(dst):][:len(dst)])
		}
	}
	s.dst, s.x, s.sums = nil, nil, nil
}

func (s *rowSums) sum(_, block int) {
	columns, first := len(s.dst), s.first+block*sumRowsBlock
	sumBlock(s.sums[block*columns:][:columns], s.x[first*columns:], columns, min(sumRowsBlock, s.rows-first))
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
