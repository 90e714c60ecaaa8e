package cluster

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/eau2db/eau2/column"
)

// A manifest is written as a frame, whose payload is (numbers are varints, strings have their length before them):
//
//	id, home, name, whether it is spread over nodes (0 or 1)
//	number of chunks, and of each: its number, less that of the one before, and its rows
//	number of columns, and of each: name, type, whether it has a dictionary (0 or 1),
//	  and of each chunk: nulls, distinct values, least and greatest value
//
// A type is its SQL name. A least or greatest value is a 0 where it is not known; else a 1 and the value: BOOL and INT
// a signed varint, FLOAT its eight bytes, STRING as all strings.

// bytes returns the manifest as a frame.
func (m *manifest) bytes() []byte {
	var b []byte
	for _, s := range []string{m.id, m.home, m.name} {
		b = appendText(b, s)
	}
	b = appendFlag(b, m.spread)
	b = binary.AppendUvarint(b, uint64(len(m.chunks)))
	last := 0
	for i, seq := range m.chunks {
		b = binary.AppendUvarint(b, uint64(seq-last))
		b = binary.AppendUvarint(b, uint64(m.rows[i]))
		last = seq
	}
	b = binary.AppendUvarint(b, uint64(len(m.fields)))
	for i, f := range m.fields {
		b = appendText(appendText(b, f.Name), f.Type.String())
		b = appendFlag(b, m.dicts[i])
		for _, s := range m.stats[i] {
			b = binary.AppendUvarint(b, uint64(s.Nulls))
			b = binary.AppendUvarint(b, uint64(s.Distinct))
			b = appendBound(appendBound(b, s.Min), s.Max)
		}
	}
	return column.AppendFrame(nil, column.KindManifest, b)
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendFlag(b []byte, flag bool) []byte {
	if flag {
		return append(b, 1)
	}
	return append(b, 0)
}

func appendBound(b []byte, v column.Value) []byte {
	b = appendFlag(b, v.Valid)
	switch {
	case !v.Valid:
		return b
	case v.Type == column.Float:
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(v.Float))
	case v.Type == column.String:
		return appendText(b, v.Str)
	}
	return binary.AppendVarint(b, v.Int)
}

// readManifest reads what bytes wrote. The error wraps ErrCorrupt or ErrVersion.
func readManifest(frame []byte) (*manifest, error) {
	payload, err := column.ReadFrame(frame, column.KindManifest)
	if err != nil {
		return nil, err
	}
	r := manifestReader{b: payload}
	m := r.manifest()
	if r.err == nil && len(r.b) > 0 {
		r.fail(fmt.Errorf("%d bytes are left over", len(r.b)))
	}
	if r.err != nil {
		return nil, fmt.Errorf("read manifest: %w: %w", ErrCorrupt, r.err)
	}
	return m, nil
}

// manifestReader takes a manifest from the front of b. After an error it gives zeros.
type manifestReader struct {
	b   []byte
	err error
}

func (r *manifestReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.b = nil
}

func (r *manifestReader) manifest() *manifest {
	m := &manifest{id: r.text(), home: r.text(), name: r.text(), spread: r.flag()}
	chunks := r.count(maxChunks)
	last := 0
	for i := 0; i < chunks && r.err == nil; i++ {
		step := r.count(maxChunks)
		if i > 0 && step == 0 || last+step > maxChunks {
			r.fail(fmt.Errorf("chunk %d after chunk %d", last+step, last))
		}
		last += step
		rows := r.count(math.MaxInt32)
		if rows == 0 {
			r.fail(fmt.Errorf("chunk %d is empty", last))
		}
		m.chunks, m.rows, m.total = append(m.chunks, last), append(m.rows, rows), m.total+int64(rows)
	}
	columns := r.count(len(r.b))
	if columns == 0 && chunks > 0 {
		r.fail(errors.New("rows without columns"))
	}
	for i := 0; i < columns && r.err == nil; i++ {
		r.column(m)
	}
	return m
}

func (r *manifestReader) column(m *manifest) {
	name := r.text()
	t, err := column.ParseType(r.text())
	if err != nil {
		r.fail(err)
	}
	m.fields = append(m.fields, column.Field{Name: name, Type: t})
	m.dicts = append(m.dicts, r.flag())
	stats := make([]column.Stats, 0, min(len(m.rows), len(r.b)))
	for i := 0; i < len(m.rows) && r.err == nil; i++ {
		stats = append(stats, column.Stats{
			Rows: int64(m.rows[i]), Nulls: int64(r.count(m.rows[i])), Distinct: int64(r.count(math.MaxInt)),
			Min: r.bound(t), Max: r.bound(t),
		})
	}
	m.stats = append(m.stats, stats)
}

// count reads a number that is not negative, up to most.
func (r *manifestReader) count(most int) int { return int(r.number(int64(most))) }

func (r *manifestReader) number(most int64) int64 {
	n, w := binary.Uvarint(r.b)
	if w <= 0 || n > uint64(most) {
		r.fail(errors.New("a number is cut off or too large"))
		return 0
	}
	r.b = r.b[w:]
	return int64(n)
}

func (r *manifestReader) text() string {
	n := r.count(math.MaxInt)
	if n > len(r.b) {
		r.fail(errors.New("a string is cut off"))
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

func (r *manifestReader) flag() bool { return r.count(1) == 1 }

func (r *manifestReader) bound(t column.Type) column.Value {
	v := column.Null(t)
	if !r.flag() {
		return v
	}
	v.Valid = true
	switch t {
	case column.String:
		v.Str = r.text()
	case column.Float:
		if len(r.b) < 8 {
			r.fail(errors.New("a number is cut off"))
			break
		}
		v.Float = math.Float64frombits(binary.LittleEndian.Uint64(r.b))
		r.b = r.b[8:]
	default:
		i, w := binary.Varint(r.b)
		if w <= 0 {
			r.fail(errors.New("a number is cut off or too large"))
			break
		}
		v.Int = i
		r.b = r.b[w:]
	}
	return v
}
