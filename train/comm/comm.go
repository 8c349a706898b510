// Package comm lets processes train one model together, in the words of MPI: a rank is one of them, and all ranks call the
// same collective functions in the same order. In the default build there is one rank; the build tag mpi adds MPI
// of whatever make, which mpirun, srun or a cluster's operator start. There is no transport but MPI.
//
// A failure of communication cannot be mended: the rank that sees it ends all of them.
package comm

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
	"unsafe"
)

// Comm is a rank's place among all. Nil is the only one. Only one goroutine at a time may call it, Abort apart.
type Comm struct {
	rank, size int
	link       link
	hosts      []string // by rank

	// Patience is how long rank 0 waits for another one before it says so, and Late, where set, is told then, and once more
	// when the wait is over.
	Patience time.Duration
	Late     func(message string)

	waited time.Duration
}

// link carries bytes between ranks.
type link interface {
	// begin starts to send out[i] to rank i and to fill in[i] with what rank i sends to this one; nothing goes where a slice
	// is empty. Between two ranks, what was sent first arrives first.
	begin(out, in [][]byte) error
	// wait returns when all of it is done, or after about the time given with the ranks that are still missing.
	wait(atMost time.Duration) (missing []int, err error)
	// abort ends all ranks with an exit code and does not return.
	abort(code int)
	close() error
}

// patience is how long nothing is said of a wait, unless Patience says otherwise.
const patience = time.Minute

// slice is how long a wait lasts before somebody looks at it.
const slice = 100 * time.Millisecond

// newComm makes a rank's Comm, and tells the ranks each other's machines.
func newComm(rank, size int, l link) *Comm {
	c := &Comm{rank: rank, size: size, link: l, Patience: patience}
	host, err := os.Hostname()
	if err != nil {
		host = "an unnamed machine"
	}
	for _, b := range c.AllGather([]byte(host)) {
		c.hosts = append(c.hosts, string(b))
	}
	return c
}

// Rank is the number of this rank, from 0.
func (c *Comm) Rank() int {
	if c == nil {
		return 0
	}
	return c.rank
}

// Size is the number of ranks.
func (c *Comm) Size() int {
	if c == nil {
		return 1
	}
	return c.size
}

// Name names a rank and its machine.
func (c *Comm) Name(rank int) string {
	if c == nil || rank >= len(c.hosts) {
		return fmt.Sprintf("rank %d", rank)
	}
	return fmt.Sprintf("rank %d on %s", rank, c.hosts[rank])
}

// Hosts are the names of the ranks' machines, by rank; nil of one rank.
func (c *Comm) Hosts() []string {
	if c == nil {
		return nil
	}
	return c.hosts
}

// Neighbours is how many ranks this one's machine has, itself among them.
func (c *Comm) Neighbours() int {
	if c == nil {
		return 1
	}
	n := 0
	for _, host := range c.hosts {
		if host == c.hosts[c.rank] {
			n++
		}
	}
	return n
}

// Waited is the time that this rank has spent in collective functions: on the way of what is sent, and waiting for others.
func (c *Comm) Waited() time.Duration {
	if c == nil {
		return 0
	}
	return c.waited
}

// Barrier returns when all ranks have called it.
func (c *Comm) Barrier() { c.AllGather(nil) }

// frame is what a broadcast sends at once: most need no second message.
const frame = 512

// Broadcast returns rank 0's data on every rank.
func (c *Comm) Broadcast(data []byte) []byte {
	if c.Size() == 1 {
		return data
	}
	head := make([]byte, frame)
	if c.rank == 0 {
		binary.LittleEndian.PutUint64(head, uint64(len(data)))
		copy(head[8:], data)
	}
	c.fromFirst(head)
	n := int(binary.LittleEndian.Uint64(head))
	if c.rank != 0 {
		data = make([]byte, n)
		copy(data, head[8:])
	}
	if n > frame-8 {
		c.fromFirst(data[frame-8:])
	}
	return data
}

// fromFirst brings rank 0's b to all.
func (c *Comm) fromFirst(b []byte) {
	out, in := make([][]byte, c.size), make([][]byte, c.size)
	if c.rank != 0 {
		in[0] = b
	} else {
		for i := 1; i < c.size; i++ {
			out[i] = b
		}
	}
	c.exchange(out, in)
}

// AllGather returns what each rank gave, by rank. The lengths may differ.
func (c *Comm) AllGather(own []byte) [][]byte {
	if c.Size() == 1 {
		return [][]byte{own}
	}
	length := make([]byte, 8)
	binary.LittleEndian.PutUint64(length, uint64(len(own)))
	all := make([][]byte, c.size)
	for i := range all {
		all[i] = make([]byte, 8)
	}
	c.share(length, all)
	for i, n := range all {
		all[i] = make([]byte, binary.LittleEndian.Uint64(n))
	}
	c.share(own, all)
	return all
}

