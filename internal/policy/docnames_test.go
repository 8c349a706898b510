package policy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// Names in comments go stale when code is renamed. The rule that finds them: in a comment that documents something, a word
// that is written as Go writes names must be one. Those are
//
//   - words with a capital inside (weightGradient, NewPool) and words before a call's bracket: an identifier of the package,
//     tests and assembly included, or an exported one of a package that it imports;
//   - capital words inside a sentence (… or Open makes a Run): the same, or a proper noun of words.txt;
//   - package.Name: what the package of that name in this module, or of the file's imports, exports.
//
// Code in comments (indented lines), quotations and what stands between quotes of any kind are passed over.

var (
	docWord    = regexp.MustCompile(`[\pL_][\pL\p{Nd}_]*(\.[\pL_][\pL\p{Nd}_]*)*`)
	camel      = regexp.MustCompile(`[\p{Ll}\p{Nd}]\p{Lu}`)
	capital    = regexp.MustCompile(`^\p{Lu}[\p{Ll}\p{Nd}]+$`)
	quotedText = regexp.MustCompile("\"[^\"]{0,200}\"|“[^”]*”|`[^`]*`")
	address    = regexp.MustCompile(`\b(https?://|arXiv[: ]|github\.com/|www\.|doi\.)\S*|\b[\w./-]*/[\w./-]+`)
)

// names are the identifiers of a package, the exported ones apart.
type names struct{ all, exported map[string]bool }

func identifiers(t *testing.T, p listed) names {
	t.Helper()
	n := names{map[string]bool{}, map[string]bool{}}
	fset := token.NewFileSet()
	entries, err := os.ReadDir(p.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		path := filepath.Join(p.Dir, e.Name())
		switch filepath.Ext(path) {
		case ".go":
			file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(node ast.Node) bool {
				if id, ok := node.(*ast.Ident); ok {
					n.all[id.Name] = true
					if id.IsExported() {
						n.exported[id.Name] = true
					}
				}
				return true
			})
		case ".s", ".h":
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range strings.Split(string(text), "\n") {
				code, _, _ := strings.Cut(line, "//")
				for _, w := range docWord.FindAllString(code, -1) {
					n.all[w] = true
				}
			}
		}
	}
	return n
}

func TestNamesInDocCommentsExist(t *testing.T) {
	list, err := os.ReadFile("words.txt")
	if err != nil {
		t.Fatal(err)
	}
	proper := map[string]bool{}
	for _, w := range strings.Fields(string(list)) {
		proper[w] = true
	}
	used := map[string]bool{}
	all := packages(t)
	byPath := map[string]names{}
	byName := map[string][]string{} // package name → paths
	for _, p := range all {
		n := identifiers(t, p)
		byPath[p.ImportPath] = n
		base := filepath.Base(p.ImportPath)
		byName[base] = append(byName[base], p.ImportPath)
	}
	for _, p := range all {
		near := maps.Clone(byPath[p.ImportPath].all)
		for _, path := range p.Imports {
			maps.Copy(near, byPath[path].exported)
		}
		known := func(w string) bool {
			used[w] = used[w] || proper[w]
			return proper[w] || near[w]
		}
		for _, name := range p.GoFiles {
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			imports := map[string]bool{}
			for _, i := range file.Imports {
				imports[filepath.Base(strings.Trim(i.Path.Value, `"`))] = true
			}
			for _, group := range documenting(file) {
				for _, wrong := range unknownNames(group.Text(), known, func(pkg, member string) bool {
					paths := byName[pkg]
					if len(paths) == 0 {
						return true // of another module, or no package at all
					}
					return slices.ContainsFunc(paths, func(path string) bool { return byPath[path].all[member] })
				}) {
					t.Errorf("%s: the comment names %s, which does not exist (proper nouns are in internal/policy/words.txt)", fset.Position(group.Pos()), wrong)
				}
			}
		}
	}
	for w := range proper {
		if !used[w] {
			t.Errorf("words.txt: %s is in no comment any more", w)
		}
	}
}

