//go:build linux

package mpi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// launcher starts ranks: so many of each command line.
type launcher struct {
	compiler string
	start    []string // of each process but the first, ":" comes before
	sizes    string   // the flag of their number
	ranks    string   // the variable that tells a process its rank
}

var launchers = map[string]launcher{
	"openmpi": {"mpicc.openmpi", []string{"mpirun.openmpi", "--oversubscribe", "--allow-run-as-root", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1"},
		"-np", "OMPI_COMM_WORLD_RANK"},
	"mpich": {"mpicc.mpich", []string{"mpiexec.mpich"}, "-n", "PMI_RANK"},
}

// programs are what is tested: without MPI, with it, and another version of that.
type programs struct {
	launcher
	plain, mpi, other string
}

var build = sync.OnceValues(func() (p programs, err error) {
	p.launcher = launchers[os.Getenv("ANILA_MPI")]
	dir, err := os.MkdirTemp("", "anila-mpi-*")
	if err != nil {
		return p, err
	}
	p.plain, p.mpi, p.other = filepath.Join(dir, "plain"), filepath.Join(dir, "mpi"), filepath.Join(dir, "other")
	compile := func(out string, environment []string, flags ...string) {
		command := exec.Command("go", append(append([]string{"build", "-o", out}, flags...), "../../cmd/anila-cpu")...)
		command.Env = append(os.Environ(), environment...)
		if text, e := command.CombinedOutput(); e != nil {
			err = errors.Join(err, fmt.Errorf("%v: %w\n%s", command.Args, e, text))
		}
	}
	compile(p.plain, []string{"CGO_ENABLED=0"})
	with := []string{"CGO_ENABLED=1", "CC=" + p.compiler}
	compile(p.mpi, with, "-tags", "mpi")
	compile(p.other, with, "-tags", "mpi", "-buildvcs=false")
	return p, err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if os.Getenv("ANILA_MPI") != "" {
		if p, err := build(); err == nil {
			os.RemoveAll(filepath.Dir(p.plain))
		}
	}
	os.Exit(code)
}

// built returns the programs, or skips.
func built(t *testing.T) programs {
	t.Helper()
	name := os.Getenv("ANILA_MPI")
	if name == "" {
		t.Skip("ANILA_MPI names no MPI")
	}
	l, ok := launchers[name]
	if !ok {
		t.Fatalf("ANILA_MPI=%s: openmpi or mpich", name)
	}
	for _, tool := range []string{l.compiler, l.start[0]} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	p, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// limit is longer than anything here takes, with its machine busy.
const limit = 4 * time.Minute

// job is a command line that runs.
type job struct {
	*exec.Cmd
	out   bytes.Buffer
	token string // in the environment of its processes
	done  chan struct{}
}

// begin starts a command line.
func begin(t *testing.T, args ...string) *job {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	j := &job{Cmd: exec.CommandContext(ctx, args[0], args[1:]...), token: fmt.Sprintf("ANILA_MPI_TEST=%d-%d", os.Getpid(), time.Now().UnixNano()), done: make(chan struct{})}
	j.Stdout, j.Stderr = &j.out, &j.out
	j.Env = append(os.Environ(), j.token, "ANILA_DATA=")
	j.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	j.WaitDelay = 5 * time.Second
	if err := j.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		j.Wait()
		close(j.done)
	}()
	t.Cleanup(func() {
		for _, pid := range j.processes("") {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	return j
}

// end waits for the end and returns the exit code.
func (j *job) end() int {
	<-j.done
	return j.ProcessState.ExitCode()
}

// finish runs a command line that must end with a code.
func finish(t *testing.T, code int, args ...string) string {
	t.Helper()
	j := begin(t, args...)
	if got := j.end(); got != code {
		t.Fatalf("%v: exit code %d, want %d\n%s", args, got, code, &j.out)
	}
	return j.out.String()
}

// processes are those of the job that have a variable ("NAME=value") in their environment; all for "".
func (j *job) processes(variable string) (pids []int) {
	paths, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range paths {
		b, err := os.ReadFile(path)
		has := strings.Split(string(b), "\x00")
		if err != nil || !slices.Contains(has, j.token) || variable != "" && !slices.Contains(has, variable) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// rank is the process of a rank, 0 while there is none.
func (j *job) rank(p programs, rank int) int {
	for _, pid := range j.processes(fmt.Sprintf("%s=%d", p.ranks, rank)) {
		if exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); err == nil && exe == p.mpi {
			return pid
		}
	}
	return 0
}

// over is the command line that starts ranks of the program.
func (p programs) over(n int, args ...string) []string {
	return slices.Concat(p.start, []string{p.sizes, strconv.Itoa(n), p.mpi}, args)
}

// until waits for a condition, while the job runs.
func (j *job) until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for !ok() {
		select {
		case <-j.done:
			t.Fatalf("it ended before %s:\n%s", what, &j.out)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// event is what the tests look at of a line of events.jsonl.
type event struct {
	Step          int64
	Kind, Message string
}

func events(run string) (list []event) {
	text, _ := os.ReadFile(filepath.Join(run, "events.jsonl"))
	for line := range bytes.Lines(text) {
		var e event
		if json.Unmarshal(line, &e) == nil {
			list = append(list, e)
		}
	}
	return list
}

// told tells whether the log has a line of a kind with a text in it, behind the first so many lines.
func told(run string, from int, kind, text string) bool {
	list := events(run)
	return slices.ContainsFunc(list[min(from, len(list)):], func(e event) bool { return e.Kind == kind && strings.Contains(e.Message, text) })
}

// depends are the members of events and of state.json that depend on time, memory and ranks.
var depends = []string{"seconds", "iterations_per_second", "langevin_steps_per_second", "memory", "communication_seconds", "busy_seconds", "slowest"}

// without is JSON without what depends on time, memory and ranks.
func without(t *testing.T, text []byte) string {
	var v map[string]any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	for _, name := range depends {
		delete(v, name)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// trace is what a run leaves that must not depend on its ranks: the SHA-256 of each checkpoint's files, and the log's numbers.
// With last, of its newest checkpoint alone.
func trace(t *testing.T, run string, last bool) string {
	t.Helper()
	dirs, _ := filepath.Glob(filepath.Join(run, "checkpoints", "step-*"))
	if len(dirs) == 0 {
		t.Fatalf("%s has no checkpoint", run)
	}
	var out strings.Builder
	if last {
		dirs = dirs[len(dirs)-1:]
	}
	for _, dir := range dirs {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b, err := os.ReadFile(filepath.Join(dir, f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case f.Name() == "checksums.sha256": // of state.json, too, which has the time
			case f.Name() == "state.json":
				fmt.Fprintln(&out, filepath.Base(dir), without(t, b))
			default:
				fmt.Fprintf(&out, "%s/%s %x\n", filepath.Base(dir), f.Name(), sha256.Sum256(b))
			}
		}
	}
	if last {
		return out.String()
	}
	text, err := os.ReadFile(filepath.Join(run, "events.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		if !bytes.Contains(line, []byte(`"kind"`)) {
			fmt.Fprintln(&out, without(t, line))
		}
	}
	return out.String()
}
