package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestLinesFitTheTerminal: what moves on a terminal never wraps, however it is cut into writes.
func TestLinesFitTheTerminal(t *testing.T) {
	text := "\rrun 2 of 6  gap −0.0123, all runs: 5m left  82% |███████░░░| (82/100, 105 iterations/s) [0s:0s]\r" + strings.Repeat(" ", 90) + "\rdone\nshort\n"
	for _, width := range []int{1, 2, 20, 60, 200} {
		for _, step := range []int{1, 7, len(text)} {
			var out bytes.Buffer
			c := &cutter{out: &out, width: func() int { return width }}
			for rest := text; rest != ""; {
				n := min(step, len(rest))
				for n < len(rest) && !utf8.RuneStart(rest[n]) {
					n++
				}
				if taken, err := c.Write([]byte(rest[:n])); taken != n || err != nil {
					t.Fatal(taken, err)
				}
				rest = rest[n:]
			}
			for _, line := range strings.FieldsFunc(out.String(), func(r rune) bool { return r == '\r' || r == '\n' }) {
				if utf8.RuneCountInString(line) > width-1 || !strings.Contains(text, line) {
					t.Errorf("width %d, writes of %d: %q", width, step, line)
				}
			}
			if width == 200 && out.String() != text {
				t.Errorf("what fits is changed: %q", out.String())
			}
		}
	}
}