// documenting returns the comments of a file that document something: of the package, of declarations and of fields.
func documenting(file *ast.File) []*ast.CommentGroup {
	var out []*ast.CommentGroup
	add := func(groups ...*ast.CommentGroup) {
		for _, g := range groups {
			if g != nil && !slices.Contains(out, g) {
				out = append(out, g)
			}
		}
	}
	add(file.Doc)
	ast.Inspect(file, func(node ast.Node) bool {
		switch d := node.(type) {
		case *ast.FuncDecl:
			add(d.Doc)
		case *ast.GenDecl:
			add(d.Doc)
		case *ast.TypeSpec:
			add(d.Doc, d.Comment)
		case *ast.ValueSpec:
			add(d.Doc, d.Comment)
		case *ast.Field:
			add(d.Doc, d.Comment)
		}
		return true
	})
	return out
}

// unknownNames returns the words of a comment that look like names and are none.
func unknownNames(text string, known func(string) bool, member func(pkg, name string) bool) []string {
	var prose []string
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "\t") || strings.HasPrefix(line, "    ") { // code
			line = "."
		}
		prose = append(prose, line)
	}
	text = strings.Join(prose, "\n")
	text = quotedText.ReplaceAllString(text, "·")
	text = address.ReplaceAllString(text, "·")
	var wrong []string
	for _, at := range docWord.FindAllStringIndex(text, -1) {
		word := text[at[0]:at[1]]
		if utf8.RuneCountInString(word) < 3 {
			continue
		}
		before := strings.TrimRight(text[:at[0]], " \n\t()“*")
		first := before == "" || strings.HasSuffix(strings.TrimRight(text[:at[0]], " "), "\n\n") || strings.ContainsAny(before[len(before)-1:], ".:!?;#") || strings.HasSuffix(before, "-") || strings.HasSuffix(before, "·")
		pkg, rest, dotted := strings.Cut(word, ".")
		switch {
		case dotted:
			parts := strings.Split(rest, ".")
			if strings.ToLower(pkg) == pkg && !member(pkg, parts[0]) && ast.IsExported(parts[0]) {
				wrong = append(wrong, word)
			}
		case camel.MatchString(word) && !known(word):
			wrong = append(wrong, word)
		case capital.MatchString(word) && !first && !known(word):
			wrong = append(wrong, word)
		case strings.HasPrefix(text[at[1]:], "(") && ast.IsExported(word) && !first && !known(word):
			wrong = append(wrong, word)
		}
	}
	return wrong
}

func TestUnknownNames(t *testing.T) {
	known := func(w string) bool { return w == "NewPool" || w == "Start" || w == "weightGradient" || w == "Run" }
	member := func(pkg, name string) bool { return pkg != "nn" || name == "Conv" }
	for text, want := range map[string]string{
		"NewPool makes a Run; Start begins it.":                                                              "",
		"Start or Resume makes a Run.":                                                                       "Resume",
		"it is weightGradient, not inputGradient":                                                            "inputGradient",
		"The one is nn.Conv, the other nn.Convolve and io.Reader.":                                           "nn.Convolve",
		"It ends here. Then another begins: Those too. (Moreover.)":                                          "",
		"in code\n\n\tOther = WithSomething(x)\n\nends":                                                      "",
		"one says \"ask NewThing\", “or OldThing”, https://a.b/NewThing, arXiv 1.2 and testdata/NewThing.go": "",
		"calls Verify(x) as well":                                                                            "Verify",
		"x in ℝ, of size N, δD and Aᵀ":                                                                       "",
		"# Heading\n\nA paragraph\n\nAnother paragraph":                                                      "",
	} {
		if got := strings.Join(unknownNames(text, known, member), " "); got != want {
			t.Errorf("%q: found %q, want %q", text, got, want)
		}
	}
}
