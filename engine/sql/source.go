package sql

import (
	"fmt"
	"strings"
)

// source is a statement's text cut into tokens. The last token is eof. Binding refers to places of the text by the
// index of a token.
type source struct {
	text string
	toks []token
}

// Limits bound what a statement may ask of the parser, so that hostile or generated text fails at once and cheaply. Zero
// fields take their defaults.
type Limits struct {
	Bytes     int // length of the text; 64 KiB
	Depth     int // nesting of parentheses and CASE; 100
	Unary     int // signs and NOTs in a row; 50
	Operators int // operators in all; 10,000
	Selects   int // SELECTs, and so UNIONs, in all; 500
}

func (l Limits) orDefaults() Limits {
	def := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	def(&l.Bytes, 64<<10)
	def(&l.Depth, 100)
	def(&l.Unary, 50)
	def(&l.Operators, 10_000)
	def(&l.Selects, 500)
	return l
}

// guard counts, token by token, what grows the parser's memory and the depth of its tree.
type guard struct {
	Limits
	parens, cases, unary, operators, selects int
}

// add counts a token whose text is s. It says which limit is passed.
func (g *guard) add(t token, s string) string {
	unary := false
	switch t.kind {
	case op:
		g.operators++
		unary = true
	case open:
		g.parens++
		unary = g.unary > 0
	case closed:
		g.parens--
	case word:
		switch {
		case len(s) > 8:
		case keywordIn(s, "not", "binary", "interval"):
			g.operators++
			unary = true
		case keywordIn(s, "and", "or", "in", "is", "like", "rlike", "regexp", "between", "div", "mod", "when"):
			g.operators++
		case strings.EqualFold(s, "case"):
			g.cases++
		case strings.EqualFold(s, "end"):
			g.cases = max(0, g.cases-1)
		case strings.EqualFold(s, "select"):
			g.selects++
		}
	}
	if !unary {
		g.unary = 0
	} else if t.kind != open {
		g.unary++
	}
	switch {
	case g.parens+g.cases > g.Depth:
		return fmt.Sprintf("nested too deeply: the limit is %d parentheses and CASEs", g.Depth)
	case g.unary > g.Unary:
		return fmt.Sprintf("more than %d signs in a row", g.Unary)
	case g.operators > g.Operators:
		return fmt.Sprintf("more than %d operators in a statement", g.Operators)
	case g.selects > g.Selects:
		return fmt.Sprintf("more than %d SELECTs in a statement", g.Selects)
	}
	return ""
}

func keywordIn(s string, words ...string) bool {
	for _, w := range words {
		if strings.EqualFold(s, w) {
			return true
		}
	}
	return false
}

// scan cuts text into tokens and checks it against the limits, in one flat pass that stops at the first error.
func scan(text string, limits Limits) (*source, error) {
	limits = limits.orDefaults()
	if len(text) > limits.Bytes {
		return nil, NewError(text, -1, fmt.Sprintf("the statement is %d bytes long: the limit is %d", len(text), limits.Bytes),
			"load long lists of values as a table", nil)
	}
	s := &source{text: text}
	l, g := &lexer{text: text}, guard{Limits: limits}
	up := int32(-1)
	for {
		t, err := l.next()
		if err != nil {
			return nil, NewError(text, err.pos, err.msg, err.hint, nil)
		}
		i := int32(len(s.toks))
		t.up = up
		if msg := g.add(t, text[t.pos:t.end]); msg != "" {
			return nil, NewError(text, int(t.pos), msg, "", nil)
		}
		switch t.kind {
		case open:
			up = i
		case closed:
			if up < 0 {
				return nil, NewError(text, int(t.pos), "a ) without its (", "", nil)
			}
			t.mate = up
			s.toks[up].mate = i
			up = s.toks[up].up
			t.up = up
		}
		s.toks = append(s.toks, t)
		if t.kind != eof {
			continue
		}
		if up >= 0 {
			return nil, NewError(text, int(s.toks[up].pos), "the ( is not closed", "", nil)
		}
		return s, nil
	}
}

// raw returns the text of token i as it was written.
func (s *source) raw(i int) string { return s.text[s.toks[i].pos:s.toks[i].end] }

// kind returns the kind of token i; eof past the end.
func (s *source) kind(i int) kind {
	if i < 0 || i >= len(s.toks) {
		return eof
	}
	return s.toks[i].kind
}

// is reports whether token i is one of the words, in any case.
func (s *source) is(i int, words ...string) bool {
	return s.kind(i) == word && keywordIn(s.raw(i), words...)
}

// isOp reports whether token i is the operator.
func (s *source) isOp(i int, sign string) bool { return s.kind(i) == op && s.raw(i) == sign }

// value returns the name or string that token i stands for.
func (s *source) value(i int) string {
	switch s.kind(i) {
	case word, number:
		return s.raw(i)
	case quoted:
		r := s.raw(i)
		return strings.ReplaceAll(r[1:len(r)-1], "``", "`")
	case text:
		return unquote(s.raw(i))
	}
	return ""
}

// isName reports whether token i can be a name.
func (s *source) isName(i int) bool { return s.kind(i) == word || s.kind(i) == quoted }

// errorf makes an error about token i.
func (s *source) errorf(i int, hint, format string, args ...any) *Error {
	pos := -1
	if i >= 0 && i < len(s.toks) {
		pos = int(s.toks[i].pos)
	}
	return NewError(s.text, pos, fmt.Sprintf(format, args...), hint, nil)
}

// wrap makes an error about token i with a cause, whose message it takes over.
func (s *source) wrap(i int, hint string, err error) *Error {
	e := s.errorf(i, hint, "%s", err)
	e.Err = err
	return e
}
