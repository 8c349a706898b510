//go:build !race

package nn

const race = false
