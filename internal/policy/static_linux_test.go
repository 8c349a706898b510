package policy

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestBinaryIsStatic: what the README and the Makefile build links no C library, though cgo is at hand.
func TestBinaryIsStatic(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := regexp.MustCompile("(?m)(?:[A-Z_]+=[^ `]+ )*go (?:build|install) [^`\n]*").FindAllString(string(readme), -1)
	if len(commands) == 0 {
		t.Fatal("README.md builds nothing")
	}
	if export := strings.Index(string(readme), "export CGO_ENABLED=0"); export < 0 || export > strings.Index(string(readme), "go run ./cmd/") {
		t.Error("README.md runs the program before it says CGO_ENABLED=0")
	}
	run := func(line string) string {
		t.Helper()
		command := exec.Command("sh", "-c", line)
		command.Dir = "../.."
		command.Env = append(os.Environ(), "CGO_ENABLED=1")
		text, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", line, err, text)
		}
		return string(text)
	}
	// What make would run is told, not run: -trimpath compiles everything once more.
	if said := run(`make -s build GO="sh -c 'echo CGO_ENABLED=\$\$CGO_ENABLED go \$\$*' go"`); !strings.Contains(said, "CGO_ENABLED=0 go build ") {
		t.Errorf("make build runs %s", said)
	}
	for _, command := range commands {
		out := filepath.Join(t.TempDir(), "anila-cpu")
		run(strings.Replace(command, "go build", "go build -o "+out, 1))
		f, err := elf.Open(out)
		if err != nil {
			t.Fatalf("%s: %v", command, err)
		}
		defer f.Close()
		libraries, err := f.ImportedLibraries()
		if err != nil || len(libraries) > 0 {
			t.Errorf("%s: the binary wants %v (%v)", command, libraries, err)
		}
		for _, p := range f.Progs {
			if p.Type == elf.PT_INTERP {
				t.Errorf("%s: the binary wants an interpreter", command)
			}
		}
	}
}
