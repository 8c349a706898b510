//go:build noasm || !(amd64 || arm64)

package lanes

func splitPairs(even, odd, x []float32)  { splitPairsGeneric(even, odd, x) }
func joinPairs(dst, even, odd []float32) { joinPairsGeneric(dst, even, odd) }
