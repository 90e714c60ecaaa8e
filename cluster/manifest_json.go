package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/eau2db/eau2/column"
)

// manifestJSON is the manifest as it is written: by column, so that a long table has few names in it.
type manifestJSON struct {
	ID      string       `json:"id"`
	Home    string       `json:"home"`
	Name    string       `json:"name"`
	Chunks  []int        `json:"chunks"`
	Rows    []int        `json:"rows"`
	Columns []columnJSON `json:"columns"`
}

// columnJSON has the statistics of every chunk. Bounds are "" or null where they are not known; those of STRING are in
// base64, since they need not be UTF-8.
type columnJSON struct {
	Name       string   `json:"name"`
	Type       string   `json:"type"`
	Dictionary bool     `json:"dictionary,omitempty"`
	Nulls      []int64  `json:"nulls"`
	Distinct   []int64  `json:"distinct"`
	Min        []string `json:"min,omitempty"`
	Max        []string `json:"max,omitempty"`
	MinText    [][]byte `json:"min_text,omitempty"`
	MaxText    [][]byte `json:"max_text,omitempty"`
}

// bytes returns the manifest as a frame.
func (m *manifest) bytes() ([]byte, error) {
	j := manifestJSON{ID: m.id, Home: m.home, Name: m.name, Chunks: m.chunks, Rows: m.rows}
	for i, f := range m.fields {
		c := columnJSON{Name: f.Name, Type: f.Type.String(), Dictionary: m.dicts[i]}
		for _, s := range m.stats[i] {
			c.Nulls = append(c.Nulls, s.Nulls)
			c.Distinct = append(c.Distinct, s.Distinct)
			if f.Type == column.String {
				c.MinText, c.MaxText = append(c.MinText, formatText(s.Min)), append(c.MaxText, formatText(s.Max))
			} else {
				c.Min, c.Max = append(c.Min, formatNumber(s.Min)), append(c.Max, formatNumber(s.Max))
			}
		}
		j.Columns = append(j.Columns, c)
	}
	b, err := json.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("write manifest: %w", err)
	}
	return column.AppendFrame(nil, column.KindManifest, b), nil
}

func formatText(v column.Value) []byte {
	if !v.Valid {
		return nil
	}
	return append([]byte{}, v.Str...)
}

func formatNumber(v column.Value) string {
	switch {
	case !v.Valid:
		return ""
	case v.Type == column.Float:
		return strconv.FormatFloat(v.Float, 'g', -1, 64)
	}
	return strconv.FormatInt(v.Int, 10)
}

// readManifest reads what bytes wrote. The error wraps ErrCorrupt or ErrVersion.
func readManifest(frame []byte) (*manifest, error) {
	b, err := column.ReadFrame(frame, column.KindManifest)
	if err != nil {
		return nil, err
	}
	var j manifestJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return nil, fmt.Errorf("read manifest: %w: %w", ErrCorrupt, err)
	}
	m, err := j.manifest()
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w: %w", ErrCorrupt, err)
	}
	return m, nil
}

func (j *manifestJSON) manifest() (*manifest, error) {
	m := &manifest{id: j.ID, home: j.Home, name: j.Name, chunks: j.Chunks, rows: j.Rows}
	if len(j.Rows) != len(j.Chunks) {
		return nil, fmt.Errorf("%d chunks, but rows of %d", len(j.Chunks), len(j.Rows))
	}
	last := -1
	for i, seq := range j.Chunks {
		if seq <= last || seq > maxChunks || j.Rows[i] <= 0 || j.Rows[i] > math.MaxInt32 {
			return nil, fmt.Errorf("chunk %d after %d, with %d rows", seq, last, j.Rows[i])
		}
		last = seq
		m.total += int64(j.Rows[i])
	}
	if len(j.Columns) == 0 && len(j.Chunks) > 0 {
		return nil, errors.New("rows without columns")
	}
	for i := range j.Columns {
		if err := m.addColumn(&j.Columns[i]); err != nil {
			return nil, fmt.Errorf("column %q: %w", j.Columns[i].Name, err)
		}
	}
	return m, nil
}

func (m *manifest) addColumn(c *columnJSON) error {
	t, err := column.ParseType(c.Type)
	if err != nil {
		return err
	}
	n := len(m.chunks)
	bounds := len(c.Min) == n && len(c.Max) == n
	if t == column.String {
		bounds = len(c.MinText) == n && len(c.MaxText) == n
	}
	if len(c.Nulls) != n || len(c.Distinct) != n || !bounds {
		return fmt.Errorf("the statistics are not those of %d chunks", n)
	}
	stats := make([]column.Stats, n)
	for i := range stats {
		s := column.Stats{Rows: int64(m.rows[i]), Nulls: c.Nulls[i], Distinct: c.Distinct[i]}
		if s.Nulls < 0 || s.Nulls > s.Rows {
			return fmt.Errorf("%d nulls in %d rows", s.Nulls, s.Rows)
		}
		if t == column.String {
			s.Min, s.Max = parseText(c.MinText[i]), parseText(c.MaxText[i])
		} else {
			var err error
			if s.Min, err = parseNumber(t, c.Min[i]); err != nil {
				return err
			}
			if s.Max, err = parseNumber(t, c.Max[i]); err != nil {
				return err
			}
		}
		stats[i] = s
	}
	m.fields = append(m.fields, column.Field{Name: c.Name, Type: t})
	m.dicts = append(m.dicts, c.Dictionary)
	m.stats = append(m.stats, stats)
	return nil
}

func parseText(b []byte) column.Value {
	if b == nil {
		return column.Null(column.String)
	}
	return column.StringValue(string(b))
}

func parseNumber(t column.Type, s string) (column.Value, error) {
	if s == "" {
		return column.Null(t), nil
	}
	if t == column.Float {
		f, err := strconv.ParseFloat(s, 64)
		return column.FloatValue(f), err
	}
	i, err := strconv.ParseInt(s, 10, 64)
	return column.Value{Type: t, Valid: true, Int: i}, err
}
