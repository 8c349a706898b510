// Mutants holds the tests to account: it plants the single changes of a committed list, one at a time, each of which
// must make the test that is named beside it fail. A change reaches the compiler by an overlay, so the tree is never
// touched.
//
//	go run ./internal/mutants [-minutes M -seed S] [-parallel N] [-only TEXT] [-v]
//
// It exits with 1 if a mutant survives, or if the list is wrong: a text that its file does not have exactly once, a
// change that does not compile, a test that is not there or fails without the change.
package main

import (
	"context"
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

func main() {
	var (
		lists    = flag.String("lists", "internal/mutants/lists", "folder of the lists")
		parallel = flag.Int("parallel", runtime.NumCPU(), "mutants at a time")
		minutes  = flag.Float64("minutes", 0, "stop after so many minutes, with a part of the list that -seed chooses; 0 runs all")
		seed     = flag.String("seed", "", "what orders the list where it is not run whole (a commit's hash: each commit has its part)")
		only     = flag.String("only", "", "only mutants whose name, file or test contains this")
		verbose  = flag.Bool("v", false, "show what the tests of killed mutants said")
	)
	flag.Parse()
	root, err := os.Getwd()
	if err == nil {
		err = run(root, *lists, *only, *seed, *minutes, *parallel, *verbose)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

// run works through the lists of the module at root.
func run(root, lists, only, seed string, minutes float64, parallel int, verbose bool) error {
	all, err := load(filepath.Join(root, lists))
	if err != nil {
		return err
	}
	if err := check(root, all); err != nil {
		return err
	}
	chosen := all[:0:0]
	for _, m := range all {
		if strings.Contains(m.Name+"\n"+m.File+"\n"+m.Test, only) {
			chosen = append(chosen, m)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if minutes > 0 {
		shuffle(chosen, seed)
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, time.Duration(minutes*float64(time.Minute)))
		defer cancel()
	}
	begin := time.Now()
	s, err := session(root)
	if err != nil {
		return err
	}
	defer s.close()
	results := make([]result, len(chosen))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(max(parallel, 1), len(chosen)) {
		workers.Go(func() {
			for i := range next {
				results[i] = s.plant(ctx, chosen[i])
				results[i].print(os.Stdout, chosen[i], verbose)
			}
		})
	}
	for i := range chosen {
		next <- i
	}
	close(next)
	workers.Wait()
	return summarize(chosen, results, time.Since(begin))
}

// shuffle orders mutants as the seed says.
func shuffle(m []mutant, seed string) {
	h := fnv.New64a()
	h.Write([]byte(seed))
	rand.New(rand.NewPCG(h.Sum64(), 0)).Shuffle(len(m), func(i, j int) { m[i], m[j] = m[j], m[i] })
}

// summarize prints the count, and the survivors once more.
func summarize(all []mutant, results []result, took time.Duration) error {
	count := map[outcome]int{}
	for _, r := range results {
		count[r.outcome]++
	}
	fmt.Printf("%d mutants in %.0f s: %d killed, %d survive, %d errors", len(all), took.Seconds(), count[killed], count[survives], count[broken])
	if n := count[skipped]; n > 0 {
		fmt.Printf(", %d need data (ANILA_DATA)", n)
	}
	if n := count[notRun]; n > 0 {
		fmt.Printf(", %d not in this part", n)
	}
	fmt.Println()
	for i, r := range results {
		if r.outcome == survives || r.outcome == broken {
			fmt.Printf("%s: %s (%s, %s)\n", r.outcome, all[i].Name, all[i].File, all[i].Test)
		}
	}
	if count[survives]+count[broken] > 0 {
		return fmt.Errorf("%d survive, %d errors", count[survives], count[broken])
	}
	if count[killed] == 0 {
		return fmt.Errorf("none was run")
	}
	return nil
}
