package comm

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrAborted is what Local returns of a rank that another one ended.
var ErrAborted = errors.New("comm: ended by another rank")

// Local runs f on so many ranks that are goroutines of this process, and returns what each returned: for tests of what ranks do
// together. A rank that panics, calls Abort or returns an error ends the others where they wait for it.
func Local(size int, f func(*Comm) error) []error {
	shared := &local{ended: make(chan struct{}), pipes: make([][]chan []byte, size)}
	for i := range shared.pipes {
		for range size {
			shared.pipes[i] = append(shared.pipes[i], make(chan []byte, 1024))
		}
	}
	errs := make([]error, size)
	var wait sync.WaitGroup
	for rank := range size {
		wait.Go(func() {
			l := &localLink{local: shared, rank: rank}
			defer func() {
				switch p := recover().(type) {
				case nil:
				case aborted:
					errs[rank] = ErrAborted
					if p.by == rank {
						errs[rank] = fmt.Errorf("comm: aborted with code %d", p.code)
					}
				default:
					errs[rank] = fmt.Errorf("comm: panic: %v", p)
					shared.end()
				}
			}()
			if errs[rank] = f(newComm(rank, size, l)); errs[rank] != nil {
				shared.end()
			}
		})
	}
	wait.Wait()
	return errs
}

// local is what goroutines share that are ranks.
type local struct {
	pipes [][]chan []byte // [from][to]
	once  sync.Once
	ended chan struct{}
}

func (l *local) end() { l.once.Do(func() { close(l.ended) }) }

// aborted is the panic that ends a rank.
type aborted struct{ by, code int }

type localLink struct {
	*local
	rank int
	in   [][]byte // nil once it is there
}

func (l *localLink) begin(out, in [][]byte) error {
	l.in = append(l.in[:0], in...)
	for to, b := range out {
		if len(b) > 0 {
			l.pipes[l.rank][to] <- append([]byte(nil), b...)
		}
	}
	return nil
}

func (l *localLink) wait(atMost time.Duration) (missing []int, err error) {
	until := time.After(atMost)
	for from, b := range l.in {
		if len(b) == 0 {
			continue
		}
		if len(missing) > 0 { // the time is over
			select {
			case got := <-l.pipes[from][l.rank]:
				l.take(from, got)
			default:
				missing = append(missing, from)
			}
			continue
		}
		select {
		case got := <-l.pipes[from][l.rank]:
			l.take(from, got)
		case <-l.ended:
			select {
			case got := <-l.pipes[from][l.rank]: // sent before
				l.take(from, got)
			default:
				panic(aborted{by: -1})
			}
		case <-until:
			missing = append(missing, from)
		}
	}
	return missing, nil
}

func (l *localLink) take(from int, got []byte) {
	if copy(l.in[from], got) != len(got) || len(got) != len(l.in[from]) {
		panic(fmt.Sprintf("comm: rank %d sent %d bytes, rank %d waits for %d", from, len(got), l.rank, len(l.in[from])))
	}
	l.in[from] = nil
}

func (l *localLink) abort(code int) {
	l.end()
	panic(aborted{l.rank, code})
}

func (l *localLink) close() error { return nil }
