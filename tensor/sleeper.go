package tensor

import "sync/atomic"

// A sleeper is a goroutine that waits for something, awake for a moment and then
// asleep. It says that it sleeps and then looks once more; who rouses it makes it
// ready and then looks whether it sleeps: one of them sees the other. Both write
// with read-modify-write operations, because QEMU's user emulation of arm64 lets a
// load overtake an atomic store before it.
type sleeper struct {
	ready  func() bool
	asleep atomic.Bool
	wake   chan struct{} // one word for each time that somebody ended its sleep
}

func newSleeper(ready func() bool) sleeper {
	return sleeper{ready: ready, wake: make(chan struct{}, 1)}
}

// wait returns true when ready, false when the channel is closed.
func (s *sleeper) wait(spins int) bool {
	for {
		for range spins {
			if s.ready() {
				return true
			}
		}
		s.asleep.Swap(true)
		if s.ready() && s.asleep.CompareAndSwap(true, false) {
			return true
		}
		if _, open := <-s.wake; !open {
			return false
		}
	}
}

// rouse ends the sleep, and reports whether there was one. What the sleeper waits for
// must have happened before, by a read-modify-write operation.
func (s *sleeper) rouse() bool {
	if s.asleep.Load() && s.asleep.CompareAndSwap(true, false) {
		s.wake <- struct{}{}
		return true
	}
	return false
}
