package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// Bounds on a configuration, whoever it comes from: the parser takes time that grows with the square of the nesting and
// worse, and the parts of a value are looked at more than once.
const (
	maxText    = 1 << 20 // bytes
	maxNesting = 32
)

// readFile reads a configuration: a file, or what a pipe or a device gives, up to maxText bytes.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("train: configuration: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxText+1))
	if err != nil {
		return nil, fmt.Errorf("train: configuration: %w", err)
	}
	return b, nil
}

// decode parses a configuration within the bounds.
func decode(text []byte) (m map[string]any, err error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("more than %d bytes are no configuration", maxText)
	}
	if at := tooDeep(text); at >= 0 {
		return nil, fmt.Errorf("line %d: nested deeper than %d", 1+bytes.Count(text[:at], []byte("\n")), maxNesting)
	}
	if _, err = toml.Decode(string(text), &m); err != nil {
		return nil, errors.New(short(err.Error()))
	}
	return m, nil
}

// tooDeep returns the first byte of a text at which arrays, tables and dotted keys are nested deeper than maxNesting, −1 where
// none is. Of text that is no TOML it may count too much, never too little.
func tooDeep(text []byte) int {
	brackets, dots := 0, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '#':
			for i < len(text) && text[i] != '\n' {
				i++
			}
			dots = 0
		case '"', '\'':
			i = endOfString(text, i)
		case '[', '{':
			brackets++
			dots = 0
		case ']', '}':
			brackets = max(0, brackets-1)
		case '.':
			dots++
		case '=', ',', '\n':
			dots = 0
		}
		if brackets+dots > maxNesting {
			return i
		}
	}
	return -1
}

// endOfString returns the last byte of the string that begins at i, or of the text.
func endOfString(text []byte, i int) int {
	quote := text[i : i+1]
	long := bytes.HasPrefix(text[i:], bytes.Repeat(quote, 3))
	if long {
		quote = bytes.Repeat(quote, 3)
		i += 2
	}
	for i++; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote[0] == '"':
			i++
		case text[i] == '\n' && !long:
			return i
		case bytes.HasPrefix(text[i:], quote):
			i += len(quote) - 1
			for range 2 { // a long string may end in two quotes of its own
				if long && i+1 < len(text) && text[i+1] == quote[0] {
					i++
				}
			}
			return i
		}
	}
	return len(text) - 1
}

// quote writes a string as TOML does: Go's escapes \a, \v and \x are none of TOML's.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r >= 0x7f && r < 0xa0:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}

// short cuts what a file says to what an error can print.
func short(s string) string {
	const most = 300
	if len(s) <= most {
		return s
	}
	end := most
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
