package langevin

// Shards are the equal parts that chains are cut into, together with their bank
// and the data, and those of them that are here. A shard draws its starts from
// its own part of the bank, so that what a chain does depends on the number of
// shards and never on where they are. The zero value is all of one.
type Shards struct {
	First, Held int // those that are here
	Of          int // in all
}

// of is the number of shards.
func (s Shards) of() int { return max(1, s.Of) }

// held is how many of them are here.
func (s Shards) held() int {
	if s.Of == 0 {
		return 1
	}
	return s.Held
}

// each is a shard's part of n.
func (s Shards) each(n int) int { return n / s.of() }

// Part is what of n chains, states or items is here: the first of them, and how
// many.
func (s Shards) Part(n int) (first, count int) {
	return s.First * s.each(n), s.held() * s.each(n)
}

// Whole tells whether all shards are here.
func (s Shards) Whole() bool { return s.held() == s.of() }
