package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"anila/train/report"
)

// words splits an example as a shell would: blanks, single quotes.
func words(line string) []string {
	var out []string
	for _, w := range regexp.MustCompile(`'[^']*'|\S+`).FindAllString(line, -1) {
		out = append(out, strings.Trim(w, "'"))
	}
	return out
}

// TestExamples runs every example of every --help in one folder, those of train first, so that the others find its runs.
// Only the length of the work is cut down, and downloads come from a local server.
func TestExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("runs every command")
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "pictures"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.png", "b.png"} {
		if err := report.WritePNG(filepath.Join(dir, "pictures", name), picture(make([]float32, 16*16*3), 16, 16, 3)); err != nil {
			t.Fatal(err)
		}
	}
	real := os.Getenv("ANILA_DATA")
	if real != "" {
		if err := os.Symlink(real, filepath.Join(dir, "data")); err != nil {
			t.Skip("cannot link the data folder:", err)
		}
	}
	var lines []string
	every(newRoot(), func(c *cobra.Command) {
		for line := range strings.Lines(c.Example) {
			if line = strings.TrimSpace(line); !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
		}
	})
	slices.SortStableFunc(lines, func(a, b string) int { return place(a) - place(b) })
	for _, line := range lines {
		t.Run(line, func(t *testing.T) {
			arguments := words(line)[1:]
			switch {
			case (strings.Contains(line, "--data data") || strings.Contains(line, "--dir data")) && real == "":
				t.Skip("ANILA_DATA is not set")
			case strings.Contains(line, " data get "):
				server := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(real, "mnist"))))
				defer server.Close()
				arguments[len(arguments)-1] = "new"
				arguments = append(arguments, "--from", server.URL)
			case strings.HasPrefix(line, "anila-cpu train --resume"), strings.HasPrefix(line, "anila-cpu train --from"):
				arguments[len(arguments)-1] = "train.iterations=6"
			case strings.Contains(line, " --merge "):
			case arguments[0] == "train" || arguments[0] == "compare":
				arguments = append(arguments, "--set", "train.iterations=4", "--set", "train.batch=16", "--set", "sampler.steps=2")
			case arguments[0] == "eval" && strings.Contains(line, "--dir data"):
				arguments = append(arguments, "--n", "20", "--reference-n", "30")
			case arguments[0] == "bench":
				arguments = append(arguments, "--repeats", "1")
			}
			anila(t, dir, arguments...).want(t, exitDone)
		})
	}
}

// place orders the examples: what makes files comes before what reads them.
func place(line string) int {
	for i, command := range []string{" train", " sample", ""} {
		if strings.HasPrefix(line, "anila-cpu"+command) && !strings.Contains(line, "--resume") {
			return i
		}
	}
	return 3
}
