package weightfile

import (
	"fmt"
	"strconv"
	"strings"
)

type npyHeader struct {
	descr   string
	fortran bool
	shape   []int
}

// parseNPYHeader reads the dictionary; at is the place of what is wrong.
func parseNPYHeader(s string) (h npyHeader, at int, err error) {
	p := &npyParser{s: s}
	seen := map[string]bool{}
	p.expect('{')
	for !p.accept('}') && p.err == nil {
		key := p.quoted()
		p.expect(':')
		switch key {
		case "descr":
			h.descr = p.quoted()
		case "fortran_order":
			h.fortran = p.boolean()
		case "shape":
			h.shape = p.tuple()
		default:
			p.fail("unknown key %q", key)
		}
		if seen[key] {
			p.fail("key %q twice", key)
		}
		seen[key] = true
		if !p.accept(',') && p.peek() != '}' {
			p.fail("neither , nor } after %q", key)
		}
	}
	if p.err == nil && len(seen) != 3 {
		p.fail("descr, fortran_order and shape are needed")
	}
	if p.err == nil && strings.TrimSpace(p.s[p.at:]) != "" {
		p.fail("text after the dictionary")
	}
	return h, p.at, p.err
}

// npyParser reads the few forms of Python literals that a .npy header is made of. After the first error it stands still.
type npyParser struct {
	s   string
	at  int
	err error
}

func (p *npyParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(".npy header: "+format, args...)
	}
}

func (p *npyParser) peek() byte {
	for p.at < len(p.s) && strings.IndexByte(" \t\r\n", p.s[p.at]) >= 0 {
		p.at++
	}
	if p.at == len(p.s) || p.err != nil {
		return 0
	}
	return p.s[p.at]
}

func (p *npyParser) accept(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.at++
	return true
}

func (p *npyParser) expect(c byte) {
	if !p.accept(c) {
		p.fail("%q expected", c)
	}
}

func (p *npyParser) quoted() string {
	q := p.peek()
	if q != '\'' && q != '"' {
		p.fail("a quoted string expected")
		return ""
	}
	end := strings.IndexByte(p.s[p.at+1:], q)
	if end < 0 {
		p.fail("a string without end")
		return ""
	}
	v := p.s[p.at+1 : p.at+1+end]
	p.at += end + 2
	return v
}

func (p *npyParser) boolean() bool {
	p.peek()
	for _, word := range []string{"True", "False"} {
		if strings.HasPrefix(p.s[p.at:], word) {
			p.at += len(word)
			return word == "True"
		}
	}
	p.fail("True or False expected")
	return false
}

func (p *npyParser) tuple() []int {
	shape := []int{}
	p.expect('(')
	for !p.accept(')') && p.err == nil {
		start := p.at
		for p.at < len(p.s) && p.s[p.at] >= '0' && p.s[p.at] <= '9' {
			p.at++
		}
		v, err := strconv.ParseInt(p.s[start:p.at], 10, 48)
		if err != nil {
			p.fail("%q is no dimension", p.s[start:p.at])
			return nil
		}
		p.accept('L') // Python 2
		if shape = append(shape, int(v)); len(shape) > npyMaxRank {
			p.fail("more than %d dimensions", npyMaxRank)
		}
		if !p.accept(',') && p.peek() != ')' {
			p.fail("neither , nor ) in the shape")
		}
	}
	return shape
}
