package main

import (
	"strings"

	"github.com/eau2db/eau2/engine"
)

// lines writes a value a line: line mode, with a blank line between rows, and vertical mode, with their numbers.
type lines struct {
	separator string
	numbered  bool
	width     int
	names     []string // made visible, right-aligned
	rows      int64
}

func newLine(o renderOptions) renderer { return &lines{separator: " = "} }

func newVertical(o renderOptions) renderer {
	return &lines{separator: ": ", numbered: true, width: o.width}
}

func (l *lines) begin(b []byte, columns []engine.Column) []byte {
	widest := 0
	for _, c := range columns {
		name := string(appendVisible(nil, c.Name))
		l.names = append(l.names, name)
		widest = max(widest, displayWidth(name))
	}
	for i, name := range l.names {
		l.names[i] = strings.Repeat(" ", widest-displayWidth(name)) + name
	}
	return b
}

func (l *lines) row(b []byte, r result) []byte {
	l.rows++
	switch {
	case l.numbered:
		stars := strings.Repeat("*", l.starWidth())
		b = append(b, stars+" "+itoa(l.rows)+". row "+stars+"\n"...)
	case l.rows > 1:
		b = append(b, '\n')
	}
	for i, name := range l.names {
		b = append(append(b, name...), l.separator...)
		if v := r.Value(i); v.Valid && v.Type == engine.String {
			b = appendVisible(b, v.Str)
		} else {
			b = v.Append(b)
		}
		b = append(b, '\n')
	}
	return b
}

// starWidth is 27 as in other shells, or what a narrow terminal has room for.
func (l *lines) starWidth() int {
	if l.width == 0 {
		return 27
	}
	return max(1, min(27, (l.width-len(" 1000. row "))/2))
}

func (l *lines) end(b []byte) []byte { return b }
