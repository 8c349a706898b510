package measure

import "fmt"

// Nodes predicts training on several nodes, a rank on each, from what was measured on one and from what ranks send: it is
// computed, not measured. Ranks send while nothing else is done.
type Nodes struct {
	Parameters int
	Batch      int             // chains, and data items, of an iteration of one node alone
	Alone      map[int]float64 // seconds of an iteration with so many chains and data items on one node, Batch among them
}

// Network is what connects nodes.
type Network struct {
	Gbit    float64 // 10⁹ bits a second, of which TCP leaves Useful
	Latency float64 // seconds until a message is there
	Message float64 // seconds of a rank for each message
}

// Useful is the share of Ethernet's rate that is left to TCP's payload: 1448 of 1538 bytes of a frame.
const Useful = 1448.0 / 1538

// Ethernet is TCP over Ethernet of a rate, with times that are usual for it.
func Ethernet(gbit float64) Network { return Network{gbit, 50e-6, 10e-6} }

// exchanges is how often ranks wait for each other's messages in an iteration: for the numbers of their chains, for the
// gradients, for their sum.
const exchanges = 3

// Sent is what a rank sends in an iteration, and receives, in bytes, where each of p ranks holds one shard: of its gradient
// the others' slices, float32, and its own slice of the sum to each.
func (n Nodes) Sent(p int) float64 { return 2 * 4 * float64(n.Parameters) * float64(p-1) / float64(p) }

// Talk is the seconds that p ranks spend on an iteration's messages.
func (n Nodes) Talk(p int, net Network) float64 {
	if p == 1 {
		return 0
	}
	return n.Sent(p)*8/(net.Gbit*1e9*Useful) + exchanges*(net.Latency+float64(p-1)*net.Message)
}

// SpeedUp is how many times as fast p nodes are as one with the same chains, of which each gets a p-th.
func (n Nodes) SpeedUp(p int, net Network) float64 {
	share, ok := n.Alone[n.Batch/p]
	if !ok || n.Batch%p != 0 {
		panic(fmt.Sprintf("measure: an iteration of %d/%d chains was not timed", n.Batch, p))
	}
	return n.Alone[n.Batch] / (share + n.Talk(p, net))
}

// Efficiency is the share of p times one node's work that p nodes do where each has as many chains as one alone.
func (n Nodes) Efficiency(p int, net Network) float64 {
	return n.Alone[n.Batch] / (n.Alone[n.Batch] + n.Talk(p, net))
}
