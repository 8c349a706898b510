//go:build mpi

package comm

/*
#include <stdlib.h>
#include <mpi.h>

// What Go cannot say: macros, and handles of which the type is the implementation's own.
static int begin(int *rank, int *size) {
	int provided, e = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
	if (e == MPI_SUCCESS) e = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
	if (e == MPI_SUCCESS) e = MPI_Comm_rank(MPI_COMM_WORLD, rank);
	if (e == MPI_SUCCESS) e = MPI_Comm_size(MPI_COMM_WORLD, size);
	return e;
}
static int post_send(MPI_Request *r, int i, void *p, int n, int to) { return MPI_Isend(p, n, MPI_BYTE, to, 1, MPI_COMM_WORLD, &r[i]); }
static int post_recv(MPI_Request *r, int i, void *p, int n, int from) { return MPI_Irecv(p, n, MPI_BYTE, from, 1, MPI_COMM_WORLD, &r[i]); }

static int test(MPI_Request *r, int i, int *done) { return MPI_Test(&r[i], done, MPI_STATUS_IGNORE); }
static size_t request_size(void) { return sizeof(MPI_Request); }
static int text(int code, char *to, int *n) { return MPI_Error_string(code, to, n); }
static int text_size(void) { return MPI_MAX_ERROR_STRING; }
static void end_all(int code) { MPI_Abort(MPI_COMM_WORLD, code); }
*/
import "C"

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// MPI tells whether this program was built with it.
const MPI = true

// MPI is asked for MPI_THREAD_FUNNELED: one thread calls it. That is the main one, to which init ties Main.
func init() { runtime.LockOSThread() }

// mainThread is what the main thread is asked to do.
var mainThread = make(chan func())

// Main runs the program's main part, beside the main thread, which does what MPI needs meanwhile, and returns its exit code.
func Main(program func() int) int {
	code := make(chan int, 1)
	go func() { code <- program() }()
	for {
		select {
		case f := <-mainThread:
			f()
		case c := <-code:
			return c
		}
	}
}

// onMain has the main thread do something.
func onMain(f func()) {
	done := make(chan struct{})
	mainThread <- func() { f(); close(done) }
	<-done
}

// World returns the ranks that the launcher started; nil where there is one.
func World() (*Comm, error) { return world() }

var world = sync.OnceValues(func() (*Comm, error) {
	var rank, size C.int
	var e C.int
	onMain(func() { e = C.begin(&rank, &size) })
	if e != C.MPI_SUCCESS {
		return nil, fmt.Errorf("comm: MPI does not start: %w", mpiError(e))
	}
	l := &mpiLink{size: int(size), requests: (*C.MPI_Request)(C.malloc(C.size_t(2*size) * C.request_size()))}
	if size == 1 {
		return nil, l.close()
	}
	return newComm(int(rank), int(size), l), nil
})

// mpiError is the error of a code that MPI returned; nil for none.
func mpiError(code C.int) error {
	if code == C.MPI_SUCCESS {
		return nil
	}
	text := make([]C.char, C.text_size()+1)
	var n C.int
	if C.text(code, &text[0], &n) != C.MPI_SUCCESS {
		return fmt.Errorf("error %d", code)
	}
	return errors.New(C.GoString(&text[0]))
}

// mpiLink is a link over MPI_COMM_WORLD.
type mpiLink struct {
	size     int
	requests *C.MPI_Request // [2·size]: those of what comes from each rank, then of what goes to it
	pending  []bool         // [2·size]
	out, in  [][]byte
	posted   bool
	pinned   runtime.Pinner
	ending   atomic.Int64 // exit code + 1, once all are to end
}

func (l *mpiLink) begin(out, in [][]byte) error {
	l.out, l.in, l.posted = out, in, false
	for _, list := range [][][]byte{out, in} {
		for _, b := range list {
			if len(b) > math.MaxInt32 {
				return fmt.Errorf("a message of %d bytes; MPI takes 2³¹ − 1", len(b))
			}
		}
	}
	return nil
}

// Between looks at what has come, the main thread sleeps: not at first, while an answer may come within microseconds; then no
// longer than the buffers of a network last; and longer where it waits for a rank that computes.
const (
	looksAtOnce = 200
	shortSleep  = 50 * time.Microsecond
	longSleep   = 500 * time.Microsecond
	longWait    = 20 * time.Millisecond
)

func (l *mpiLink) wait(atMost time.Duration) (missing []int, err error) {
	onMain(func() {
		if !l.posted {
			if err = l.post(); err != nil {
				return
			}
		}
		began, last := time.Now(), time.Now()
		for looks := 0; ; looks++ {
			var done bool
			if done, err = l.look(); err != nil {
				return
			}
			if code := l.ending.Load(); code != 0 {
				C.end_all(C.int(code - 1))
			}
			now := time.Now()
			if done {
				last, looks = now, 0
			}
			if missing = l.missing(missing[:0]); len(missing) == 0 || now.Sub(began) > atMost {
				return
			}
			switch {
			case looks < looksAtOnce:
				runtime.Gosched()
			case now.Sub(last) < longWait:
				time.Sleep(shortSleep)
			default:
				time.Sleep(longSleep)
			}
		}
	})
	if len(missing) == 0 {
		l.pinned.Unpin()
	}
	return missing, err
}

// post hands what is to be sent and received to MPI.
func (l *mpiLink) post() error {
	l.posted, l.pending = true, make([]bool, 2*l.size)
	post := func(i int, b []byte, call func(p unsafe.Pointer, n C.int) C.int) error {
		if len(b) == 0 {
			return nil
		}
		l.pinned.Pin(&b[0])
		l.pending[i] = true
		return mpiError(call(unsafe.Pointer(&b[0]), C.int(len(b))))
	}
	for rank := range l.size {
		at := C.int(rank)
		if err := post(rank, l.in[rank], func(p unsafe.Pointer, n C.int) C.int { return C.post_recv(l.requests, at, p, n, at) }); err != nil {
			return err
		}
	}
	for rank := range l.size {
		at, to := C.int(l.size+rank), C.int(rank)
		if err := post(l.size+rank, l.out[rank], func(p unsafe.Pointer, n C.int) C.int { return C.post_send(l.requests, at, p, n, to) }); err != nil {
			return err
		}
	}
	return nil
}

// look tells whether anything more has come or gone.
func (l *mpiLink) look() (more bool, err error) {
	for i, waits := range l.pending {
		if !waits {
			continue
		}
		var done C.int
		if err := mpiError(C.test(l.requests, C.int(i), &done)); err != nil {
			return more, err
		}
		if done != 0 {
			l.pending[i], more = false, true
		}
	}
	return more, nil
}

// missing appends the ranks from which something is missing, or that have not taken what is theirs.
func (l *mpiLink) missing(ranks []int) []int {
	for rank := range l.size {
		if l.pending[rank] || l.pending[l.size+rank] {
			ranks = append(ranks, rank)
		}
	}
	return ranks
}

// lastResort is how long a main thread may take to end all ranks before the process ends without: the launcher then ends the
// others.
const lastResort = 3 * time.Second

func (l *mpiLink) abort(code int) {
	l.ending.Store(int64(code) + 1) // seen by the main thread, where it waits
	go func() { mainThread <- func() { C.end_all(C.int(code)) } }()
	time.Sleep(lastResort)
	os.Exit(code)
}

func (l *mpiLink) close() error {
	var err error
	onMain(func() { err = mpiError(C.MPI_Finalize()) })
	return err
}