// share sends own to all and fills all with what they send; the lengths are known.
func (c *Comm) share(own []byte, all [][]byte) {
	out, in := make([][]byte, c.size), slices.Clone(all)
	copy(all[c.rank], own)
	for i := range out {
		out[i] = own
	}
	out[c.rank], in[c.rank] = nil, nil
	c.exchange(out, in)
}

// AllGatherNumbers returns the numbers of all ranks, by rank.
func (c *Comm) AllGatherNumbers(own []float64) [][]float64 {
	all := make([][]float64, c.Size())
	for i, b := range c.AllGather(bytesOf(own)) {
		all[i] = make([]float64, len(b)/8)
		copy(bytesOf(all[i]), b)
	}
	return all
}

// AllGatherInto fills parts, by rank, with what the others have in their own parts[Rank()]. The lengths are known to all, which
// saves the messages that AllGather tells them in.
func AllGatherInto[T float32 | float64](c *Comm, parts [][]T) {
	if c.Size() == 1 {
		return
	}
	all := make([][]byte, c.size)
	for i, p := range parts {
		all[i] = bytesOf(p)
	}
	c.share(all[c.rank], all)
}

// Agree returns an error on all ranks where one has one: its own, or the first of the others' with that rank's name.
func (c *Comm) Agree(err error) error {
	if c.Size() == 1 {
		return err
	}
	text := ""
	if err != nil {
		text = cmp.Or(err.Error(), "an error without a text")
	}
	for rank, other := range c.AllGather([]byte(text)) {
		if err == nil && len(other) > 0 {
			err = fmt.Errorf("%s: %s", c.Name(rank), other)
		}
	}
	return err
}

// AllToAll sends out[i] to rank i and fills in[i] with what rank i sends to this one, its own among them. The lengths are known
// to both.
func (c *Comm) AllToAll(out, in [][]float32) {
	own := c.Rank()
	if copy(in[own], out[own]) != len(out[own]) {
		panic("comm: AllToAll: lengths differ")
	}
	if c.Size() == 1 {
		return
	}
	to, from := make([][]byte, c.size), make([][]byte, c.size)
	for i := range to {
		if i != own {
			to[i], from[i] = bytesOf(out[i]), bytesOf(in[i])
		}
	}
	c.exchange(to, from)
}

// exchange sends and receives, and names those whom it waits for too long.
func (c *Comm) exchange(out, in [][]byte) {
	began := time.Now()
	defer func() { c.waited += time.Since(began) }()
	if err := c.link.begin(out, in); err != nil {
		c.Abort(1, fmt.Errorf("MPI: %w", err))
	}
	told := ""
	for {
		missing, err := c.link.wait(slice)
		if err != nil {
			c.Abort(1, fmt.Errorf("MPI: %w", err))
		}
		if len(missing) == 0 {
			break
		}
		if took := time.Since(began); told == "" && took > c.Patience && c.speaksOf(missing) {
			told = c.names(missing)
			c.late(fmt.Sprintf("waiting for %s for %.0f s now", told, took.Seconds()))
		}
	}
	if told != "" {
		c.late(fmt.Sprintf("the wait for %s is over, after %.0f s", told, time.Since(began).Seconds()))
	}
}

// speaksOf tells whether it is for this rank to say that some are missing: for rank 0, of which rank 1 speaks.
func (c *Comm) speaksOf(missing []int) bool {
	return c.rank == 0 || c.rank == 1 && slices.Contains(missing, 0)
}

func (c *Comm) late(message string) {
	if c.Late != nil {
		c.Late(message)
	}
}

// names names ranks.
func (c *Comm) names(ranks []int) string {
	var names []string
	for _, r := range ranks {
		names = append(names, c.Name(r))
	}
	return strings.Join(names, ", ")
}

// Abort says on standard error why this rank cannot go on, and ends all ranks with the exit code. It does not return. It may
// be called from any goroutine.
func (c *Comm) Abort(code int, why error) {
	fmt.Fprintf(os.Stderr, "%s: %v; all ranks end\n", c.Name(c.Rank()), why)
	if c == nil {
		os.Exit(code)
	}
	c.link.abort(code)
}

// Close ends the communication; all ranks must call it.
func (c *Comm) Close() error {
	if c == nil {
		return nil
	}
	return c.link.close()
}

// bytesOf is the memory of numbers; all ranks have the same order of bytes, as they have the same instruction set.
func bytesOf[T float32 | float64](v []T) []byte {
	if len(v) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), len(v)*int(unsafe.Sizeof(v[0])))
}
