//go:build noasm || !(amd64 || arm64)

package peak

func fma(rounds int) int { return fmaGeneric(rounds) }
