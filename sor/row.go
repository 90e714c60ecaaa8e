package sor

import "fmt"

// field is the value of one field of a row: line[start:end], without blanks around it and without its quotes. A
// missing value is empty and not quoted.
type field struct {
	start, end int
	quoted     bool
}

func (f field) missing() bool { return f.start == f.end && !f.quoted }

// splitRow finds the fields of one row, a byte at a time, and appends them to fields. It is what the format is, as far
// as the layout of rows goes: the fast path takes only rows of which it is sure that splitRow would say the same, and
// leaves all others to it. line has no line break. A row that is malformed gives an error; a blank line, no fields.
func splitRow(line []byte, fields []field) ([]field, error) {
	line = trimReturn(line)
	for i := 0; ; {
		i = skipBlanks(line, i)
		if i == len(line) {
			return fields, nil
		}
		if line[i] != '<' {
			return fields, fmt.Errorf("text outside of fields: %s", excerpt(line[i:]))
		}
		open := i
		i = skipBlanks(line, i+1)
		var f field
		var next int
		if i < len(line) && line[i] == '"' {
			f, next = quotedField(line, i)
			if next < 0 {
				return fields, fmt.Errorf("quote of field %d not closed: %s", len(fields)+1, excerpt(line[open:]))
			}
		} else {
			f, next = plainField(line, i)
			if next < 0 {
				return fields, fmt.Errorf("field %d not closed: %s", len(fields)+1, excerpt(line[open:]))
			}
			if hasBlank(line[f.start:f.end]) {
				return fields, fmt.Errorf("white space inside unquoted field %d: %s", len(fields)+1, excerpt(line[f.start:f.end]))
			}
		}
		fields = append(fields, f)
		i = next
	}
}

// quotedField reads the field whose quote opens at i. It closes at the first quote that is followed by blanks and a
// closing bracket, so that a text may hold quotes and brackets. next is -1 when there is none.
func quotedField(line []byte, i int) (f field, next int) {
	for k := i + 1; k < len(line); k++ {
		if line[k] != '"' {
			continue
		}
		if e := skipBlanks(line, k+1); e < len(line) && line[e] == '>' {
			return field{start: i + 1, end: k, quoted: true}, e + 1
		}
	}
	return field{}, -1
}

// plainField reads the unquoted field whose text begins at i. next is -1 when it is not closed.
func plainField(line []byte, i int) (f field, next int) {
	for k := i; k < len(line); k++ {
		if line[k] != '>' {
			continue
		}
		end := k
		for end > i && isBlank(line[end-1]) {
			end--
		}
		return field{start: i, end: end}, k + 1
	}
	return field{}, -1
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func skipBlanks(line []byte, i int) int {
	for i < len(line) && isBlank(line[i]) {
		i++
	}
	return i
}

func hasBlank(text []byte) bool {
	for _, c := range text {
		if isBlank(c) {
			return true
		}
	}
	return false
}

// trimReturn drops the carriage return of a line that ends with \r\n.
func trimReturn(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		return line[:n-1]
	}
	return line
}

// excerpt quotes the beginning of a text for a message.
func excerpt(text []byte) string {
	const most = 40
	if len(text) > most {
		return fmt.Sprintf("%q…", text[:most])
	}
	return fmt.Sprintf("%q", text)
}
