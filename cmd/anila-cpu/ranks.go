package main

import (
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"

	"anila/train/comm"
)

// ranks are the processes that a launcher (mpirun, srun) started to do a command together; nil where this is the only one.
// Rank 0 speaks; the others do as its command line says, whatever their own is.
var ranks *comm.Comm

// cores are this rank's share of its machine's; 0 where it is the only one.
var cores int

// together are the commands that ranks do together.
var together = []string{"train", "sample", "eval"}

// perform runs a command line on this rank and returns the exit code, the same on all.
func perform(args []string) int {
	if !slices.ContainsFunc(args, func(arg string) bool { return slices.Contains(together, arg) }) {
		return execute(args, os.Stdout, os.Stderr)
	}
	world, err := comm.World()
	if err != nil {
		fmt.Fprintln(os.Stderr, "anila-cpu:", err)
		return exitUsage
	}
	if world == nil {
		return execute(args, os.Stdout, os.Stderr)
	}
	defer func() {
		if p := recover(); p != nil {
			debug.PrintStack()
			world.Abort(exitFailed, fmt.Errorf("panic: %v", p))
		}
	}()
	ranks, cores = world, world.Cores()
	world.Late = func(message string) { fmt.Fprintln(os.Stderr, "anila-cpu:", message) }
	var out, notes io.Writer = os.Stdout, os.Stderr
	if world.Rank() > 0 {
		out, notes = io.Discard, io.Discard
	}
	code := execute(broadcastArgs(world, args), out, notes)
	code = int(world.Broadcast([]byte{byte(code)})[0])
	if err := world.Close(); err != nil {
		fmt.Fprintln(os.Stderr, "anila-cpu:", err)
	}
	return code
}

// broadcastArgs returns rank 0's arguments.
func broadcastArgs(c *comm.Comm, args []string) []string {
	var b []byte
	for _, arg := range args {
		b = append(append(b, arg...), 0) // no argument of a process has a zero in it
	}
	var all []string
	for b = c.Broadcast(b); len(b) > 0; {
		end := slices.Index(b, 0)
		all, b = append(all, string(b[:end])), b[end+1:]
	}
	return all
}

// follows tells whether this rank does what rank 0 does, and shows nothing of it.
func follows() bool { return ranks.Rank() > 0 }

// crowded says so where a launcher has bound a rank to fewer processors than it has workers; none are known where there is no
// Linux.
func crowded(workers, processors int) string {
	if processors == 0 || workers <= processors {
		return ""
	}
	return fmt.Sprintf(" on %d processors (it is bound to them: see mpirun --bind-to)", processors)
}
