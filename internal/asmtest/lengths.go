package asmtest

// Lengths are all tails of the widest loops, and some that cross the blocks of
// the update and of its pixel buffer.
func Lengths() []int {
	var n []int
	for i := range 150 {
		n = append(n, i)
	}
	return append(n, 191, 192, 193, 256, 300, 767, 768, 769, 770, 1536, 3071, 3072, 3075)
}
