//go:build !noasm && (amd64 || arm64)

package chain

// stream is what the assembly needs to know of a stream: the counter of the
// first block, the ten pairs of round keys, and what the first two rounds come
// to apart from the first word of the counter.
type stream struct {
	ctr   [4]uint32
	keys  [20]uint32
	start [4]uint32
}

func newStream(seed uint64, ctr [4]uint32) stream {
	s := stream{ctr: ctr}
	k0, k1 := uint32(seed), uint32(seed>>32)
	for i := 0; i < 20; i += 2 {
		s.keys[i], s.keys[i+1] = k0, k1
		k0 += philoxW0
		k1 += philoxW1
	}
	// Round 0 makes words 0 and 1 from words 1 and 2 of the counter alone,
	// round 1 a product from that word 0.
	p1 := uint64(ctr[2]) * philoxM1
	p0 := uint64(uint32(p1>>32)^ctr[1]^s.keys[0]) * philoxM0
	s.start = [4]uint32{
		ctr[3] ^ s.keys[1],
		uint32(p1) ^ s.keys[2],
		uint32(p0>>32) ^ s.keys[3],
		uint32(p0),
	}
	return s
}
