package peak

func fmaGeneric(rounds int) int {
	x := [8]float32{1, 1, 1, 1, 1, 1, 1, 1}
	for range rounds {
		for i := range x {
			x[i] += float32(x[i] * 0x1p-40)
		}
	}
	sink = x[0]
	return rounds * 16
}

// sink keeps the loop from being thrown away.
var sink float32
