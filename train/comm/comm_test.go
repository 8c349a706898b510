package comm

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// all runs f on so many ranks and fails on any error.
func all(t *testing.T, size int, f func(*Comm) error) {
	t.Helper()
	for rank, err := range Local(size, f) {
		if err != nil {
			t.Errorf("rank %d of %d: %v", rank, size, err)
		}
	}
}

// TestCollectives: each function brings what its comment says, for one rank and for several, empty and long messages.
func TestCollectives(t *testing.T) {
	for _, size := range []int{1, 2, 3, 5} {
		all(t, size, func(c *Comm) error {
			if c.Size() != size || c.Rank() < 0 || c.Rank() >= size || c.Neighbours() != size || !strings.HasPrefix(c.Name(c.Rank()), fmt.Sprint("rank ", c.Rank(), " on ")) {
				return fmt.Errorf("rank %d of %d, %d neighbours, %s", c.Rank(), c.Size(), c.Neighbours(), c.Name(c.Rank()))
			}
			for _, n := range []int{0, 1, frame - 9, frame - 8, frame - 7, 10 * frame} {
				var mine []byte
				if want := bytes.Repeat([]byte{7}, n); c.Rank() == 0 {
					mine = want
				}
				if got := c.Broadcast(mine); !bytes.Equal(got, bytes.Repeat([]byte{7}, n)) {
					return fmt.Errorf("a broadcast of %d bytes brought %d", n, len(got))
				}
				got := c.AllGather(bytes.Repeat([]byte{byte(c.Rank())}, n*c.Rank()))
				for rank, b := range got {
					if !bytes.Equal(b, bytes.Repeat([]byte{byte(rank)}, n*rank)) {
						return fmt.Errorf("gathered of rank %d: %v", rank, b)
					}
				}
			}
			c.Barrier()
			if err := c.Agree(nil); err != nil {
				return err
			}
			if err := c.Agree(map[bool]error{true: errors.New("no room")}[c.Rank() == size-1]); err == nil || !strings.HasSuffix(err.Error(), "no room") {
				return fmt.Errorf("one rank's error is %v", err)
			} else if named := strings.HasPrefix(err.Error(), c.Name(size-1)); named == (c.Rank() == size-1) {
				return fmt.Errorf("its rank is named: %v", err)
			}
			r := float64(c.Rank())
			for rank, v := range c.AllGatherNumbers([]float64{r, 10 * r}[:1+c.Rank()%2]) {
				if want := []float64{float64(rank), 10 * float64(rank)}[:1+rank%2]; !slices.Equal(v, want) {
					return fmt.Errorf("gathered %v, want %v", v, want)
				}
			}
			out, in, parts := make([][]float32, size), make([][]float32, size), make([][]float32, size)
			for i := range size {
				out[i] = make([]float32, i)                                     // as many as the receiver's number
				in[i], parts[i] = make([]float32, c.Rank()), make([]float32, i) // as many as the sender's
				for k := range out[i] {
					out[i][k] = float32(100*c.Rank() + i)
				}
			}
			for k := range parts[c.Rank()] {
				parts[c.Rank()][k] = float32(c.Rank())
			}
			c.AllToAll(out, in)
			AllGatherInto(c, parts)
			for i := range size {
				for _, v := range in[i] {
					if v != float32(100*i+c.Rank()) {
						return fmt.Errorf("rank %d sent %v", i, v)
					}
				}
				for _, v := range parts[i] {
					if v != float32(i) {
						return fmt.Errorf("rank %d has %v", i, v)
					}
				}
			}
			return nil
		})
	}
}

// TestNil: nil is one rank, which needs nobody.
func TestNil(t *testing.T) {
	var c *Comm
	if c.Rank() != 0 || c.Size() != 1 || c.Neighbours() != 1 || c.Waited() != 0 || c.Name(0) != "rank 0" || c.Close() != nil {
		t.Error("nil is no single rank")
	}
	c.Barrier()
	if string(c.Broadcast([]byte("a"))) != "a" || len(c.AllGather(nil)) != 1 || c.AllGatherNumbers([]float64{3})[0][0] != 3 {
		t.Error("nil does not return what it was given")
	}
}

