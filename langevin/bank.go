package langevin

import (
	"fmt"
	"slices"
	"strings"

	"anila/tensor"
)

// StartKinds lists where chains may start: from noise, from data (contrastive
// divergence), from where a bank of persistent chains stands, or from a bank of
// which some states restart from noise (replay buffer, Du and Mordatch 2019).
func StartKinds() []string {
	return []string{"noise-uniform", "noise-gaussian", "data", "persistent", "replay"}
}

// StartConfig says how the chains of a training iteration start.
type StartConfig struct {
	Kind string // one of StartKinds
	// Bank is the number of states of persistent and replay; at least the
	// batch. It holds Bank·dim floats.
	Bank int
	// Restart is the probability with which a state of replay restarts.
	Restart float64
	// Scale of the noise: ±Scale uniform, or its standard deviation; 0 means 1.
	Scale float64
	// Gaussian makes the noise of persistent and replay Gaussian, not uniform.
	Gaussian bool
}

// Bank gives the chains of each training iteration their starts and, for
// persistent and replay, keeps their ends. Its draws are a function of the
// seed, the iteration and the states alone, so Snapshot holds all there is to
// a checkpoint.
type Bank struct {
	config StartConfig
	dim    int
	batch  int
	seed   uint64

	states   []float32 // [Bank, dim]
	drawn    []int     // the states of the draw under way
	position map[int]int
	uniforms []float32
}

// NewBank makes the starts for batches of the given number of chains of dim
// coordinates. A bank starts from noise.
func NewBank(c StartConfig, dim, batch int, seed uint64) (*Bank, error) {
	if c.Scale == 0 {
		c.Scale = 1
	}
	keeps := c.Kind == "persistent" || c.Kind == "replay"
	switch {
	case !slices.Contains(StartKinds(), c.Kind):
		return nil, fmt.Errorf("langevin: chains.start %q: one of %s", c.Kind, strings.Join(StartKinds(), ", "))
	case keeps && c.Bank < batch:
		return nil, fmt.Errorf("langevin: chains.bank %d: at least the batch, %d", c.Bank, batch)
	case !(c.Restart >= 0 && c.Restart <= 1):
		return nil, fmt.Errorf("langevin: chains.restart %v: between 0 and 1", c.Restart)
	case !(c.Scale > 0):
		return nil, fmt.Errorf("langevin: chains.scale %v: above 0", c.Scale)
	}
	b := &Bank{config: c, dim: dim, batch: batch, seed: seed, uniforms: make([]float32, batch)}
	if c.Kind == "noise-gaussian" {
		b.config.Gaussian = true
	}
	if keeps {
		b.states = make([]float32, c.Bank*dim)
		b.drawn, b.position = make([]int, batch), make(map[int]int, 2*batch)
		for i := range c.Bank {
			b.noise(b.states[i*dim:(i+1)*dim], tensor.Key{Chain: uint32(i)})
		}
	}
	return b, nil
}

// noise fills z with noise of the key's chain and step.
func (b *Bank) noise(z []float32, key tensor.Key) {
	key.Seed, key.Purpose = b.seed, tensor.PurposeStart
	scale := float32(b.config.Scale)
	if b.config.Gaussian {
		key.Normals(z)
		for i := range z {
			z[i] *= scale
		}
		return
	}
	key.Uniforms(z)
	for i, u := range z {
		z[i] = scale * (float32(2*u) - 1)
	}
}

// Draw fills z [batch, dim] with the starts of an iteration. data [batch, dim]
// is that iteration's data and needed by kind data only.
func (b *Bank) Draw(z []float32, iteration uint64, data []float32) {
	if len(z) != b.batch*b.dim {
		panic(fmt.Sprintf("langevin: %d floats for %d starts of %d", len(z), b.batch, b.dim))
	}
	switch b.config.Kind {
	case "data":
		if copy(z, data) != len(z) {
			panic("langevin: less data than chains that start from it")
		}
		return
	case "noise-uniform", "noise-gaussian":
		for i := range b.batch {
			b.noise(z[i*b.dim:(i+1)*b.dim], b.fresh(iteration, i))
		}
		return
	}
	b.choose(iteration)
	tensor.Key{Seed: b.seed, Purpose: tensor.PurposeRestart, Step: iteration}.Uniforms(b.uniforms)
	for i, k := range b.drawn {
		row := z[i*b.dim : (i+1)*b.dim]
		if b.config.Kind == "replay" && float64(b.uniforms[i]) < b.config.Restart {
			b.noise(row, b.fresh(iteration, i))
		} else {
			copy(row, b.states[k*b.dim:])
		}
	}
}

// fresh is the key of new noise in an iteration; step 0 filled the bank.
func (b *Bank) fresh(iteration uint64, slot int) tensor.Key {
	return tensor.Key{Chain: uint32(slot), Step: iteration + 1}
}

// choose draws batch of the bank's states without replacement: the beginning of
// a shuffle (Fisher and Yates) of which only the moved places are kept.
func (b *Bank) choose(iteration uint64) {
	r := tensor.Key{Seed: b.seed, Purpose: tensor.PurposeChain, Step: iteration}.Rand()
	clear(b.position)
	at := func(i int) int {
		if k, ok := b.position[i]; ok {
			return k
		}
		return i
	}
	for i := range b.drawn {
		j := i + r.IntN(b.config.Bank-i)
		b.drawn[i] = at(j)
		b.position[j] = at(i)
	}
}

// Drawn returns the numbers of the states that the last Draw took and WriteBack
// will replace; empty without a bank.
func (b *Bank) Drawn() []int { return b.drawn }

// WriteBack puts the ends z of the chains of the last Draw into the bank. It
// does nothing for starts without one.
func (b *Bank) WriteBack(z []float32) {
	for i, k := range b.drawn {
		copy(b.states[k*b.dim:(k+1)*b.dim], z[i*b.dim:(i+1)*b.dim])
	}
}

// Bytes is the memory of the bank's states, 4·Bank·dim; 0 without a bank.
func (b *Bank) Bytes() int { return 4 * len(b.states) }

// Snapshot returns the bank's states [Bank, dim] themselves, nil without a
// bank; they change with the next WriteBack.
func (b *Bank) Snapshot() []float32 { return b.states }

// Restore puts the states of a snapshot in place.
func (b *Bank) Restore(states []float32) error {
	if len(states) != len(b.states) {
		return fmt.Errorf("langevin: a bank of %d states of %d floats, and a snapshot of %d floats",
			b.config.Bank, b.dim, len(states))
	}
	copy(b.states, states)
	return nil
}
