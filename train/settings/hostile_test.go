package settings

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// within fails when f takes out of all proportion: the parser needs about a second and 300 MB for a megabyte of what is hardest.
func within(t *testing.T, what string, f func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	f()
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; took > 20*time.Second || n > 1<<30 {
		t.Errorf("%s: %v, %d bytes allocated", what, took, n)
	}
}

// hostile builds a text that a parser may find hard: deep, wide, long, cut off.
func hostile(kind, size int) string {
	repeat := func(s string) string { return strings.Repeat(s, size/len(s)+1) }
	switch kind % 20 {
	case 0:
		return "x = " + repeat("[")
	case 1:
		return "x = " + repeat("[") + repeat("]")
	case 2:
		return "x = " + repeat("{a=")
	case 3:
		return "x = " + repeat("{a=[")
	case 4:
		return repeat("a.") + "b = 1"
	case 5:
		return "[" + repeat("a.") + "b]"
	case 6:
		return "[[" + repeat("a.") + "b]]"
	case 7:
		return "x = {" + repeat("a.") + "b = 1}"
	case 8:
		return "x = \"\"\"a\"\"\"\"\nx = " + repeat("[") // a quote that belongs to the string before
	case 9:
		return "x = [\"\"\"a\"\"\"\", " + repeat("[")
	case 10:
		return "x = ['''a''''', " + repeat("[")
	case 11:
		return "x = [ # ]]]\n" + repeat("[ # ]\n")
	case 12:
		return "\"" + repeat("a") + "\" = 1"
	case 13:
		return "x = \"" + repeat("a") + "\""
	case 14:
		return "x = [" + repeat("1,") + "]"
	case 15:
		return repeat("[[a]]\n")
	case 16:
		return repeat("[a.b.c.d.e.f.g.h]\n")
	case 17:
		return "x = " + repeat("9")
	case 18:
		return "sampler.steps = \"" + repeat("é") + "\""
	}
	return "x = \"\\" + repeat("[")
}

// TestHostileConfigurations: whatever is nested, large or endless is refused before it costs time, in a few words, wherever it
// comes from: a file, --set, the settings inside weights.
func TestHostileConfigurations(t *testing.T) {
	for kind := range 20 {
		for _, size := range []int{200, 40_000, 200_000, 3 << 20} {
			text := hostile(kind, size)
			within(t, text[:40], func() {
				_, err := Resolve(Layers{File: "x.toml", Text: []byte(text)})
				if err == nil || len(err.Error()) > 2000 {
					t.Errorf("%.40q, %d bytes: %.300v", text, size, err)
				}
				if _, value, ok := strings.Cut(text, "x = "); ok && size < 1<<20 {
					if _, err := Resolve(Layers{Preset: "rings-small", Settings: []string{"seed=" + value}}); err == nil || len(err.Error()) > 2000 {
						t.Errorf("--set %.40q, %d bytes: %.300v", text, size, err)
					}
				}
			})
		}
	}
}

// TestDepth: nesting up to the bound is read, one more is refused, however it comes about.
func TestDepth(t *testing.T) {
	for name, build := range map[string]func(n int) string{
		"arrays":       func(n int) string { return "x = " + strings.Repeat("[", n) + strings.Repeat("]", n) },
		"tables":       func(n int) string { return "x = " + strings.Repeat("{a=", n) + "1" + strings.Repeat("}", n) },
		"a dotted key": func(n int) string { return strings.Repeat("a.", n) + "a = 1" },
		"a header":     func(n int) string { return "[" + strings.Repeat("a.", n-1) + "a]" },
		"in a comment": func(n int) string {
			return "x = [1] # " + strings.Repeat("[", n-maxNesting) + "\ny = " + strings.Repeat("[", n) + strings.Repeat("]", n)
		},
		"after a string": func(n int) string { return "x = [\"a\\\"[\"]\ny = " + strings.Repeat("[", n) + strings.Repeat("]", n) },
		"a long string": func(n int) string {
			return "x = \"\"\"[[[\n\"[[\"\"\"\"\"\ny = " + strings.Repeat("[", n) + strings.Repeat("]", n)
		},
	} {
		if _, err := decode([]byte(build(maxNesting))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := decode([]byte(build(maxNesting + 1))); err == nil || !strings.Contains(err.Error(), "nested deeper") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for text, want := range map[string]bool{ // no nesting at all, whatever it looks like
		"x = \"" + strings.Repeat("[", 100) + "\"": true, "x = '" + strings.Repeat("[.", 100) + "'": true, "# " + strings.Repeat("[", 100): true,
		"x = [" + strings.Repeat("1.5, ", 1000) + "]": true, strings.Repeat("[a]\nb = [[1], [2.5]]\n", 1): true,
	} {
		if _, err := decode([]byte(text)); (err == nil) != want {
			t.Errorf("%.60q: %v", text, err)
		}
	}
}

// TestEndlessFiles: a configuration is read to its bound and no further; pipes give one, as the shell's <(…) does.
func TestEndlessFiles(t *testing.T) {
	if _, err := os.Stat("/dev/zero"); err != nil {
		t.Skip(err)
	}
	for _, name := range []string{"/dev/zero", "/dev/random", t.TempDir()} {
		if _, err := Resolve(Layers{File: name}); err == nil || !strings.Contains(err.Error(), filepath.Base(name)) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := Reopen(name, nil, nil); err == nil {
			t.Errorf("%s was reopened", name)
		}
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	w.WriteString("seed = 7\n")
	w.Close()
	if runtime.GOOS == "linux" {
		c, err := Resolve(Layers{File: "/dev/fd/" + fd(r)})
		if err != nil || c.Train.Seed != 7 {
			t.Errorf("a pipe: %+v, %v", c.Train.Seed, err)
		}
	}
}

func fd(f *os.File) string {
	n := int(f.Fd())
	return strings.TrimLeft(string([]byte{'0' + byte(n/100), '0' + byte(n/10%10), '0' + byte(n%10)}), "0")
}

// FuzzHostileConfig builds texts out of what is hard to parse, and cuts and joins them; time and memory are held.
func FuzzHostileConfig(f *testing.F) {
	for kind := range 20 {
		f.Add(uint64(kind), uint16(kind), uint16(kind+1), uint32(5000))
	}
	f.Fuzz(func(t *testing.T, seed uint64, a, b uint16, size uint32) {
		random := rand.New(rand.NewPCG(seed, uint64(size)))
		n := int(size % (1 << 20))
		text := hostile(int(a), n/2)
		text = text[:random.IntN(len(text)+1)] + []string{"", "\n", "\"", "]", "'''", "}\n"}[random.IntN(6)] + hostile(int(b), n/2)
		text = text[:min(len(text), maxText)]
		within(t, text[:min(len(text), 40)], func() {
			if _, err := Resolve(Layers{File: "x.toml", Text: []byte(text)}); err != nil && len(err.Error()) > 2000 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
		})
	})
}