// TestLateRanksAreNamed: who keeps rank 0 waiting is named after Patience, and waited for; and rank 0 is named by rank 1.
func TestLateRanksAreNamed(t *testing.T) {
	for late, teller := range map[int]int{2: 0, 0: 1} {
		var told [3][]string
		all(t, 3, func(c *Comm) error {
			c.Patience = 50 * time.Millisecond
			c.Late = func(message string) { told[c.Rank()] = append(told[c.Rank()], message) }
			c.Barrier()
			if c.Rank() == late {
				time.Sleep(400 * time.Millisecond)
			}
			c.Barrier()
			return nil
		})
		name := fmt.Sprintf("rank %d on ", late)
		for rank, messages := range told {
			switch {
			case rank != teller && len(messages) > 0:
				t.Errorf("rank %d says %q", rank, messages)
			case rank != teller:
			case len(messages) != 2 || !strings.Contains(messages[0], "waiting for "+name) || !strings.Contains(messages[1], "over") ||
				strings.Contains(messages[0], ","):
				t.Errorf("rank %d is late, and rank %d says %q", late, rank, messages)
			}
		}
	}
}

// TestOneRankEndsAll: a rank that aborts or panics ends those that wait for it.
func TestOneRankEndsAll(t *testing.T) {
	for name, fail := range map[string]func(c *Comm){
		"code 3": func(c *Comm) { c.Abort(3, errors.New("its disk is full")) },
		"panic":  func(*Comm) { panic("out of bounds") },
	} {
		for rank, err := range Local(3, func(c *Comm) error {
			if c.Rank() == 1 {
				fail(c)
			}
			c.Barrier()
			return nil
		}) {
			if ended := errors.Is(err, ErrAborted); err == nil || ended == (rank == 1) || rank == 1 && !strings.Contains(err.Error(), name) {
				t.Errorf("%s: rank %d: %v", name, rank, err)
			}
		}
	}
}

// TestLauncherWithoutMPI: the default build refuses to be one of several.
func TestLauncherWithoutMPI(t *testing.T) {
	if MPI {
		t.Skip("built with MPI")
	}
	if c, err := World(); c != nil || err != nil {
		t.Errorf("%v, %v", c, err)
	}
	t.Setenv("OMPI_COMM_WORLD_SIZE", "4")
	if _, err := World(); err == nil || !strings.Contains(err.Error(), "one of 4 processes") || !strings.Contains(err.Error(), "make build-mpi") {
		t.Error(err)
	}
	if code := Main(func() int { return 75 }); code != 75 {
		t.Errorf("exit code %d", code)
	}
}

// TestShareOfCores: ranks of one machine share the cores that they may use together; whom a launcher has bound to cores of its
// own uses these.
func TestShareOfCores(t *testing.T) {
	for _, c := range []struct {
		own, may int
		lists    []string
		want     int
	}{
		{8, 8, []string{"0-7", "0-7"}, 4},
		{8, 8, []string{"0-7", "0-7", "0-7"}, 2},
		{4, 4, []string{"0-3", "4-7"}, 4},
		{1, 1, []string{"0", "1"}, 1},
		{2, 2, []string{"0-1", "0-1", "0-1"}, 1},
		{4, 64, []string{"0-63", "0-63"}, 2}, // a container that may use the time of four
		{6, 6, []string{"", ""}, 3},
		{6, 6, []string{"0-1,4,6-8", "0-1,4,6-8"}, 3},
		{6, 6, []string{"0-x", "1-"}, 3},
	} {
		if got := share(c.own, c.may, c.lists); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
	all(t, 2, func(c *Comm) error {
		if n := c.Cores(); n < 1 || n > max(1, runtime.NumCPU()/2) {
			return fmt.Errorf("%d workers", n)
		}
		return nil
	})
}
