package policy

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The README's part on the library is followed to the letter in a fresh module: its commands, its program, its output.
func TestReadmeLibraryPart(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, part, found := strings.Cut(string(text), "\n## As a library\n")
	part, _, ended := strings.Cut(part, "\n## ")
	if !found || !ended {
		t.Fatal("README.md has no section “As a library”")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	parent := t.TempDir()
	dir := filepath.Join(parent, "mine")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(root, filepath.Join(parent, "anila-cpu")); err != nil {
		t.Skip("no links here:", err)
	}
	output := ""
	for _, block := range regexp.MustCompile(`(?m)(^    .*\n|^\n)+`).FindAllString(part, -1) {
		block = regexp.MustCompile(`(?m)^    `).ReplaceAllString(strings.Trim(block, "\n"), "")
		// The program and the commands behind it stand in one block of Markdown.
		program, commands := "", block
		if strings.HasPrefix(block, "package main") {
			end := strings.LastIndex(block, "\n}\n") + 3
			program, commands = block[:end], block[end:]
		}
		if program != "" {
			if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(program), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		for _, line := range strings.Split(strings.TrimSpace(commands), "\n") {
			if !strings.HasPrefix(line, "go ") {
				continue
			}
			command := exec.Command("go", strings.Fields(line)[1:]...)
			command.Dir = dir
			// go.sum of a new module is empty; what it needs is in the cache of this one.
			command.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOSUMDB=off", "GOWORK=off")
			out, err := command.CombinedOutput()
			if err != nil {
				t.Fatalf("%s: %v\n%s", line, err, out)
			}
			output = strings.TrimSpace(string(out))
		}
	}
	if output == "" || !strings.Contains(part, "prints `"+output+"`") {
		t.Errorf("the program prints %q, README.md says otherwise", output)
	}
}
