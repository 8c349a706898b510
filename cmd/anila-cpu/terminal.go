package main

import (
	"io"
	"os"
	"unicode/utf8"

	"golang.org/x/term"
)

// isTerminal reports whether w is a terminal: progress moves there and is plain lines elsewhere.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// terminalWidth is the number of columns of a terminal, 80 where it does not say.
func terminalWidth(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 {
			return columns
		}
	}
	return 80
}

// cutter passes on lines as far as they fit: a line that is written over must not wrap. The last column stays free, where
// some terminals wrap already.
type cutter struct {
	out    io.Writer
	width  func() int
	column int
}

// Write implements io.Writer. It has taken what it cuts off.
func (c *cutter) Write(p []byte) (int, error) {
	width, kept := c.width(), make([]byte, 0, len(p))
	for i := 0; i < len(p); {
		r, size := utf8.DecodeRune(p[i:])
		switch {
		case r == '\r' || r == '\n':
			c.column = 0
		case c.column >= width-1:
			i += size
			continue
		default:
			c.column++
		}
		kept = append(kept, p[i:i+size]...)
		i += size
	}
	if _, err := c.out.Write(kept); err != nil {
		return 0, err
	}
	return len(p), nil
}
