package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// module makes a module with one function and tests of it.
func module(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":     "module m\n\ngo 1.26\n",
		"a/twice.go": "package a\n\nfunc Twice(x int) int { return 2 * x }\n\nfunc Spare() int { return 3 }\n",
		"a/a_test.go": "package a\n\nimport \"testing\"\n\nfunc TestTwice(t *testing.T) {\n\tif Twice(2) != 4 {\n\t\tt.Error(\"no\")\n\t}\n}\n\n" +
			"func TestSkips(t *testing.T) { t.Skip() }\n\nfunc TestNeedsData(t *testing.T) { t.Skip(\"no folder (ANILA_DATA)\") }\n\nfunc TestFails(t *testing.T) { t.Error(\"always\") }\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// TestMutantsArePlanted: each change ends as it must, and the tree stays as it was.
func TestMutantsArePlanted(t *testing.T) {
	root := module(t)
	t.Setenv("GOFLAGS", "")
	before, err := os.ReadFile(filepath.Join(root, "a/twice.go"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := session(root)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	for _, c := range []struct {
		old, new, test string
		want           outcome
		says           string
	}{
		{"2 * x", "3 * x", "TestTwice", killed, "--- FAIL: TestTwice"},
		{"2 * x", "x / (x - x)", "TestTwice", killed, "panic"},
		{"return 3", "return 4", "TestTwice", survives, ""},
		{"2 * x", "2 * y", "TestTwice", broken, "undefined: y"},
		{"2 * x", "3 * x", "TestThrice", broken, "no such test"},
		{"2 * x", "3 * x", "TestSkips", broken, "or it skips"},
		{"2 * x", "3 * x", "TestNeedsData", skipped, ""},
		{"2 * x", "3 * x", "TestFails", broken, "fails without a change"},
	} {
		r := s.plant(context.Background(), mutant{Name: "x", File: "a/twice.go", Old: c.old, New: c.new, Test: "./a " + c.test})
		if r.outcome != c.want || !strings.Contains(r.said, c.says) {
			t.Errorf("%q → %q, %s: %s, want %s; it says %q, want %q", c.old, c.new, c.test, r.outcome, c.want, r.said, c.says)
		}
	}
	if after, err := os.ReadFile(filepath.Join(root, "a/twice.go")); err != nil || string(after) != string(before) {
		t.Errorf("the tree was touched: %s, %v", after, err)
	}
	done, cancel := context.WithCancel(context.Background())
	cancel()
	if r := s.plant(done, mutant{Name: "x", File: "a/twice.go", Old: "2", New: "3", Test: "./a TestTwice"}); r.outcome != notRun {
		t.Errorf("without time: %s", r.outcome)
	}
}

// TestWrongListsAreRefused: what is wrong with a list is said, and where a text has gone.
func TestWrongListsAreRefused(t *testing.T) {
	root := module(t)
	for _, c := range []struct {
		m    mutant
		says string // "" where nothing is wrong
	}{
		{mutant{Name: "n", File: "a/twice.go", Old: "2 * x", New: "3 * x", Test: "./a TestTwice"}, ""},
		{mutant{Name: "n", File: "a/moved.go", Old: "2 * x", New: "3 * x", Test: "./a TestTwice"}, "files that have it: a/twice.go"},
		{mutant{Name: "n", File: "a/twice.go", Old: "5 * x", New: "3 * x", Test: "./a TestTwice"}, "the code has changed"},
		{mutant{Name: "n", File: "a/twice.go", Old: "int", New: "int64", Test: "./a TestTwice"}, "3 times"},
		{mutant{Name: "n", File: "a/twice.go", Old: "2 * x", New: "2 * x", Test: "./a TestTwice"}, "another new"},
		{mutant{Name: "n", File: "a/twice.go", Old: "2 * x", New: "3 * x", Test: "./a"}, "test ="},
		{mutant{File: "a/twice.go", Old: "2 * x", New: "3 * x", Test: "./a TestTwice"}, "a name"},
	} {
		err := check(root, []mutant{c.m})
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v, want %q", c.m, err, c.says)
		}
	}
	m := mutant{Name: "n", File: "a/twice.go", Old: "2 * x", New: "3 * x", Test: "./a TestTwice"}
	if err := check(root, []mutant{m, m}); err == nil || !strings.Contains(err.Error(), "second mutant") {
		t.Errorf("two of one name: %v", err)
	}
}

// TestListsAreLarge: the committed lists read and fit the tree, and a part in another order holds the same mutants.
func TestListsAreLarge(t *testing.T) {
	all, err := load("lists")
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 70 {
		t.Errorf("%d mutants, want at least 70", len(all))
	}
	if err := check("../..", all); err != nil {
		t.Error(err)
	}
	part, same := append([]mutant{}, all...), append([]mutant{}, all...)
	shuffle(part, "a commit")
	shuffle(same, "a commit")
	names, moved := map[string]bool{}, false
	for i, m := range part {
		names[m.Name] = true
		moved = moved || m != all[i]
		if m != same[i] {
			t.Fatal("one seed gives two orders")
		}
	}
	if len(names) != len(all) || !moved {
		t.Errorf("%d names of %d, moved: %v", len(names), len(all), moved)
	}
}
