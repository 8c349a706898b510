package tensor

import (
	"fmt"
	"math/rand/v2"

	"anila/asm/chain"
)

// Purpose separates the uses of random numbers, so that no two of them ever
// draw from the same counters. The values are part of what a seed means: they
// never change.
type Purpose uint8

const (
	PurposeWeights   Purpose = iota // initial parameters
	PurposeLangevin                 // noise of the chains' steps
	PurposeStart                    // start states of chains
	PurposeDataNoise                // noise added to data
	PurposeBatch                    // which data a batch holds
	PurposeToy                      // draws of toy distributions
	PurposeAccept                   // Metropolis decisions
	PurposeMomentum                 // momenta of Hamiltonian chains
	PurposeRestart                  // which chains restart
	PurposeSample                   // drawing samples after training
	PurposeChain                    // which chains of a bank a batch takes
	PurposeEval                     // evaluation: projections, subsets
	PurposeFlip                     // which items of a batch are mirrored
	PurposeSplit                    // which items of a set are held out
)

// Key names a stream of random numbers: the same key always gives the same
// numbers, on every instruction set, and different keys give independent ones.
type Key struct {
	Seed    uint64
	Purpose Purpose
	Chain   uint32
	Step    uint64 // below 2^56: drawing from there on panics
}

// Noise is the key as the kernels take it.
func (k Key) Noise() chain.Noise {
	return chain.Noise{Seed: k.Seed, Purpose: uint8(k.Purpose), Chain: k.Chain, Step: k.Step}
}

// Normals fills dst with the first len(dst) standard normals of the key.
func (k Key) Normals(dst []float32) { chain.Normals(dst, k.Noise()) }

// Uniforms fills dst with the first len(dst) uniforms of the key, all in (0, 1).
func (k Key) Uniforms(dst []float32) { chain.Uniforms(dst, k.Noise()) }

// Rand returns a generator over the key's Philox blocks, for indices and
// shuffles.
func (k Key) Rand() *rand.Rand { return rand.New(&source{noise: k.Noise()}) }

// Sample fills dst with different numbers of [0, n), in random order: the
// beginning of a shuffle (Fisher and Yates) of which only the moved places are
// kept, in moved, which is cleared first; nil makes one. It panics when dst is
// longer than n.
func Sample(dst []int, n int, r *rand.Rand, moved map[int]int) {
	if len(dst) > n {
		panic(fmt.Sprintf("tensor: Sample: %d different numbers below %d", len(dst), n))
	}
	if moved == nil {
		moved = make(map[int]int, 2*len(dst))
	}
	clear(moved)
	at := func(i int) int {
		if k, ok := moved[i]; ok {
			return k
		}
		return i
	}
	for i := range dst {
		j := i + r.IntN(n-i)
		dst[i], moved[j] = at(j), at(i)
	}
}

// source walks through the counters that Uniforms of the same key would use.
type source struct {
	noise chain.Noise
	block uint32
	words [4]uint32
	used  int
}

// Uint64 implements rand.Source with two words of a block, the first one low.
func (s *source) Uint64() uint64 {
	if s.used == 0 {
		s.words = s.noise.Block(s.block)
		s.block++
	}
	v := uint64(s.words[s.used]) | uint64(s.words[s.used+1])<<32
	s.used = (s.used + 2) % 4
	return v
}
