//go:build !noasm

package asm

func fetch(x []float32, row, rows, n int) { fetchLines(&x[0], row, rows, n) }

//go:noescape
func fetchLines(x *float32, row, rows, n int)
