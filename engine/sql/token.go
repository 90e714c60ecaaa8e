package sql

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is the class of a token.
type kind uint8

const (
	eof    kind = iota
	word        // an unquoted name or keyword
	quoted      // a name in backticks
	text        // a string in '…' or "…"
	number      // 42, 2.5e3, 0x1f
	hexa        // x'4142', a string
	param       // ? or :name
	op          // + <= || …
	open        // (
	closed      // )
	comma
	dot
	semi
)

// token is a piece of a statement: bytes pos to end of its text.
type token struct {
	kind     kind
	pos, end int32
	// mate is the index of the other parenthesis, of an open or closed one; up that of the open parenthesis around the
	// token, -1 outside all.
	mate, up int32
}

// lexer cuts text into tokens. It goes over it once and does not recurse.
type lexer struct {
	text string
	pos  int
}

// errAt is a lexer's error, without the statement.
type errAt struct {
	pos       int
	msg, hint string
}

// next returns the next token. Comments and white space are skipped.
func (l *lexer) next() (token, *errAt) {
	if err := l.skip(); err != nil {
		return token{}, err
	}
	start := l.pos
	if start == len(l.text) {
		return l.tok(eof, start), nil
	}
	c := l.text[start]
	switch {
	case isWordStart(c):
		return l.word()
	case isDigit(c), c == '.' && start+1 < len(l.text) && isDigit(l.text[start+1]):
		return l.number()
	case c == '\'' || c == '"':
		return l.quote(c, text)
	case c == '`':
		return l.quote(c, quoted)
	}
	l.pos++
	switch c {
	case '(':
		return l.tok(open, start), nil
	case ')':
		return l.tok(closed, start), nil
	case ',':
		return l.tok(comma, start), nil
	case '.':
		return l.tok(dot, start), nil
	case ';':
		return l.tok(semi, start), nil
	case '?':
		return l.tok(param, start), nil
	case 0:
		return token{}, &errAt{start, "the statement holds a NUL byte", ""}
	case '@':
		return token{}, &errAt{start, "variables (@name) are not supported", "use a parameter, ? or :name"}
	case ':':
		return l.colon(start)
	}
	return l.operator(start)
}

func (l *lexer) tok(k kind, start int) token {
	return token{kind: k, pos: int32(start), end: int32(l.pos), mate: -1, up: -1}
}

// at returns byte i places ahead, or 0.
func (l *lexer) at(i int) byte {
	if l.pos+i < len(l.text) {
		return l.text[l.pos+i]
	}
	return 0
}

// skip goes past white space and comments.
func (l *lexer) skip() *errAt {
	for l.pos < len(l.text) {
		switch c := l.text[l.pos]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v':
			l.pos++
		case c == '#' || c == '-' && l.at(1) == '-':
			if c == '-' && l.glued() {
				return &errAt{l.pos, "-- starts a comment", "to subtract a negative number write a - -b"}
			}
			l.line()
		case c == '/' && l.at(1) == '*':
			if l.at(2) == '!' {
				return &errAt{l.pos, "MySQL's executable comments (/*! … */) are not supported", ""}
			}
			end := strings.Index(l.text[l.pos+2:], "*/")
			if end < 0 {
				return &errAt{l.pos, "the comment is not closed", "close it with */"}
			}
			l.pos += end + 4
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(l.text[l.pos:])
			if !unicode.IsSpace(r) && r != '\ufeff' {
				return nil
			}
			l.pos += size
		default:
			return nil
		}
	}
	return nil
}

// glued reports whether the -- here is more likely meant as two minus signs, as in 1--1.
func (l *lexer) glued() bool {
	if l.pos == 0 {
		return false
	}
	before, after := l.text[l.pos-1], l.at(2)
	return (isWordByte(before) || before == ')') && (isDigit(after) || after == '.' || after == '(')
}

