// Package policy holds the rules of the house that the compiler does not: who may import whom, where heavy
// dependencies live, how long a file is, and that nothing refers to a place outside the repository.
package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// module is the path of this module, whatever it is renamed to.
var module = func() string {
	out, err := exec.Command("go", "list", "-m").Output()
	if err != nil {
		panic(err)
	}
	return strings.TrimSpace(string(out))
}()

// order lists the rooms from left to right: a package imports only rooms on its left and its own sub-packages.
var order = []string{"asm", "tensor", "nn", "langevin", "train", "cmd"}

// confined lists dependencies that only one room (or its sub-packages) may import.
var confined = map[string]string{
	"gonum.org/v1/plot":                   "train/report",
	"github.com/spf13/cobra":              "cmd",
	"github.com/pkg/profile":              "cmd",
	"github.com/schollz/progressbar/v3":   "cmd",
	"github.com/prometheus/client_golang": "train/report",
}

// light are the packages that compute. Whoever imports them gets no page, no plot, no command line and no server.
var light = []string{"asm", "tensor", "nn", "langevin", "train"}

// heavy are the dependencies that none of them reaches, at any number of steps.
var heavy = []string{
	"gonum.org/v1/plot", "golang.org/x/image", "github.com/BurntSushi/toml", "github.com/spf13/cobra", "net/http", "html/template",
	"google.golang.org/protobuf", "github.com/prometheus/client_golang",
}

type listed struct {
	ImportPath                         string
	Dir                                string
	Imports, TestImports, XTestImports []string
	GoFiles, TestGoFiles, XTestGoFiles []string
	SFiles, HFiles                     []string
	IgnoredGoFiles, IgnoredOtherFiles  []string
	CgoFiles                           []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	command := exec.Command("go", "list", "-e", "-json", module+"/...")
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// room is the first element of a package's path below the module.
func room(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, module+"/"), "/")
	return first
}

// arrow says what is wrong with from importing to, or "".
func arrow(from, to string) string {
	if to != module && !strings.HasPrefix(to, module+"/") {
		return ""
	}
	f, r := room(from), room(to)
	switch {
	case r == "bench" && f != "bench":
		return "nothing imports bench"
	case f == "bench" || f == r || r == "internal":
		return ""
	case f == "internal":
		if strings.Contains(from, "/internal/") && r != "cmd" {
			return ""
		}
	}
	i, j := slices.Index(order, f), slices.Index(order, r)
	if i < 0 || j < 0 {
		return "unknown room"
	}
	if j > i {
		return r + " stands to the right of " + f
	}
	return ""
}

func TestArrowsPointLeft(t *testing.T) {
	for _, p := range packages(t) {
		for _, imports := range [][]string{p.Imports, p.TestImports, p.XTestImports} {
			for _, to := range imports {
				if wrong := arrow(p.ImportPath, to); wrong != "" {
					t.Errorf("%s imports %s: %s", p.ImportPath, to, wrong)
				}
			}
		}
		for _, to := range p.Imports {
			for dependency, home := range confined {
				inside := p.ImportPath == module+"/"+home || strings.HasPrefix(p.ImportPath, module+"/"+home+"/")
				if (to == dependency || strings.HasPrefix(to, dependency+"/")) && !inside && room(p.ImportPath) != "bench" {
					t.Errorf("%s imports %s, which belongs to %s", p.ImportPath, to, home)
				}
			}
		}
		if len(p.CgoFiles) > 0 {
			t.Errorf("%s uses cgo in the default build: %v", p.ImportPath, p.CgoFiles)
		}
	}
}

func TestWhatComputesStaysLight(t *testing.T) {
	for _, room := range light {
		out, err := exec.Command("go", "list", "-deps", module+"/"+room).Output()
		if err != nil {
			t.Fatalf("go list -deps %s: %v", room, err)
		}
		for path := range strings.Lines(string(out)) {
			path = strings.TrimSpace(path)
			for _, h := range heavy {
				if path == h || strings.HasPrefix(path, h+"/") {
					t.Errorf("%s reaches %s", room, path)
				}
			}
		}
	}
}

