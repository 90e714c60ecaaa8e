package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/text"
)

// view paints the line being edited. It stands between readline and the terminal, since readline miscounts wide
// characters, moves a column for a character and cannot show a line break: readline believes in a terminal of endless
// width (readlineWidth), and of what it writes the view takes only what it tells: that a line ended, a search, a bell.
type view struct {
	w    io.Writer
	size func() (width, height int)
	more string // stands before the lines of a statement but the first

	mu     sync.Mutex
	active bool // a line is being edited
	prompt string
	line   []rune
	pos    int
	status string // of a search, below the line
	row    int    // of the cursor, counted from the first painted row
}

// readlineWidth is the width readline believes in: no line ever wraps.
const readlineWidth = 1 << 20

// begin starts a new line.
func (v *view) begin(prompt string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.active, v.prompt, v.line, v.pos, v.status, v.row = true, prompt, nil, 0, "", 0
}

// show paints a line with the cursor before its character pos.
func (v *view) show(line []rune, pos int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.line, v.pos = append(v.line[:0], line...), pos
	v.paint()
}

// resize paints the line again for a terminal of another width.
func (v *view) resize() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.active {
		return
	}
	_, v.row, _ = v.rows() // where the terminal has moved the cursor to, wrapping the line anew
	v.paint()
}

// printAbove writes text and paints the line again below it.
func (v *view) printAbove(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	pos := v.pos
	v.pos = len(v.line)
	v.paint()
	io.WriteString(v.w, "\r\n"+text)
	v.pos, v.row = pos, 0
	v.paint()
}

// again paints the line after something else took the screen.
func (v *view) again() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.row = 0
	v.paint()
}

// Write takes what readline writes.
func (v *view) Write(b []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	content := string(b)
	switch {
	case strings.HasPrefix(content, string(runePrompt)):
		if line, ended := strings.CutSuffix(content[len(string(runePrompt)):], "\n"); ended {
			v.finish(line)
		} else if v.status != "" {
			v.status = ""
			v.paint()
		}
	case content == "\a":
		io.WriteString(v.w, content)
	case content == "\x1b[H":
		io.WriteString(v.w, "\x1b[H\x1b[2J")
		v.row = 0
		v.paint()
	case strings.Contains(content, "-i-search: "):
		v.status = searchStatus(content)
	}
	return len(b), nil
}

// searchStatus makes "search: text" of the line that readline shows for a search.
func searchStatus(content string) string {
	head, sought, _ := strings.Cut(content, "-i-search: ")
	sought, _, _ = strings.Cut(sought, "\x1b")
	if strings.Contains(head, "failing") {
		return "search: " + sought + " (not found)"
	}
	return "search: " + sought
}

// finish paints a line for the last time and goes below it.
func (v *view) finish(line string) {
	v.line = []rune(line)
	v.pos, v.status = len(v.line), ""
	v.paint()
	if v.active {
		io.WriteString(v.w, "\r\n")
	}
	v.active = false
}

// paint draws the line over what is there, and puts the cursor in its place.
func (v *view) paint() {
	if !v.active {
		return
	}
	width, height := v.size()
	rows, row, column := v.rows()
	if v.status != "" {
		status := fit(v.status, width-1)
		rows = append(rows, viewRow{text: status, width: displayWidth(status), breaks: true})
	}
	if most := max(1, height-1); len(rows) > most { // show the part around the cursor
		from := max(0, min(row-most/2, len(rows)-most))
		rows, row = rows[from:from+most], row-from
	}
	var b bytes.Buffer
	if v.row > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", v.row)
	}
	b.WriteString("\r\x1b[J")
	for i, r := range rows {
		if i > 0 && r.breaks {
			b.WriteString("\r\n")
		}
		b.WriteString(r.text)
		if i > 0 && !r.breaks && r.width == 0 {
			b.WriteString(" \r") // makes the terminal begin the row
		}
	}
	if up := len(rows) - 1 - row; up > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", up)
	}
	b.WriteByte('\r')
	if column > 0 {
		fmt.Fprintf(&b, "\x1b[%dC", column)
	}
	v.row = row
	v.w.Write(b.Bytes())
}

// viewRow is a row of the terminal.
type viewRow struct {
	text   string
	width  int
	breaks bool // begins after a line break, not because the row before was full
}

// rows lays the line out for the terminal's width and says where the cursor stands.
func (v *view) rows() (rows []viewRow, row, column int) {
	width, _ := v.size()
	var current viewRow
	next := func(breaks bool) {
		rows = append(rows, current)
		current = viewRow{breaks: breaks}
	}
	put := func(s string, w int) {
		if current.width+w > width {
			next(false)
		}
		current.text += s
		if current.width += w; current.width >= width {
			next(false)
		}
	}
	putAll := func(s string) {
		for _, r := range s {
			put(string(r), text.RuneWidth(r))
		}
	}
	putAll(v.prompt)
	for i, r := range v.line {
		if i == v.pos {
			row, column = len(rows), current.width
		}
		switch r {
		case runeNewline:
			next(true)
			putAll(v.more)
		case runeTab:
			putAll("    ")
		case runePaste, runeDelete, runePrompt:
		default:
			if r == utf8.RuneError || r < ' ' || r >= 0x7f && isUnsafe(r) {
				r = '\uFFFD'
			}
			put(string(r), text.RuneWidth(r))
		}
	}
	if v.pos >= len(v.line) {
		row, column = len(rows), current.width
	}
	rows = append(rows, current)
	return rows, row, column
}
