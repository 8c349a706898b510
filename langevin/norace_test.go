//go:build !race

package langevin_test

const race = false
