package function

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// pattern is a compiled LIKE pattern: segments that follow each other with any number of characters in between.
// The first and the last are tied to the ends of the string; they are empty where the pattern begins or ends with %.
type pattern struct {
	shape    shape
	lit      string // of the shapes without _
	segments []segment
}

// shape is a kind of pattern that has a quick test.
type shape uint8

const (
	general  shape = iota
	equal          // lit
	prefix         // lit%
	suffix         // %lit
	contains       // %lit%
	anything       // %
)

// segment is what stands between two %: literals and single characters.
type segment []part

// part is some _ and then a literal.
type part struct {
	skip int
	lit  string
}

var errEscape = errors.New("LIKE: ESCAPE must be one character")

// compileLike compiles a pattern. escape is one character, which makes the next one a literal, or empty for none.
func compileLike(pat, escape string) (*pattern, error) {
	if utf8.RuneCountInString(escape) > 1 {
		return nil, errEscape
	}
	p := &pattern{}
	var seg segment
	var lit []byte
	skip := 0
	flush := func() {
		if skip > 0 || len(lit) > 0 {
			seg = append(seg, part{skip, string(lit)})
		}
		skip, lit = 0, lit[:0]
	}
	for i := 0; i < len(pat); {
		switch {
		case escape != "" && strings.HasPrefix(pat[i:], escape) && i+len(escape) < len(pat):
			i += len(escape)
			_, w := utf8.DecodeRuneInString(pat[i:])
			lit = append(lit, pat[i:i+w]...)
			i += w
		case pat[i] == '%':
			flush()
			p.segments = append(p.segments, seg)
			seg = nil
			for i++; i < len(pat) && pat[i] == '%' && escape != "%"; i++ {
			}
		case pat[i] == '_':
			if len(lit) > 0 {
				flush()
			}
			skip++
			i++
		default:
			lit = append(lit, pat[i])
			i++
		}
	}
	flush()
	p.segments = append(p.segments, seg)
	p.classify()
	return p, nil
}

// classify finds the pattern's shape.
func (p *pattern) classify() {
	lits := make([]string, len(p.segments))
	for i, s := range p.segments {
		if len(s) > 1 || len(s) == 1 && s[0].skip > 0 {
			return
		}
		if len(s) == 1 {
			lits[i] = s[0].lit
		}
	}
	switch {
	case len(lits) == 1:
		p.shape, p.lit = equal, lits[0]
	case len(lits) == 2 && lits[0] == "" && lits[1] == "":
		p.shape = anything
	case len(lits) == 2 && lits[1] == "":
		p.shape, p.lit = prefix, lits[0]
	case len(lits) == 2 && lits[0] == "":
		p.shape, p.lit = suffix, lits[1]
	case len(lits) == 3 && lits[0] == "" && lits[2] == "":
		p.shape, p.lit = contains, lits[1]
	}
}

func (p *pattern) match(s string) bool {
	switch p.shape {
	case equal:
		return s == p.lit
	case prefix:
		return strings.HasPrefix(s, p.lit)
	case suffix:
		return strings.HasSuffix(s, p.lit)
	case contains:
		return strings.Contains(s, p.lit)
	case anything:
		return true
	}
	s, ok := p.segments[0].after(s)
	if !ok || len(p.segments) == 1 {
		return ok && s == ""
	}
	last := len(p.segments) - 1
	s, ok = p.segments[last].before(s)
	if !ok {
		return false
	}
	for _, g := range p.segments[1:last] { // the leftmost place is as good as any
		if s, ok = g.find(s); !ok {
			return false
		}
	}
	return true
}

// after matches g at the start of s and returns what follows.
func (g segment) after(s string) (string, bool) {
	for _, p := range g {
		for range p.skip {
			if s == "" {
				return "", false
			}
			_, w := utf8.DecodeRuneInString(s)
			s = s[w:]
		}
		if !strings.HasPrefix(s, p.lit) {
			return "", false
		}
		s = s[len(p.lit):]
	}
	return s, true
}

// before matches g at the end of s and returns what stands before.
func (g segment) before(s string) (string, bool) {
	for i := len(g) - 1; i >= 0; i-- {
		if !strings.HasSuffix(s, g[i].lit) {
			return "", false
		}
		s = s[:len(s)-len(g[i].lit)]
		for range g[i].skip {
			if s == "" {
				return "", false
			}
			_, w := utf8.DecodeLastRuneInString(s)
			s = s[:len(s)-w]
		}
	}
	return s, true
}

// find matches g at the leftmost place in s and returns what follows.
func (g segment) find(s string) (string, bool) {
	for {
		if g[0].skip == 0 {
			i := strings.Index(s, g[0].lit)
			if i < 0 {
				return "", false
			}
			s = s[i:]
		}
		if rest, ok := g.after(s); ok {
			return rest, true
		}
		if s == "" {
			return "", false
		}
		_, w := utf8.DecodeRuneInString(s)
		s = s[w:]
	}
}

// likeKernel makes the kernel of LIKE, which compiles a pattern when it differs from the one before.
func likeKernel() Kernel {
	var p *pattern
	var pat, escape string
	return func(args []*vector.Vec, out *vector.Vec) error {
		strs, pats := args[0].Strings(), args[1].Strings()
		steady := args[1].Const && (len(args) < 3 || args[2].Const)
		for i, s := range strs {
			if i == 0 || !steady {
				if !steady && out.IsNull(i) {
					continue
				}
				esc := `\`
				if len(args) == 3 {
					esc = args[2].Strings()[i]
				}
				if p == nil || pats[i] != pat || esc != escape {
					var err error
					if p, err = compileLike(pats[i], esc); err != nil {
						return err
					}
					pat, escape = strings.Clone(pats[i]), strings.Clone(esc)
				}
			}
			out.Bool[i] = p.match(s)
		}
		return nil
	}
}

var like = Overload{
	Args: []column.Type{column.String, column.String, column.String}, Optional: 1, Result: column.Bool, Prepare: likeKernel,
}