// TestInternalStaysIndependent keeps the helpers in internal from carrying an import back to the right.
func TestInternalStaysIndependent(t *testing.T) {
	all := map[string]listed{}
	for _, p := range packages(t) {
		all[p.ImportPath] = p
	}
	var rightmost func(path string, seen map[string]bool) int
	rightmost = func(path string, seen map[string]bool) int {
		if seen[path] {
			return -1
		}
		seen[path] = true
		most := slices.Index(order, room(path))
		for _, to := range all[path].Imports {
			if strings.HasPrefix(to, module+"/") {
				most = max(most, rightmost(to, seen))
			}
		}
		return most
	}
	for path, p := range all {
		at := slices.Index(order, room(path))
		if at < 0 {
			continue
		}
		for _, to := range p.Imports {
			if room(to) == "internal" && strings.HasPrefix(to, module+"/") && rightmost(to, map[string]bool{}) > at {
				t.Errorf("%s reaches the right through %s", path, to)
			}
		}
	}
}

func TestArrow(t *testing.T) {
	for _, c := range []struct {
		from, to string
		allowed  bool
	}{
		{module + "/tensor", module + "/asm", true},
		{module + "/asm", module + "/tensor", false},
		{module + "/train", module + "/train/data", true},
		{module + "/train/data", module + "/cmd/anila-cpu", false},
		{module + "/langevin/diag", module + "/nn", true},
		{module + "/cmd/anila-cpu", module + "/bench", false},
		{module + "/bench", module + "/train", true},
		{module + "/asm", module + "/internal/asmtest", true},
		{module + "/nn", "github.com/nlpodyssey/safetensors", true},
	} {
		if got := arrow(c.from, c.to); (got == "") != c.allowed {
			t.Errorf("%s → %s: %q", c.from, c.to, got)
		}
	}
}

// TestNoForeignPaths finds absolute paths of somebody's machine in files that are committed.
func TestNoForeignPaths(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("git", "-C", root, "ls-files", "-z").Output()
	if err != nil {
		t.Skip("not a git checkout:", err)
	}
	foreign := regexp.MustCompile(`(^|[\s"'=(:])/(work|home|root|Users|mnt)/[A-Za-z0-9_.-]+`)
	text := []string{".go", ".s", ".md", ".py", ".toml", ".sh", ".mod", "", ".html", ".json"}
	for name := range strings.SplitSeq(strings.Trim(string(out), "\x00"), "\x00") {
		if !slices.Contains(text, filepath.Ext(name)) {
			continue
		}
		content, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			continue
		}
		for i, line := range strings.Split(string(content), "\n") {
			if found := foreign.FindString(line); found != "" && name != "internal/policy/policy_test.go" {
				t.Errorf("%s:%d names a path outside the repository: %s", name, i+1, strings.TrimSpace(found))
			}
		}
	}
}

// TestFoldersStayNarrow keeps a folder small enough to read its list of files, those of all architectures counted.
func TestFoldersStayNarrow(t *testing.T) {
	const limit = 50
	for _, p := range packages(t) {
		files, err := os.ReadDir(p.Dir)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, file := range files {
			if slices.Contains([]string{".go", ".s", ".h"}, filepath.Ext(file.Name())) {
				n++
			}
		}
		if n > limit {
			t.Errorf("%s holds %d Go, assembly and header files (limit %d)", p.ImportPath, n, limit)
		}
	}
}

func TestFilesStayShort(t *testing.T) {
	const limit = 450
	for _, p := range packages(t) {
		for _, file := range slices.Concat(p.GoFiles, p.IgnoredGoFiles, p.TestGoFiles, p.XTestGoFiles,
			p.SFiles, p.HFiles, p.IgnoredOtherFiles) {
			content, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			if n := bytes.Count(content, []byte("\n")); n > limit {
				t.Errorf("%s/%s has %d lines (limit %d)", p.ImportPath, file, n, limit)
			}
		}
	}
}
