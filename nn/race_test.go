//go:build race

package nn

// The race detector allocates and is slow: nothing is counted under it.
const race = true
