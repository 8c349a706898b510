package gemm

func peakFMAGeneric(rounds int) int {
	x := [8]float32{1, 1, 1, 1, 1, 1, 1, 1}
	for range rounds {
		for i := range x {
			x[i] += float32(x[i] * 0x1p-40)
		}
	}
	peakSink = x[0]
	return rounds * 16
}

// peakSink keeps the loop from being thrown away.
var peakSink float32
