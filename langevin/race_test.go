//go:build race

package langevin_test

// The race detector allocates and is slow: nothing is counted under it, and
// less is tried.
const race = true