func (l *lexer) line() {
	if i := strings.IndexByte(l.text[l.pos:], '\n'); i >= 0 {
		l.pos += i + 1
	} else {
		l.pos = len(l.text)
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isWordStart(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '$' || c >= utf8.RuneSelf
}
func isWordByte(c byte) bool { return isWordStart(c) || isDigit(c) }

func (l *lexer) word() (token, *errAt) {
	start := l.pos
	for l.pos < len(l.text) && isWordByte(l.text[l.pos]) {
		if l.text[l.pos] < utf8.RuneSelf {
			l.pos++
			continue
		}
		r, size := utf8.DecodeRuneInString(l.text[l.pos:])
		if r == utf8.RuneError || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			if l.pos > start {
				break
			}
			if r == utf8.RuneError && size == 1 {
				return token{}, &errAt{l.pos, "a byte that is not UTF-8", ""}
			}
			return token{}, &errAt{l.pos, "unexpected character " + string(r), "names with such characters go in `backticks`"}
		}
		l.pos += size
	}
	if c := l.at(0); c == '\'' || c == '"' {
		w := l.text[start:l.pos]
		if strings.EqualFold(w, "x") {
			return l.hex(start)
		}
		if len(w) <= 2 {
			return token{}, &errAt{start, w + string(c) + "…" + string(c) + " is not supported", "plain strings are '…', with \\ as the escape"}
		}
	}
	return l.tok(word, start), nil
}

func (l *lexer) hex(start int) (token, *errAt) {
	t, err := l.quote(l.text[l.pos], hexa)
	if err != nil {
		return t, err
	}
	t.pos = int32(start)
	digits := l.text[start+2 : l.pos-1]
	for i := range len(digits) {
		if !isHex(digits[i]) {
			return token{}, &errAt{start, "x'…' holds hexadecimal digits only", ""}
		}
	}
	if len(digits)%2 != 0 {
		return token{}, &errAt{start, "x'…' needs an even number of digits", ""}
	}
	return t, nil
}

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

func (l *lexer) number() (token, *errAt) {
	start := l.pos
	digits := func(is func(byte) bool) (n int) {
		for ; is(l.at(0)); n++ {
			l.pos++
		}
		return n
	}
	if l.at(0) == '0' && l.at(1)|0x20 == 'x' {
		l.pos += 2
		if digits(isHex) == 0 {
			return token{}, &errAt{start, "malformed number " + l.text[start:l.pos], ""}
		}
	} else {
		digits(isDigit)
		if l.at(0) == '.' {
			l.pos++
			digits(isDigit)
		}
		if l.at(0)|0x20 == 'e' {
			l.pos++
			if c := l.at(0); c == '+' || c == '-' {
				l.pos++
			}
			if digits(isDigit) == 0 {
				digits(isWordByte)
				return token{}, &errAt{start, "malformed number " + l.text[start:l.pos], nameHint}
			}
		}
	}
	if isWordByte(l.at(0)) {
		digits(isWordByte)
		return token{}, &errAt{start, "malformed number " + l.text[start:l.pos], nameHint}
	}
	return l.tok(number, start), nil
}

const nameHint = "names that start with a digit go in `backticks`"

// quote reads a string or quoted name that starts here, to its closing delimiter; a doubled one stands for itself.
func (l *lexer) quote(delim byte, k kind) (token, *errAt) {
	start := l.pos
	for l.pos++; l.pos < len(l.text); l.pos++ {
		switch c := l.text[l.pos]; {
		case c == '\\' && k != quoted:
			l.pos++
		case c == delim && l.at(1) == delim:
			l.pos++
		case c == delim:
			l.pos++
			if k == quoted && l.pos == start+2 {
				return token{}, &errAt{start, "an empty name", ""}
			}
			return l.tok(k, start), nil
		case c == 0 && k != text:
			return token{}, &errAt{l.pos, "the name holds a NUL byte", ""}
		}
	}
	what := "string"
	if k == quoted {
		what = "name"
	}
	l.pos = len(l.text)
	return token{}, &errAt{start, "the quoted " + what + " is not closed", "close it with " + string(delim)}
}

func (l *lexer) colon(start int) (token, *errAt) {
	switch {
	case l.at(0) == ':':
		return token{}, &errAt{start, "x::type is not supported", "write CAST(x AS type)"}
	case l.at(0) == '=':
		return token{}, &errAt{start, ":= is not supported", ""}
	case !isWordStart(l.at(0)):
		return token{}, &errAt{start, "unexpected character :", "parameters are ? or :name"}
	}
	for isWordByte(l.at(0)) {
		l.pos++
	}
	return l.tok(param, start), nil
}

// operators, the longer ones first. The values are errors for those that SQL lacks.
var operators = []struct{ sign, msg, hint string }{
	{"<=>", "", ""}, {"->>", "JSON operators are not supported", ""}, {"->", "JSON operators are not supported", ""},
	{"<=", "", ""}, {"<>", "", ""}, {"<<", "", ""}, {">=", "", ""}, {">>", "", ""}, {"!=", "", ""},
	{"==", "unknown operator ==", "equality is a single ="}, {"**", "unknown operator **", "use POWER(x, y)"},
	{"||", "", ""}, {"&&", "", ""}, {"//", "unknown operator //", "integer division is DIV"},
	{"+", "", ""}, {"-", "", ""}, {"*", "", ""}, {"/", "", ""}, {"%", "", ""}, {"&", "", ""}, {"|", "", ""},
	{"^", "", ""}, {"~", "", ""}, {"!", "", ""}, {"=", "", ""}, {"<", "", ""}, {">", "", ""},
}

func (l *lexer) operator(start int) (token, *errAt) {
	rest := l.text[start:]
	for _, o := range operators {
		if !strings.HasPrefix(rest, o.sign) {
			continue
		}
		if o.msg != "" {
			return token{}, &errAt{start, o.msg, o.hint}
		}
		l.pos = start + len(o.sign)
		return l.tok(op, start), nil
	}
	return token{}, &errAt{start, "unexpected character " + rest[:1], ""}
}

// unquote decodes the text of a string token. As in MySQL, \% and \_ keep their backslash, for LIKE.
func unquote(s string) string {
	delim := s[0]
	s = s[1 : len(s)-1]
	if strings.IndexByte(s, '\\') < 0 && strings.IndexByte(s, delim) < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == delim:
			i++
		case c == '\\' && i+1 < len(s):
			i++
			switch e := s[i]; e {
			case '0':
				c = 0
			case 'b':
				c = '\b'
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			case 't':
				c = '\t'
			case 'Z':
				c = 26
			case '%', '_':
				b = append(b, c)
				c = e
			default:
				c = e
			}
		}
		b = append(b, c)
	}
	return string(b)
}
