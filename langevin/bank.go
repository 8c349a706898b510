package langevin

import (
	"cmp"
	"fmt"

	"anila/internal/field"
	"anila/tensor"
)

// StartKinds lists where chains may start: from noise, from data (contrastive
// divergence), from where a bank of persistent chains stands, or from a bank of
// which some states restart from noise (replay buffer, Du and Mordatch 2019).
func StartKinds() []string {
	return []string{"noise-uniform", "noise-gaussian", "data", "persistent", "replay"}
}

// StartNoises lists what StartConfig.Noise may be.
func StartNoises() []string { return []string{"uniform", "gaussian"} }

// StartConfig says how the chains of a training iteration start. Its zero values
// mean "not given". The tags are as in Config.
type StartConfig struct {
	Kind string `toml:"start" doc:"noise-uniform, noise-gaussian, data, persistent or replay"` // one of StartKinds
	// Count is the number of chains.
	Count int `toml:"count" doc:"chains run in an iteration; 0 means train.batch"`
	// Bank is the number of states of persistent and replay, at least Count. It
	// holds Bank·dim floats.
	Bank int `toml:"bank" doc:"states kept by persistent and replay; 0 means the number of training items, at most 600 MiB (toys: 10000)"`
	// Restart is the probability with which a state of replay restarts.
	Restart float64 `toml:"restart" doc:"probability with which a replay state starts anew from noise"`
	// Noise fills the bank of persistent and replay, one of StartNoises; "" is uniform.
	Noise string `toml:"noise" doc:"noise that fills the bank of persistent and replay: uniform or gaussian"`
	// Scale of the noise: ±Scale uniform, or its standard deviation; 0 means 1.
	Scale float64 `toml:"scale" doc:"noise: half-width of the uniform, sd of the Gaussian"`
}

// Validate returns nil, or FieldErrors with what is wrong and what would be right.
// A Count or a Bank that is not given yet is not wrong.
func (c StartConfig) Validate() error {
	var errs FieldErrors
	errs.OneOf("Kind", c.Kind, StartKinds())
	errs.Check(c.Count >= 0 && c.Count <= maxChains, "Count", c.Count, "an integer from 1 to 2³¹ (chains have numbers of 32 bits)")
	errs.Check(c.Bank >= 0 && c.Bank <= maxChains, "Bank", c.Bank, "an integer from 1 to 2³¹ (states have numbers of 32 bits)")
	errs.Check(!c.keeps() || c.Bank == 0 || c.Bank >= c.Count, "Bank", c.Bank,
		fmt.Sprintf("at least Count = %d (chains are drawn without replacement)", c.Count))
	errs.Check(c.Restart >= 0 && c.Restart <= 1, "Restart", c.Restart, "a probability in [0, 1]")
	errs.OneOf("Noise", cmp.Or(c.Noise, "uniform"), StartNoises())
	errs.Check(field.AtLeast0(c.Scale), "Scale", c.Scale, "a number > 0")
	return errs.Err()
}

// maxChains is how many chains and states random numbers can tell apart.
const maxChains = 1 << 31

// keeps tells whether the starts come from a bank.
func (c StartConfig) keeps() bool { return c.Kind == "persistent" || c.Kind == "replay" }

// Rows is the number of states that a bank keeps; 0 for starts without one.
func (c StartConfig) Rows() int {
	if c.keeps() {
		return c.Bank
	}
	return 0
}

// Cold returns the start of chains that have no bank to start from: the noise
// that fills the bank of persistent and replay; other kinds stay.
func (c StartConfig) Cold() StartConfig {
	if c.keeps() {
		c.Kind, c.Bank = "noise-"+cmp.Or(c.Noise, "uniform"), 0
	}
	return c
}

// Bank gives the chains of each training iteration their starts and, for
// persistent and replay, keeps their ends. Its draws are a function of the
// seed, the iteration and the states alone, so States holds all there is to a
// checkpoint.
type Bank struct {
	config StartConfig
	cold   string // the kind of noise
	dim    int
	seed   uint64

	shards   Shards
	states   []float32   // [Bank, dim], of the shards that are here
	drawn    []int       // the states of the draw under way
	moved    map[int]int // Sample's
	uniforms []float32
	workers  *tensor.Workers
}

// NewBank makes the starts for Count chains of dim coordinates. A bank starts
// from noise. The error is the FieldErrors of c, whose Count and, for persistent
// and replay, Bank must be given.
func NewBank(c StartConfig, dim int, seed uint64) (*Bank, error) {
	return NewShardedBank(c, dim, seed, Shards{})
}

