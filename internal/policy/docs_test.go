package policy

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What the pages between backquotes name must be there: paths of this repository, and package.Name of its packages. So must
// the targets of their links.
func TestPagesNameWhatExists(t *testing.T) {
	root := "../.."
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(pages) == 0 {
		t.Fatal(pages, err)
	}
	for _, page := range []string{"README.md", "CONTRIBUTING.md"} {
		pages = append(pages, filepath.Join(root, page))
	}
	folders := map[string]bool{} // the first parts of paths of this repository
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		folders[e.Name()] = e.IsDir() && e.Name() != "runs" // which training makes; what pages name there may not be made yet
	}
	members := map[string]names{}
	for _, p := range packages(t) {
		members[filepath.Base(p.ImportPath)] = identifiers(t, p)
	}
	var (
		code   = regexp.MustCompile("`([^`\n]+)`")
		link   = regexp.MustCompile(`\]\(([^)#:]+)[^):]*\)`)
		path   = regexp.MustCompile(`^[\w.-]+(/[\w.-]+)+$`)
		member = regexp.MustCompile(`^([a-z]\w*)\.([A-Z]\w*)$`)
	)
	for _, page := range pages {
		b, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		var prose []string
		for _, line := range strings.Split(string(b), "\n") {
			if !strings.HasPrefix(line, "    ") {
				prose = append(prose, line)
			}
		}
		text := strings.Join(prose, "\n")
		for _, m := range code.FindAllStringSubmatch(text, -1) {
			word := strings.TrimSuffix(m[1], "/")
			first, _, _ := strings.Cut(word, "/")
			if path.MatchString(word) && folders[first] {
				if _, err := os.Stat(filepath.Join(root, word)); err != nil {
					t.Errorf("%s names %s, which is not there", page, word)
				}
			}
			if m := member.FindStringSubmatch(word); m != nil {
				if n, ok := members[m[1]]; ok && !n.all[m[2]] {
					t.Errorf("%s names %s, which does not exist", page, word)
				}
			}
		}
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil && !slices.Contains([]string{"http", "https"}, m[1]) {
				t.Errorf("%s links to %s, which is not there", page, m[1])
			}
		}
	}
}
