package sql

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// Error is an error of a statement: where in its text, what, and where it helps a suggestion.
type Error struct {
	Statement string // the text
	Pos       int    // byte offset in Statement, -1 when there is none
	Line, Col int    // from 1, in characters; 0 when there is no position
	Msg       string
	Hint      string // "did you mean `author`?", or empty
	Err       error  // cause, may be nil
}

// NewError makes an Error about the place pos of a statement, counting its line and column. pos may be -1.
func NewError(statement string, pos int, msg, hint string, cause error) *Error {
	e := &Error{Statement: statement, Pos: pos, Msg: msg, Hint: hint, Err: cause}
	if pos < 0 || pos > len(statement) {
		e.Pos = -1
		return e
	}
	before := statement[:pos]
	e.Line = strings.Count(before, "\n") + 1
	e.Col = utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return e
}

// Error returns the message with line and column.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Msg
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Col, e.Msg)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// detailWidth is how many columns of the statement's line Detail shows.
const detailWidth = 100

// Detail returns the message, the statement's line with a caret below the place, and the hint, without a line break
// at the end. Control characters do not reach the terminal.
func (e *Error) Detail() string {
	var b strings.Builder
	b.WriteString(clean(e.Error()))
	if e.Line > 0 {
		line, caret := e.excerpt()
		b.WriteString("\n  " + line + "\n  " + caret + "^")
	}
	if e.Hint != "" {
		b.WriteString("\n" + clean(e.Hint))
	}
	return b.String()
}

// excerpt returns the line of the error, or the part of a long line around it, and what stands before the caret.
func (e *Error) excerpt() (line, caret string) {
	start := strings.LastIndexByte(e.Statement[:e.Pos], '\n') + 1
	end := len(e.Statement)
	if i := strings.IndexByte(e.Statement[e.Pos:], '\n'); i >= 0 {
		end = e.Pos + i
	}
	before, after := e.Statement[start:e.Pos], strings.TrimRight(e.Statement[e.Pos:end], " \t\r")
	before, cutLeft := lastColumns(before, detailWidth*2/3)
	after, cutRight := firstColumns(after, max(detailWidth/3, detailWidth-runewidth.StringWidth(before)))
	if cutLeft {
		before = "…" + before
	}
	if cutRight {
		after += "…"
	}
	before = clean(before)
	for _, r := range before {
		if r == '\t' {
			caret += "\t"
		} else {
			caret += strings.Repeat(" ", runewidth.RuneWidth(r))
		}
	}
	return before + clean(after), caret
}

// lastColumns returns the end of s that is up to n columns wide.
func lastColumns(s string, n int) (string, bool) {
	for i := len(s); i > 0; {
		r, size := utf8.DecodeLastRuneInString(s[:i])
		if n -= max(1, runewidth.RuneWidth(r)); n < 0 {
			return s[i:], true
		}
		i -= size
	}
	return s, false
}

// firstColumns returns the start of s that is up to n columns wide.
func firstColumns(s string, n int) (string, bool) {
	for i, r := range s {
		if n -= max(1, runewidth.RuneWidth(r)); n < 0 {
			return s[:i], true
		}
	}
	return s, false
}

// clean replaces what a terminal would obey: control characters but tabs and line breaks, and bytes that are not UTF-8.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r >= 0x7f && r < 0xa0 {
			return utf8.RuneError
		}
		return r
	}, s)
}
