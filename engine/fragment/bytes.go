package fragment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/eau2db/eau2/column"
)

// maxChunks bounds the chunks that all scans of one encoding name: runs are short however many they stand for.
const maxChunks = 1 << 22

var errShort = errors.New("the bytes end too soon")

// decoder reads what an encoder wrote. After an error, the first of which is kept, everything it reads is zero.
type decoder struct {
	b      []byte
	texts  []string
	depth  int
	chunks int
	err    error
}

func newDecoder(b []byte) *decoder {
	d := &decoder{b: b}
	if v := d.byte(); d.err == nil && v != version {
		d.fail(fmt.Errorf("version %d, not %d: the other process is of another build", v, version))
	}
	return d
}

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
	d.b = nil
}

func (d *decoder) failf(format string, args ...any) {
	if d.err == nil {
		d.fail(fmt.Errorf(format, args...))
	}
}

// end checks that nothing is left.
func (d *decoder) end() error {
	if d.err == nil && len(d.b) > 0 {
		d.failf("%d bytes too many", len(d.b))
	}
	return d.err
}

func (d *decoder) down() bool {
	if d.depth++; d.depth > maxDepth {
		d.failf("nested more than %d deep", maxDepth)
	}
	return d.err == nil
}

func (d *decoder) up() { d.depth-- }

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.fail(errShort)
		return 0
	}
	b := d.b[0]
	d.b = d.b[1:]
	return b
}

func (d *decoder) flag() bool {
	b := d.byte()
	if b > 1 {
		d.failf("a flag of %d", b)
	}
	return b == 1
}

func (d *decoder) word() uint64 {
	if len(d.b) < 8 {
		d.fail(errShort)
		return 0
	}
	w := binary.LittleEndian.Uint64(d.b)
	d.b = d.b[8:]
	return w
}

func (d *decoder) number() int64 {
	n, size := binary.Varint(d.b)
	if size <= 0 {
		d.fail(errShort)
		return 0
	}
	d.b = d.b[size:]
	return n
}

// index reads a number below limit.
func (d *decoder) index(limit int, what string) int {
	n, size := binary.Uvarint(d.b)
	if size <= 0 {
		d.fail(errShort)
		return 0
	}
	d.b = d.b[size:]
	if n >= uint64(max(limit, 0)) {
		d.failf("%s %d of %d", what, n, limit)
		return 0
	}
	return int(n)
}

// count reads how many things follow, of which each takes a byte at least.
func (d *decoder) count() int { return d.index(len(d.b)+1, "number of things, in bytes left,") }

func (d *decoder) text() string {
	n := d.index(len(d.texts)+1, "text")
	if n > 0 {
		return d.texts[n-1]
	}
	s := d.long()
	d.texts = append(d.texts, s)
	return s
}

func (d *decoder) long() string {
	n := d.count()
	if n > len(d.b) {
		d.fail(errShort)
		return ""
	}
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}

func (d *decoder) typ() column.Type {
	t := column.Type(d.byte())
	if t > column.String {
		d.failf("type %d", t)
		return 0
	}
	return t
}

func (d *decoder) value(t column.Type) column.Value {
	if !d.flag() {
		return column.Null(t)
	}
	return d.valid(t)
}

func (d *decoder) valid(t column.Type) column.Value {
	switch t {
	case column.Bool:
		return column.BoolValue(d.flag())
	case column.Int:
		return column.IntValue(d.number())
	case column.Float:
		return column.FloatValue(math.Float64frombits(d.word()))
	}
	return column.StringValue(d.long())
}

func (d *decoder) fields() []column.Field {
	var fs []column.Field
	for n := d.count(); n > 0 && d.err == nil; n-- {
		fs = append(fs, column.Field{Name: d.text(), Type: d.typ()})
	}
	return fs
}

func (d *decoder) names(n int) []string {
	names := make([]string, 0, n)
	for range n {
		names = append(names, d.text())
	}
	return names
}
