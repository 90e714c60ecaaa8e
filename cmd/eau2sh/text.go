package main

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/text"
)

// appendValid appends s with every byte that is not UTF-8 as U+FFFD.
func appendValid(b []byte, s string) []byte {
	if utf8.ValidString(s) {
		return append(b, s...)
	}
	for _, r := range s {
		b = utf8.AppendRune(b, r)
	}
	return b
}

// appendVisible appends s with what a terminal would obey or hide as an escape: \n, \x1b, \u202e. Bytes that are
// not UTF-8 become U+FFFD.
func appendVisible(b []byte, s string) []byte {
	for _, r := range s {
		b = appendVisibleRune(b, r)
	}
	return b
}

func appendVisibleRune(b []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	switch {
	case r >= ' ' && r < 0x7f:
		return append(b, byte(r))
	case r == '\n':
		return append(b, `\n`...)
	case r == '\t':
		return append(b, `\t`...)
	case r == '\r':
		return append(b, `\r`...)
	case r < 0x80:
		return append(b, '\\', 'x', hex[r>>4], hex[r&15])
	case isUnsafe(r):
		return append(b, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
	}
	return utf8.AppendRune(b, r)
}

// isUnsafe says whether a character beyond ASCII would disturb a terminal: controls, line and paragraph breaks,
// changes of direction. All of them have four hexadecimal digits.
func isUnsafe(r rune) bool {
	switch {
	case r < 0xa0, r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == 0x061c, r == 0xfeff:
		return true
	}
	return false
}

// displayWidth is the number of columns s takes in a terminal. s has no control characters.
func displayWidth(s string) int {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return text.StringWidthWithoutEscSequences(s)
		}
	}
	return len(s)
}

// fit makes s visible in at most limit columns: a longer one ends in an ellipsis. It looks at no more of s than it
// needs. A limit of 0 is none.
func fit(s string, limit int) string {
	if limit <= 0 {
		return string(appendVisible(nil, s))
	}
	var b []byte
	width, end := 0, 0 // end is where b fits together with an ellipsis
	for _, r := range s {
		before := len(b)
		b = appendVisibleRune(b, r)
		w := len(b) - before
		if r >= 0xa0 && w > 1 && b[before] != '\\' {
			w = text.RuneWidth(r)
		}
		if width+w > limit {
			return string(b[:end]) + "…"
		}
		width += w
		if width < limit {
			end = len(b)
		}
	}
	return string(b)
}

// plural returns "1 row", "2,000 rows".
func plural(n int64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return thousands(n) + " " + noun
}

// thousands writes n with commas.
func thousands(n int64) string {
	s := []byte{}
	digits := []byte(strings.TrimPrefix(itoa(n), "-"))
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			s = append(s, ',')
		}
		s = append(s, d)
	}
	if n < 0 {
		return "-" + string(s)
	}
	return string(s)
}

// isWordRune says whether a character can stand in an unquoted name.
func isWordRune(r rune) bool {
	return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// appendVisibleLines is appendVisible for text of several lines, which may hold tabs.
func appendVisibleLines(b []byte, s string) []byte {
	for _, r := range s {
		if r == '\n' || r == '\t' {
			b = append(b, byte(r))
		} else {
			b = appendVisibleRune(b, r)
		}
	}
	return b
}
