package cluster

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/eau2db/eau2/column"
)

// manifest says what a table consists of. It is never changed: names are the catalogue's.
type manifest struct {
	id     string
	home   string // of its values: the id of the node that made it
	name   string // when it was made; for people who look for the remains of a damaged catalogue
	fields []column.Field
	dicts  []bool           // whether the column has a dictionary
	chunks []int            // the number that the keys of each chunk have
	rows   []int            // of each chunk, none is 0
	stats  [][]column.Stats // by column, then chunk
	total  int64            // rows
	spread bool             // over several nodes: a place need not have all arrays
}

// longestBound is the length up to which strings are kept as the least and greatest of a chunk.
const longestBound = 256

// newManifest makes the manifest of the chunks written, after checking that they make a table.
func newManifest(id, home, name string, fields []column.Field, dicts []*column.Dict, chunks map[int]*written) (*manifest, error) {
	if len(dicts) != len(fields) {
		return nil, fmt.Errorf("%d columns, but %d dictionaries", len(fields), len(dicts))
	}
	m := &manifest{
		id: id, home: home, name: name,
		fields: slices.Clone(fields), dicts: make([]bool, len(fields)), stats: make([][]column.Stats, len(fields)),
	}
	for i, f := range fields {
		if !utf8.ValidString(f.Name) {
			return nil, fmt.Errorf("the name of column %d is not UTF-8: %q", i, f.Name)
		}
		m.dicts[i] = dicts[i] != nil
	}
	for i, seq := range slices.Sorted(maps.Keys(chunks)) {
		if seq != i {
			return nil, fmt.Errorf("chunk %d is missing", i)
		}
		c := chunks[seq]
		if err := c.check(fields, dicts); err != nil {
			return nil, fail(Error{Op: "check", Chunk: seq}, err)
		}
		if c.rows > 0 {
			m.add(seq, c)
		}
	}
	return m, nil
}

func (c *written) check(fields []column.Field, dicts []*column.Dict) error {
	if len(c.columns) != len(fields) {
		return fmt.Errorf("%d arrays for %d columns", len(c.columns), len(fields))
	}
	for i, a := range c.columns {
		switch {
		case a.typ != fields[i].Type:
			return fmt.Errorf("column %s is %v, its array %v", fields[i].Name, fields[i].Type, a.typ)
		case a.coded && c.rows > 0 && dicts[i] == nil:
			return fmt.Errorf("column %s has codes, but no dictionary", fields[i].Name)
		case a.coded && a.dict != nil && a.dict != dicts[i]:
			return errors.New("column " + fields[i].Name + " has the codes of another dictionary")
		}
	}
	return nil
}

// checkArray refuses an array that is not as the manifest says of chunk i and column col.
func (m *manifest) checkArray(a *column.Array, i, col int) error {
	if want := m.fields[col].Type; a.Type != want || a.N != m.rows[i] {
		return fmt.Errorf("%w: %d values of %v in place of %d of %v", ErrCorrupt, a.N, a.Type, m.rows[i], want)
	}
	return nil
}

func (m *manifest) add(seq int, c *written) {
	m.chunks = append(m.chunks, seq)
	m.rows = append(m.rows, c.rows)
	m.total += int64(c.rows)
	for i, a := range c.columns {
		m.stats[i] = append(m.stats[i], a.stats)
	}
}

// bound returns v as it is kept in a manifest: NULL, which is not known, for what is long or not a number.
func bound(v column.Value) column.Value {
	if len(v.Str) > longestBound || math.IsNaN(v.Float) || math.IsInf(v.Float, 0) {
		return column.Null(v.Type)
	}
	v.Str = strings.Clone(v.Str)
	return v
}
