package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// binary is the program under test, built once as a user would build it (with this test's build tags).
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "anila-cpu-test-*")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "anila-cpu")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	arguments := []string{"build", "-o", binary}
	if withoutAssembly {
		arguments = append(arguments, "-tags", "noasm")
	}
	if out, err := exec.Command("go", append(arguments, ".")...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// outcome is what a run of the binary left.
type outcome struct {
	code           int
	stdout, stderr string
}

// start runs the binary in dir; environment lines are added to a clean one.
func start(t *testing.T, dir string, environment []string, arguments ...string) (*exec.Cmd, *bytes.Buffer, *bytes.Buffer) {
	t.Helper()
	command := program(dir, environment, binary, arguments...)
	stdout, stderr := new(bytes.Buffer), new(bytes.Buffer)
	command.Stdout, command.Stderr = stdout, stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(3*time.Minute, func() { command.Process.Kill() })
	t.Cleanup(func() { timer.Stop() })
	return command, stdout, stderr
}

// program is a command in dir, without the ANILA_ variables of the environment.
func program(dir string, environment []string, name string, arguments ...string) *exec.Cmd {
	command := exec.Command(name, arguments...)
	command.Dir = dir
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "ANILA_") {
			command.Env = append(command.Env, e)
		}
	}
	command.Env = append(command.Env, environment...)
	return command
}

// finish waits for a started binary.
func finish(t *testing.T, command *exec.Cmd, stdout, stderr *bytes.Buffer) outcome {
	t.Helper()
	err := command.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{command.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// anila runs the binary in dir and waits.
func anila(t *testing.T, dir string, arguments ...string) outcome {
	t.Helper()
	command, stdout, stderr := start(t, dir, nil, arguments...)
	return finish(t, command, stdout, stderr)
}

// want checks exit code and that stdout and stderr together contain every text.
func (o outcome) want(t *testing.T, code int, texts ...string) {
	t.Helper()
	if o.code != code {
		t.Errorf("exit code %d, want %d\nstdout: %s\nstderr: %s", o.code, code, o.stdout, o.stderr)
	}
	for _, text := range texts {
		if !strings.Contains(o.stdout+o.stderr, text) {
			t.Errorf("output lacks %q\nstdout: %s\nstderr: %s", text, o.stdout, o.stderr)
		}
	}
}

// TestWrongUse holds that wrong use is exit 2 with words that name the culprit and what would be right.
func TestWrongUse(t *testing.T) {
	for _, c := range []struct {
		line  string
		texts []string
	}{
		{"infoo", []string{`"infoo"`, "did you mean info?", "--help"}},
		{"info --net alexnet", []string{"alexnet", "vanilla"}},
		{"info stray", []string{`"stray"`}},
		{"info --jason", []string{"--jason"}},
		{"--isa sse9 info", []string{"sse9", "generic"}},
		{"--conv direct info", []string{"direct", "implicit-gemm"}},
		{"data gett", []string{`"gett"`, "did you mean get?"}},
		{"data get", []string{"cifar10"}},
		{"data get imagenet", []string{`"imagenet"`, "cifar10, mnist, flowers"}},
	} {
		t.Run(c.line, func(t *testing.T) {
			anila(t, t.TempDir(), strings.Fields(c.line)...).want(t, exitUsage, c.texts...)
		})
	}
	t.Run("ANILA_ISA", func(t *testing.T) {
		command, stdout, stderr := start(t, t.TempDir(), []string{"ANILA_ISA=sse9"}, "info")
		finish(t, command, stdout, stderr).want(t, exitUsage, "ANILA_ISA", "sse9", "generic")
	})
}

// every calls f for each command of the tree.
func every(c *cobra.Command, f func(*cobra.Command)) {
	f(c)
	for _, sub := range c.Commands() {
		every(sub, f)
	}
}

// TestHelp holds that each command explains itself and shows an example.
func TestHelp(t *testing.T) {
	every(newRoot(), func(c *cobra.Command) {
		if c.Short == "" || c.Example == "" {
			t.Errorf("%s: no description or no example", c.CommandPath())
		}
		for line := range strings.Lines(c.Example) {
			if !strings.HasPrefix(line, "  anila-cpu ") {
				t.Errorf("%s: the example line %q is no anila-cpu command", c.CommandPath(), line)
			}
		}
		words := strings.Fields(c.CommandPath())[1:]
		anila(t, t.TempDir(), append(words, "--help")...).want(t, exitDone, "Usage:", "Examples:")
	})
}

func TestInfo(t *testing.T) {
	anila(t, t.TempDir(), "info").want(t, exitDone, "instruction sets", "in force", "generic")
	anila(t, t.TempDir(), "--isa", "generic", "info", "--json").want(t, exitDone, `"tier": "generic"`)
	anila(t, t.TempDir(), "info", "--size", "40").want(t, exitDone, "40×40×3", "20x20x64→128")
	anila(t, t.TempDir(), "info", "--tiers").want(t, exitDone, "generic")
	anila(t, t.TempDir(), "version").want(t, exitDone, "anila-cpu ", runtime.Version())
	anila(t, t.TempDir(), "completion", "bash").want(t, exitDone, "__anila-cpu")
}