// NewShardedBank is NewBank for the chains of some shards: each draws from its
// own part of the bank. Their numbers must divide Count and Bank.
func NewShardedBank(c StartConfig, dim int, seed uint64, shards Shards) (*Bank, error) {
	if c.Scale == 0 {
		c.Scale = 1
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	var errs FieldErrors
	errs.Check(c.Count > 0, "Count", c.Count, "an integer ≥ 1")
	errs.Check(c.Bank > 0 || !c.keeps(), "Bank", c.Bank, "an integer ≥ 1")
	if err := errs.Err(); err != nil {
		return nil, err
	}
	errs.Check(c.Count%shards.of() == 0, "Count", c.Count, fmt.Sprintf("a multiple of the %d shards", shards.of()))
	errs.Check(c.Rows()%shards.of() == 0, "Bank", c.Bank, fmt.Sprintf("a multiple of the %d shards", shards.of()))
	if err := errs.Err(); err != nil {
		return nil, err
	}
	b := &Bank{config: c, cold: c.Cold().Kind, dim: dim, seed: seed, shards: shards, uniforms: make([]float32, shards.each(c.Count))}
	if c.keeps() {
		first, rows := shards.Part(c.Bank)
		b.states = make([]float32, rows*dim)
		_, chains := shards.Part(c.Count)
		b.drawn, b.moved = make([]int, chains), make(map[int]int, 2*shards.each(c.Count))
		for i := range rows {
			b.noise(b.states[i*dim:(i+1)*dim], tensor.Key{Chain: uint32(first + i)})
		}
	}
	return b, nil
}

// Use spreads Draw and WriteBack over workers; without them they are the caller's.
func (b *Bank) Use(workers *tensor.Workers) { b.workers = workers }

// noise fills z with noise of the key's chain and step.
func (b *Bank) noise(z []float32, key tensor.Key) {
	key.Seed, key.Purpose = b.seed, tensor.PurposeStart
	scale := float32(b.config.Scale)
	if b.cold == "noise-gaussian" {
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

// Draw fills z [chains, dim] with the starts of an iteration. data is that
// iteration's, of the same shards, and needed by kind data only, which takes the
// first items of each shard.
func (b *Bank) Draw(z []float32, iteration uint64, data []float32) {
	first, chains := b.shards.Part(b.config.Count)
	if len(z) != chains*b.dim {
		panic(fmt.Sprintf("langevin: %d floats for %d starts of %d", len(z), chains, b.dim))
	}
	each := b.shards.each(b.config.Count)
	switch b.config.Kind {
	case "data":
		items := len(data) / b.shards.held()
		for s := range b.shards.held() {
			if copy(z[s*each*b.dim:(s+1)*each*b.dim], data[s*items:(s+1)*items]) != each*b.dim {
				panic("langevin: less data than chains that start from it")
			}
		}
	case "noise-uniform", "noise-gaussian":
		b.workers.Run(chains, func(_, i int) { b.noise(z[i*b.dim:(i+1)*b.dim], b.fresh(iteration, first+i)) })
	default:
		for s := range b.shards.held() {
			b.draw(z[s*each*b.dim:(s+1)*each*b.dim], iteration, s)
		}
	}
}

// draw fills z with the starts of one of the shards that are here, from its part
// of the bank.
func (b *Bank) draw(z []float32, iteration uint64, s int) {
	each, rows, shard := b.shards.each(b.config.Count), b.shards.each(b.config.Bank), b.shards.First+s
	drawn := b.drawn[s*each : (s+1)*each]
	random := tensor.Key{Seed: b.seed, Purpose: tensor.PurposeChain, Chain: uint32(shard), Step: iteration}.Rand()
	tensor.Sample(drawn, rows, random, b.moved) // without replacement
	tensor.Key{Seed: b.seed, Purpose: tensor.PurposeRestart, Chain: uint32(shard), Step: iteration}.Uniforms(b.uniforms)
	b.workers.Run(each, func(_, i int) {
		drawn[i] += s * rows
		row := z[i*b.dim : (i+1)*b.dim]
		if b.config.Kind == "replay" && float64(b.uniforms[i]) < b.config.Restart {
			b.noise(row, b.fresh(iteration, shard*each+i))
		} else {
			copy(row, b.states[drawn[i]*b.dim:])
		}
	})
}

// fresh is the key of new noise in an iteration; step 0 filled the bank.
func (b *Bank) fresh(iteration uint64, slot int) tensor.Key {
	return tensor.Key{Chain: uint32(slot), Step: iteration + 1}
}

// Drawn returns the numbers of the states that the last Draw took and WriteBack
// will replace; empty without a bank.
func (b *Bank) Drawn() []int { return b.drawn }

// WriteBack puts the ends z of the chains of the last Draw into the bank. It
// does nothing for starts without one.
func (b *Bank) WriteBack(z []float32) {
	b.workers.Run(len(b.drawn), func(_, i int) {
		copy(b.states[b.drawn[i]*b.dim:(b.drawn[i]+1)*b.dim], z[i*b.dim:(i+1)*b.dim])
	})
}

// Bytes is the memory of the bank's states; 0 without a bank.
func (b *Bank) Bytes() int { return 4 * len(b.states) }

// States returns the states [rows, dim] of the shards that are here themselves,
// nil without a bank; they change with the next WriteBack.
func (b *Bank) States() []float32 { return b.states }

// Restore puts other states [rows, dim] in place.
func (b *Bank) Restore(states []float32) error {
	if len(states) != len(b.states) {
		return fmt.Errorf("langevin: a bank of %d states of %d floats, not %d floats",
			len(b.states)/b.dim, b.dim, len(states))
	}
	copy(b.states, states)
	return nil
}
