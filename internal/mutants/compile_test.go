package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// TestMutantsCompile: the compiler takes every change of the committed lists to a file of this platform. What ends in an
// error while it is built would tell nothing of its test.
func TestMutantsCompile(t *testing.T) {
	all, err := load("lists")
	if err != nil {
		t.Fatal(err)
	}
	c, err := newChecker("../..")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, m := range all {
		ok, err := c.check(m)
		if err != nil {
			t.Errorf("lists/%s: %q: %v", m.list, m.Name, err)
		}
		if ok {
			checked++
		}
	}
	if checked < len(all)*9/10 {
		t.Errorf("%d of %d are of files of this platform", checked, len(all))
	}
	broken := all[0]
	broken.New = "undefined()"
	if _, err := c.check(broken); err == nil {
		t.Error("a change that does not compile passes")
	}
}

// checker holds packages' files against the types of what they import.
type checker struct {
	root    string
	files   map[string][]string // by folder: the Go files of this platform
	paths   map[string]string   // by folder: the import path
	imports types.Importer
	set     *token.FileSet
}

// newChecker lists the packages of the module at root, and what they import, compiled.
func newChecker(root string) (*checker, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	command := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles", "./...")
	command.Dir, command.Stderr = root, os.Stderr
	out, err := command.Output()
	if err != nil {
		return nil, err
	}
	c := &checker{root: root, files: map[string][]string{}, paths: map[string]string{}, set: token.NewFileSet()}
	exports := map[string]string{}
	for list := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath, Dir, Export string
			GoFiles                 []string
		}
		if err := list.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		c.files[p.Dir], c.paths[p.Dir], exports[p.ImportPath] = p.GoFiles, p.ImportPath, p.Export
	}
	c.imports = importer.ForCompiler(c.set, "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("%s is not compiled", path)
		}
		return os.Open(exports[path])
	})
	return c, nil
}

// check returns false for a file that this platform does not build, else what the types of its package say of the change.
func (c *checker) check(m mutant) (bool, error) {
	path := filepath.Join(c.root, filepath.FromSlash(m.File))
	dir, name := filepath.Split(path)
	dir = filepath.Clean(dir)
	if !slices.Contains(c.files[dir], name) {
		return false, nil
	}
	var files []*ast.File
	for _, file := range c.files[dir] {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			return true, err
		}
		if file == name {
			text = bytes.Replace(text, []byte(m.Old), []byte(m.New), 1)
		}
		parsed, err := parser.ParseFile(c.set, file, text, parser.SkipObjectResolution)
		if err != nil {
			return true, err
		}
		files = append(files, parsed)
	}
	config := types.Config{Importer: c.imports}
	_, err := config.Check(c.paths[dir], c.set, files, nil)
	return true, err
}
