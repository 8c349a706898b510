package peak

// FMA runs independent multiply-adds of full registers for so many rounds
// (each about 12 clock ticks or less) and returns the floating-point operations
// done: what a benchmark divides by the time to have the peak of the tier in
// force. Rounds are cut so that no call runs long.
func FMA(rounds int) (flops int) {
	for rounds > 0 {
		n := min(rounds, 1<<14)
		flops += fma(n)
		rounds -= n
	}
	return flops
}
