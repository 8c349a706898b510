//go:build !race

package tensor

const race = false
