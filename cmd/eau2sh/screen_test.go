package main

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/text"
)

// screen is a small terminal: it obeys what the shell and readline write, and fails on what it does not know.
type screen struct {
	width, height int
	cells         [][]string // "" is the right half of a wide character
	scrolled      []string   // lines that left at the top
	row, column   int
	wrap          bool // the last column was written: the next character begins a row
	pasting       bool // pasted text is to be marked
	partial       []byte
	unknown       []string
	bells         int
}

func newScreen(width, height int) *screen {
	s := &screen{width: width, height: height}
	for range height {
		s.cells = append(s.cells, s.blank())
	}
	return s
}

func (s *screen) blank() []string {
	row := make([]string, s.width)
	for i := range row {
		row[i] = " "
	}
	return row
}

// write takes what a program writes.
func (s *screen) write(b []byte) {
	b = append(s.partial, b...)
	s.partial = nil
	for len(b) > 0 {
		n := s.next(b)
		if n == 0 {
			s.partial = append(s.partial, b...)
			return
		}
		b = b[n:]
	}
}

// next obeys the first character or sequence of b and returns its length, 0 if it is not complete.
func (s *screen) next(b []byte) int {
	switch b[0] {
	case '\r':
		s.column, s.wrap = 0, false
	case '\n':
		s.feed()
	case '\b':
		s.column, s.wrap = max(0, s.column-1), false
	case '\a':
		s.bells++
	case 0x1b:
		return s.escape(b)
	default:
		if !utf8.FullRune(b) {
			return 0
		}
		r, n := utf8.DecodeRune(b)
		s.put(r)
		return n
	}
	return 1
}

func (s *screen) feed() {
	s.wrap = false
	if s.row++; s.row < s.height {
		return
	}
	s.row = s.height - 1
	s.scrolled = append(s.scrolled, strings.TrimRight(strings.Join(s.cells[0], ""), " "))
	s.cells = append(s.cells[1:], s.blank())
}

func (s *screen) put(r rune) {
	w := text.RuneWidth(r)
	if w == 0 {
		if at := max(0, s.column-1); s.cells[s.row][at] != "" {
			s.cells[s.row][at] += string(r)
		}
		return
	}
	if s.wrap || s.column+w > s.width {
		s.feed()
		s.column = 0
	}
	s.cells[s.row][s.column] = string(r)
	for i := 1; i < w; i++ {
		s.cells[s.row][s.column+i] = ""
	}
	if s.column += w; s.column >= s.width {
		s.column, s.wrap = s.width-1, true
	}
}

// escape obeys a sequence that begins with ESC.
func (s *screen) escape(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	if b[1] != '[' {
		s.unknown = append(s.unknown, fmt.Sprintf("%q", b[:2]))
		return 2
	}
	end := 2
	for end < len(b) && (b[end] < 0x40 || b[end] > 0x7e) {
		end++
	}
	if end == len(b) {
		return 0
	}
	parameter := string(b[2:end])
	n, err := strconv.Atoi(parameter)
	if err != nil {
		n = 1
	}
	s.wrap = false
	switch b[end] {
	case 'A':
		s.row = max(0, s.row-n)
	case 'B':
		s.row = min(s.height-1, s.row+n)
	case 'C':
		s.column = min(s.width-1, s.column+n)
	case 'D':
		s.column = max(0, s.column-n)
	case 'H':
		s.row, s.column = 0, 0
	case 'J':
		if parameter == "2" {
			for i := range s.cells {
				s.cells[i] = s.blank()
			}
			break
		}
		copy(s.cells[s.row][s.column:], s.blank())
		for i := s.row + 1; i < s.height; i++ {
			s.cells[i] = s.blank()
		}
	case 'K':
		copy(s.cells[s.row][s.column:], s.blank())
	case 'h', 'l':
		if parameter == "?2004" {
			s.pasting = b[end] == 'h'
			break
		}
		fallthrough
	default:
		s.unknown = append(s.unknown, fmt.Sprintf("%q", b[:end+1]))
	}
	return end + 1
}

// resize changes the size as a terminal that wraps nothing anew: it cuts, or adds room.
func (s *screen) resize(width, height int) {
	old := s.cells
	*s = screen{width: width, height: height, scrolled: s.scrolled, row: min(s.row, height-1), column: min(s.column, width-1), pasting: s.pasting}
	for i := range height {
		s.cells = append(s.cells, s.blank())
		if i < len(old) {
			copy(s.cells[i], old[i])
		}
	}
}

// lines returns the lines of the screen without what is blank at their ends and below.
func (s *screen) lines() []string {
	var lines []string
	for _, row := range s.cells {
		lines = append(lines, strings.TrimRight(strings.Join(row, ""), " "))
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// String shows the screen with the cursor as ▮ before a character.
func (s *screen) String() string {
	lines := s.lines()
	for len(lines) <= s.row {
		lines = append(lines, "")
	}
	var b strings.Builder
	for i, line := range lines {
		if i == s.row {
			before := strings.Join(s.cells[i][:s.column], "")
			rest := strings.TrimRight(strings.Join(s.cells[i][s.column:], ""), " ")
			line = before + "▮" + rest
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// The reader of the screen must itself be right: it is what the other tests believe.
func TestScreen(t *testing.T) {
	for _, c := range []struct{ name, written, want string }{
		{"text", "abc", "abc▮\n"},
		{"a full row waits", "abcdefghij", "abcdefghi▮j\n"},
		{"the next character wraps", "abcdefghijk", "abcdefghij\nk▮\n"},
		{"a wide character wraps whole", "abcdefghi日", "abcdefghi\n日▮\n"},
		{"combining", "e\u0301x", "e\u0301x▮\n"},
		{"return and erase", "abc\r\x1b[Jx", "x▮\n"},
		{"up and right", "ab\r\ncd\x1b[1A\r\x1b[1CX", "aX▮\ncd\n"},
		{"scrolling", "1\r\n2\r\n3\r\n4\r\n5", "2\n3\n4\n5▮\n"},
		{"clearing", "ab\r\ncd\x1b[H\x1b[2J", "▮\n"},
		{"a sequence in pieces", "a\x1b[", "a▮\n"},
	} {
		s := newScreen(10, 4)
		for i := range len(c.written) {
			s.write([]byte{c.written[i]})
		}
		if got := s.String(); got != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, c.want)
		}
	}
}
