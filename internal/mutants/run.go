package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// outcome is what became of a mutant.
type outcome int

const (
	notRun   outcome = iota // the time was up
	skipped                 // the test needs data that are not there
	killed                  // the test failed
	survives                // the test passed
	broken                  // it does not compile, or the test is none
)

func (o outcome) String() string {
	return [...]string{"not run", "skipped", "killed", "SURVIVES", "ERROR"}[o]
}

type result struct {
	outcome outcome
	took    time.Duration
	said    string // by the compiler or the test
}

var printing sync.Mutex

func (r result) print(w io.Writer, m mutant, verbose bool) {
	if r.outcome == notRun {
		return
	}
	printing.Lock()
	defer printing.Unlock()
	fmt.Fprintf(w, "%-8s %5.1f s  %s (%s)\n", r.outcome, r.took.Seconds(), m.Name, m.Test)
	if r.outcome == broken || verbose {
		fmt.Fprintf(w, "\t%s\n", strings.ReplaceAll(strings.TrimSpace(tail(r.said, 2000)), "\n", "\n\t"))
	}
}

// tail is the end of a text.
func tail(s string, n int) string {
	if len(s) > n {
		s = "… " + s[len(s)-n:]
	}
	return s
}

// testTimeout is when a mutant that hangs counts as killed.
const testTimeout = "3m"

// tests compiles and runs tests of one module.
type tests struct {
	root, dir string // of the module; of temporary files
	count     int

	mu    sync.Mutex
	sound map[string]func() error // by test: does it pass without a change?
	built map[string]func() (string, error)
}

func session(root string) (*tests, error) {
	dir, err := os.MkdirTemp("", "mutants-*")
	if err != nil {
		return nil, err
	}
	return &tests{root: root, dir: dir, sound: map[string]func() error{}, built: map[string]func() (string, error){}}, nil
}

func (s *tests) close() { os.RemoveAll(s.dir) }

// plant makes the change in an overlay and runs the test.
func (s *tests) plant(ctx context.Context, m mutant) (r result) {
	begin := time.Now()
	defer func() {
		r.took = time.Since(begin)
		if ctx.Err() != nil {
			r.outcome = notRun
		}
	}()
	if ctx.Err() != nil {
		return r
	}
	if err := s.passes(ctx, m.Test); errors.Is(err, errNoData) {
		return result{outcome: skipped}
	} else if err != nil {
		return result{outcome: broken, said: err.Error()}
	}
	overlay, err := s.overlay(m)
	if err != nil {
		return result{outcome: broken, said: err.Error()}
	}
	folder, test := m.split()
	binary, said, err := s.build(ctx, folder, overlay)
	if err != nil {
		return result{outcome: broken, said: "with the change: " + said}
	}
	defer os.Remove(binary)
	said, err = s.run(ctx, folder, test, binary, overlay)
	switch {
	case err == nil:
		return result{outcome: survives, said: said}
	case strings.Contains(said, "--- FAIL: ") || strings.Contains(said, "panic: ") || strings.Contains(said, "fatal error: "):
		return result{outcome: killed, said: said}
	}
	return result{outcome: broken, said: fmt.Sprintf("no test failed, but %v: %s", err, said)}
}

// overlay writes the changed file and the overlay that puts it in place.
func (s *tests) overlay(m mutant) (string, error) {
	path := filepath.Join(s.root, filepath.FromSlash(m.File))
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	changed := s.path("changed-*" + filepath.Ext(path))
	if err := os.WriteFile(changed, bytes.Replace(text, []byte(m.Old), []byte(m.New), 1), 0o666); err != nil {
		return "", err
	}
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {path: changed}})
	if err != nil {
		return "", err
	}
	overlay := s.path("overlay-*.json")
	return overlay, os.WriteFile(overlay, replace, 0o666)
}

// path is a new name in the temporary folder.
func (s *tests) path(pattern string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	return filepath.Join(s.dir, strings.Replace(pattern, "*", fmt.Sprint(s.count), 1))
}

// errNoData says that a test skips because it needs real data.
var errNoData = errors.New("the test needs data (ANILA_DATA)")

// passes returns nil if a test passes without a change. Each is asked once.
func (s *tests) passes(ctx context.Context, test string) error {
	s.mu.Lock()
	ask, ok := s.sound[test]
	if !ok {
		ask = sync.OnceValue(func() error { return s.trial(ctx, test) })
		s.sound[test] = ask
	}
	s.mu.Unlock()
	return ask()
}

func (s *tests) trial(ctx context.Context, test string) error {
	folder, name := mutant{Test: test}.split()
	s.mu.Lock()
	build, ok := s.built[folder]
	if !ok {
		build = sync.OnceValues(func() (string, error) {
			binary, said, err := s.build(ctx, folder, "")
			if err != nil {
				err = errors.New("without a change: " + said)
			}
			return binary, err
		})
		s.built[folder] = build
	}
	s.mu.Unlock()
	binary, err := build()
	if err != nil {
		return err
	}
	said, err := s.run(ctx, folder, name, binary, "")
	if err != nil {
		return fmt.Errorf("the test fails without a change: %s", said)
	}
	if strings.Contains(said, "--- SKIP: "+name) && strings.Contains(said, "ANILA_DATA") {
		return errNoData
	}
	if !strings.Contains(said, "--- PASS: "+name) {
		return fmt.Errorf("there is no such test, or it skips: %s", said)
	}
	return nil
}

// build compiles the tests of a folder.
func (s *tests) build(ctx context.Context, folder, overlay string) (binary, said string, err error) {
	binary = s.path("test-*.exe")
	command := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-o", binary, folder)
	command.Dir, command.Env = s.root, environment(overlay)
	command.WaitDelay = 5 * time.Second
	out, err := command.CombinedOutput()
	if err == nil {
		if _, e := os.Stat(binary); e != nil {
			err = e
		}
	}
	return binary, string(out), err
}

// run runs one test of a compiled folder.
func (s *tests) run(ctx context.Context, folder, test, binary, overlay string) (said string, err error) {
	pattern := "^" + strings.ReplaceAll(test, "/", "$/^") + "$"
	command := exec.CommandContext(ctx, binary, "-test.run", pattern, "-test.v", "-test.failfast", "-test.timeout", testTimeout)
	command.Dir, command.Env = filepath.Join(s.root, folder), environment(overlay)
	command.WaitDelay = 5 * time.Second
	out, err := command.CombinedOutput()
	return string(out), err
}

// environment makes the go command see the overlay, also one that a test starts.
func environment(overlay string) []string {
	env := os.Environ()
	if overlay != "" {
		env = append(env, "GOFLAGS="+strings.TrimSpace(os.Getenv("GOFLAGS")+" -overlay="+overlay))
	}
	return env
}
