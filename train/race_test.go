//go:build race

package train_test

// raced tells that the race detector is at work, which makes images take minutes.
const raced = true
