package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// mutant is one change, and the test that must see it.
type mutant struct {
	Name string `toml:"name"` // what is wrong then
	File string `toml:"file"` // from the module's root
	Old  string `toml:"old"`  // occurs in File exactly once
	New  string `toml:"new"`  // stands in its place
	Test string `toml:"test"` // "./folder TestName" or "./folder TestName/sub"

	list string // that it stands in
}

// split returns the folder and the name of the test.
func (m mutant) split() (folder, test string) {
	folder, test, _ = strings.Cut(m.Test, " ")
	return folder, test
}

// load reads all lists of a folder.
func load(folder string) ([]mutant, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.toml"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no list in %s", folder)
	}
	var all []mutant
	for _, file := range files {
		var list struct {
			Mutant []mutant `toml:"mutant"`
		}
		meta, err := toml.DecodeFile(file, &list)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if unknown := meta.Undecoded(); len(unknown) > 0 {
			return nil, fmt.Errorf("%s: unknown key %s", file, unknown[0])
		}
		for i := range list.Mutant {
			list.Mutant[i].list = filepath.Base(file)
		}
		all = append(all, list.Mutant...)
	}
	return all, nil
}

// check holds every mutant against the tree; what it says is what to change in the list.
func check(root string, all []mutant) error {
	var wrong []error
	seen := map[string]bool{}
	for _, m := range all {
		fail := func(format string, a ...any) {
			wrong = append(wrong, fmt.Errorf("lists/%s: %q: "+format, append([]any{m.list, m.Name}, a...)...))
		}
		if folder, test := m.split(); m.Name == "" || m.Old == m.New || !strings.HasPrefix(folder, "./") || !strings.HasPrefix(test, "Test") {
			fail(`needs a name, file, old, another new, and test = "./folder TestName"`)
			continue
		}
		if seen[m.Name] {
			fail("a second mutant of this name")
		}
		seen[m.Name] = true
		text, err := os.ReadFile(filepath.Join(root, m.File))
		switch n := bytes.Count(text, []byte(m.Old)); {
		case err == nil && n == 1:
		case err == nil && n > 1:
			fail("%s has the text %d times; old must say more", m.File, n)
		default:
			reason := "has not the text"
			if err != nil {
				reason = "is not there"
			}
			fail("%s %s\n\t%s\n\tfiles that have it: %s", m.File, reason, strings.TrimSpace(m.Old), places(root, m.Old))
		}
	}
	return errors.Join(wrong...)
}

// places names the Go and assembly files of the tree that hold a text.
func places(root, text string) string {
	var found []string
	filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root {
			return fs.SkipDir
		}
		if !slices.Contains([]string{".go", ".s", ".h"}, filepath.Ext(path)) {
			return nil
		}
		if b, err := os.ReadFile(path); err == nil && bytes.Contains(b, []byte(text)) {
			name, _ := filepath.Rel(root, path)
			found = append(found, filepath.ToSlash(name))
		}
		return nil
	})
	if len(found) == 0 {
		return "none (the code has changed: find the place that the name means)"
	}
	return strings.Join(found, ", ")
}
