package cluster

import (
	"strconv"
	"strings"

	"github.com/eau2db/eau2/column"
)

// Key names a value: a name, and the id of the node that is the value's home. An empty Home is the node that is asked.
type Key struct{ Name, Home string }

// String returns name@home.
func (k Key) String() string {
	if k.Home == "" {
		return k.Name
	}
	return k.Name + "@" + k.Home
}

// tablePrefix begins the names of the values that tables are made of: table/ID/manifest, table/ID/dict/COLUMN
// and table/ID/CHUNK/COLUMN.
const tablePrefix = "table/"

const (
	partChunk = iota
	partDict
	partManifest
)

// part is a value of a table.
type part struct {
	kind       int
	chunk, col int
}

// name returns the name of the part's key in the table of that id.
func (p part) name(id string) string {
	b := make([]byte, 0, len(tablePrefix)+len(id)+16)
	b = append(append(append(b, tablePrefix...), id...), '/')
	switch p.kind {
	case partManifest:
		return string(append(b, "manifest"...))
	case partDict:
		b = append(b, "dict"...)
	default:
		b = strconv.AppendInt(b, int64(p.chunk), 10)
	}
	return string(strconv.AppendInt(append(b, '/'), int64(p.col), 10))
}

// frame returns the kind of the frame that the value is.
func (p part) frame() column.Kind {
	return [...]column.Kind{partChunk: column.KindArray, partDict: column.KindDict, partManifest: column.KindManifest}[p.kind]
}

// parsePart is the inverse of part.name.
func parsePart(name string) (id string, p part, ok bool) {
	rest, ok := strings.CutPrefix(name, tablePrefix)
	if !ok {
		return "", part{}, false
	}
	id, rest, ok = strings.Cut(rest, "/")
	if !ok {
		return "", part{}, false
	}
	if rest == "manifest" {
		return id, part{kind: partManifest}, true
	}
	first, last, ok := strings.Cut(rest, "/")
	if !ok {
		return "", part{}, false
	}
	if p.col, ok = parseIndex(last); !ok {
		return "", part{}, false
	}
	if first == "dict" {
		p.kind = partDict
		return id, p, true
	}
	p.chunk, ok = parseIndex(first)
	return id, p, ok
}

// parseIndex reads a number as strconv writes it, so that a part has one name.
func parseIndex(s string) (int, bool) {
	if len(s) == 0 || len(s) > 9 || s[0] == '0' && len(s) > 1 {
		return 0, false
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}
