package main

import (
	"html"
	"strings"

	"github.com/eau2db/eau2/engine"
)

// markdown writes a table of GitHub's Markdown.
type markdown struct {
	header  bool
	columns []engine.Column
}

func newMarkdown(o renderOptions) renderer { return &markdown{header: o.header} }

func (m *markdown) begin(b []byte, columns []engine.Column) []byte {
	m.columns = columns
	if len(columns) == 0 {
		return b
	}
	b = append(b, '|')
	for _, c := range columns {
		b = append(b, ' ')
		if m.header { // a Markdown table cannot do without the line
			b = appendMarkdown(b, c.Name)
		}
		b = append(b, " |"...)
	}
	b = append(b, "\n|"...)
	for _, c := range columns {
		if isNumber(c.Type) {
			b = append(b, "---:|"...)
		} else {
			b = append(b, "---|"...)
		}
	}
	return append(b, '\n')
}

func (m *markdown) row(b []byte, r result) []byte {
	b = append(b, '|')
	for i := range m.columns {
		b = append(b, ' ')
		if v := r.Value(i); v.Valid {
			if v.Type == engine.String {
				b = appendMarkdown(b, v.Str)
			} else {
				b = v.Append(b)
			}
		}
		b = append(b, " |"...)
	}
	return append(b, '\n')
}

func (m *markdown) end(b []byte) []byte { return b }

func appendMarkdown(b []byte, s string) []byte {
	for _, r := range s {
		switch r {
		case '|', '\\', '`', '*', '<':
			b = append(b, '\\', byte(r))
		case '\n':
			b = append(b, "<br>"...)
		default:
			b = appendVisibleRune(b, r)
		}
	}
	return b
}

// htmlTable writes a table element.
type htmlTable struct {
	header  bool
	columns []engine.Column
}

func newHTML(o renderOptions) renderer { return &htmlTable{header: o.header} }

func (h *htmlTable) begin(b []byte, columns []engine.Column) []byte {
	h.columns = columns
	b = append(b, "<table>\n"...)
	if h.header && len(columns) > 0 {
		b = append(b, "<tr>"...)
		for _, c := range columns {
			b = append(append(append(b, "<th>"...), escapeHTML(c.Name)...), "</th>"...)
		}
		b = append(b, "</tr>\n"...)
	}
	return b
}

func (h *htmlTable) row(b []byte, r result) []byte {
	b = append(b, "<tr>"...)
	for i, c := range h.columns {
		if isNumber(c.Type) {
			b = append(b, `<td align="right">`...)
		} else {
			b = append(b, "<td>"...)
		}
		if v := r.Value(i); v.Valid {
			if v.Type == engine.String {
				b = append(b, escapeHTML(v.Str)...)
			} else {
				b = v.Append(b)
			}
		}
		b = append(b, "</td>"...)
	}
	return append(b, "</tr>\n"...)
}

func (h *htmlTable) end(b []byte) []byte { return append(b, "</table>\n"...) }

func escapeHTML(s string) string {
	return html.EscapeString(strings.ReplaceAll(string(appendValid(nil, s)), "\x00", "\uFFFD"))
}

// insert writes statements that would make the rows again.
type insert struct {
	head    string
	columns int
}

func newInsert(o renderOptions) renderer {
	i := &insert{head: o.arg}
	if i.head == "" {
		i.head = "result"
	}
	return i
}

func (s *insert) begin(b []byte, columns []engine.Column) []byte {
	s.columns = len(columns)
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = quoteName(c.Name)
	}
	s.head = "INSERT INTO " + quoteName(s.head) + " (" + strings.Join(names, ", ") + ") VALUES ("
	return b
}

func (s *insert) row(b []byte, r result) []byte {
	b = append(b, s.head...)
	for i := range s.columns {
		if i > 0 {
			b = append(b, ", "...)
		}
		if v := r.Value(i); v.Valid && v.Type == engine.String {
			b = append(b, quoteString(v.Str)...)
		} else {
			b = v.Append(b)
		}
	}
	return append(b, ");\n"...)
}

func (s *insert) end(b []byte) []byte { return b }

// quoteString writes s as a literal of a statement.
func quoteString(s string) string {
	s = string(appendValid(nil, s))
	return "'" + strings.NewReplacer("'", "''", `\`, `\\`, "\x00", `\0`).Replace(s) + "'"
}

// quoteName writes a name as it can stand in a statement.
func quoteName(name string) string {
	if isPlainName(name) && !isKeyword(name) {
		return name
	}
	return "`" + strings.ReplaceAll(string(appendValid(nil, name)), "`", "``") + "`"
}

// isPlainName says whether a name needs no quotes, if it is not a keyword.
func isPlainName(name string) bool {
	for i, r := range name {
		if r > 0x7f || !isWordRune(r) || i == 0 && r >= '0' && r <= '9' {
			return false
		}
	}
	return name != ""
}
