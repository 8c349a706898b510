//go:build race

package tensor

// The race detector lets sync.Pool forget at random: no allocations are counted under it.
const race = true
