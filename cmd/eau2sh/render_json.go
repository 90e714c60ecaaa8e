package main

import (
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/eau2db/eau2/engine"
)

// jsonRows writes json, one array of objects, and jsonl, an object a line.
type jsonRows struct {
	array bool
	keys  [][]byte // `"name":`
	rows  int
}

func newJSON(renderOptions) renderer  { return &jsonRows{array: true} }
func newJSONL(renderOptions) renderer { return &jsonRows{} }

func (j *jsonRows) begin(b []byte, columns []engine.Column) []byte {
	for _, name := range uniqueNames(columns) {
		j.keys = append(j.keys, append(appendJSON(nil, name), ':'))
	}
	if j.array {
		b = append(b, '[')
	}
	return b
}

func (j *jsonRows) row(b []byte, r result) []byte {
	if j.array && j.rows > 0 {
		b = append(b, ",\n"...)
	}
	j.rows++
	b = append(b, '{')
	for i, key := range j.keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, key...)
		switch v := r.Value(i); {
		case !v.Valid:
			b = append(b, "null"...)
		case v.Type == engine.String:
			b = appendJSON(b, v.Str)
		case v.Type == engine.Float && (math.IsNaN(v.Float) || math.IsInf(v.Float, 0)):
			b = append(b, "null"...) // JSON has no such numbers
		default:
			b = v.Append(b)
		}
	}
	b = append(b, '}')
	if !j.array {
		b = append(b, '\n')
	}
	return b
}

func (j *jsonRows) end(b []byte) []byte {
	if j.array {
		b = append(b, "]\n"...)
	}
	return b
}

// appendJSON appends s as a JSON string.
func appendJSON(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r < ' ' || r == 0x7f:
			b = append(b, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			b = appendRune(b, r)
		}
	}
	return append(b, '"')
}

// uniqueNames returns the names of the columns, a repeated one with _2, _3, …, since an object has each key once.
func uniqueNames(columns []engine.Column) []string {
	names := make([]string, len(columns))
	taken := map[string]bool{}
	for _, c := range columns {
		taken[c.Name] = true
	}
	seen := map[string]bool{}
	for i, c := range columns {
		name := c.Name
		for n := 2; seen[name]; n++ {
			if name = c.Name + "_" + strconv.Itoa(n); taken[name] {
				name = c.Name
			}
		}
		seen[name], taken[name] = true, true
		names[i] = name
	}
	return names
}

func appendRune(b []byte, r rune) []byte {
	if r < utf8.RuneSelf {
		return append(b, byte(r))
	}
	return utf8.AppendRune(b, r)
}
