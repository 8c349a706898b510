//go:build noasm || !(amd64 || arm64)

package asm

func gemmTile() (mr, nr int) { return gemmRowsGeneric, gemmColumnsGeneric }

func gemmMicro(c []float32, ldc int, a []float32, rowA, stepA int, b []float32, stepB, k, m int, accumulate bool, segments, jump int, e *Epilogue) {
	gemmMicroGeneric(c, ldc, a, rowA, stepA, b, stepB, k, m, accumulate, segments, jump)
	e.store(c, ldc, m, gemmColumnsGeneric)
}

func peakFMA(rounds int) int {
	x := [8]float32{1, 1, 1, 1, 1, 1, 1, 1}
	for range rounds {
		for i := range x {
			x[i] += float32(x[i] * 0x1p-40)
		}
	}
	peakSink = x[0]
	return rounds * 16
}

var peakSink float32
