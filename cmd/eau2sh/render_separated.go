package main

import (
	"strings"

	"github.com/eau2db/eau2/engine"
)

// separated writes csv and tsv: fields with a separator between them, a row a line.
type separated struct {
	header    bool
	separator byte
	text      func(b []byte, s string) []byte
	columns   int
}

func newCSV(o renderOptions) renderer {
	return &separated{header: o.header, separator: ',', text: appendCSV}
}

func newTSV(o renderOptions) renderer {
	return &separated{header: o.header, separator: '\t', text: appendTSV}
}

func (s *separated) begin(b []byte, columns []engine.Column) []byte {
	s.columns = len(columns)
	if !s.header || s.columns == 0 {
		return b
	}
	for i, c := range columns {
		if i > 0 {
			b = append(b, s.separator)
		}
		b = s.text(b, c.Name)
	}
	return append(b, '\n')
}

func (s *separated) row(b []byte, r result) []byte {
	for i := range s.columns {
		if i > 0 {
			b = append(b, s.separator)
		}
		switch v := r.Value(i); {
		case !v.Valid:
		case v.Type == engine.String:
			b = s.text(b, v.Str)
		default:
			b = v.Append(b)
		}
	}
	return append(b, '\n')
}

func (s *separated) end(b []byte) []byte { return b }

// The bytes that a field has to be quoted or escaped for.
var (
	csvSpecial = [256]bool{',': true, '"': true, '\r': true, '\n': true}
	tsvSpecial = [256]bool{'\t': true, '\n': true, '\r': true, '\\': true}
)

// contains says whether s has one of the bytes.
func contains(s string, bytes *[256]bool) bool {
	for i := range len(s) {
		if bytes[s[i]] {
			return true
		}
	}
	return false
}

// appendCSV appends a field as RFC 4180 wants it. An empty string is quoted, to tell it from NULL.
func appendCSV(b []byte, s string) []byte {
	if s != "" && !contains(s, &csvSpecial) {
		return appendValid(b, s)
	}
	b = append(b, '"')
	for {
		before, after, found := strings.Cut(s, `"`)
		b = appendValid(b, before)
		if !found {
			return append(b, '"')
		}
		b = append(b, `""`...)
		s = after
	}
}

// appendTSV appends a field with tab, line breaks and backslash as escapes.
func appendTSV(b []byte, s string) []byte {
	if !contains(s, &tsvSpecial) {
		return appendValid(b, s)
	}
	for _, r := range s {
		switch r {
		case '\t':
			b = append(b, `\t`...)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\\':
			b = append(b, `\\`...)
		default:
			b = appendRune(b, r)
		}
	}
	return b
}
