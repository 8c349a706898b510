//go:build noasm || !(amd64 || arm64)

package asm

func dots(dst []float32, ldd int, x, w []float32, rows int) { dotsGeneric(dst, ldd, x, w, rows) }
