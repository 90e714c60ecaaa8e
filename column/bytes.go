package column

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
)

// Keys of the schema metadata of an array's Arrow IPC stream.
const (
	metaType     = "eau2.type"     // name of the Type
	metaCodes    = "eau2.codes"    // "true": the values are codes into a dictionary that is stored by itself
	metaMin      = "eau2.min"      // least value: as SQL prints it, strings as Go quotes them; missing when not known
	metaMax      = "eau2.max"      // greatest value
	metaDistinct = "eau2.distinct" // estimate of the distinct values
)

// AppendBytes appends a as a frame of KindArray to dst. The payload is an Arrow IPC stream of one record batch with
// one column. The codes of a dictionary layout are stored as plain unsigned integers, without the dictionary. In
// memory and in a mapped file a frame should begin at an address that is a multiple of 64.
func (a *Array) AppendBytes(dst []byte) ([]byte, error) {
	t, name := a.Layout.ArrowType(), "value"
	keys := []string{metaType, metaDistinct}
	vals := []string{a.Type.String(), strconv.FormatInt(a.Stats.Distinct, 10)}
	switch a.Layout {
	case Code8, Code16, Code32:
		t, name = a.Layout.codeType(), "code"
		keys, vals = append(keys, metaCodes), append(vals, "true")
	case Plain:
		t = textType(a.Data)
	}
	if a.Stats.Min.Valid {
		keys, vals = append(keys, metaMin), append(vals, formatStat(a.Stats.Min))
	}
	if a.Stats.Max.Valid {
		keys, vals = append(keys, metaMax), append(vals, formatStat(a.Stats.Max))
	}
	meta := arrow.NewMetadata(keys, vals)
	schema := arrow.NewSchema([]arrow.Field{{Name: name, Type: t, Nullable: true}}, &meta)
	values := a.arrow(t)
	defer values.Release()
	dst, at := beginFrame(dst)
	dst, err := appendStream(dst, schema, values)
	if err != nil {
		return nil, fmt.Errorf("write array: %w", err)
	}
	endFrame(dst[at:], KindArray)
	return dst, nil
}

// textType returns the Arrow type for text: other tools rely on strings being UTF-8.
func textType(text []byte) arrow.DataType {
	if utf8.Valid(text) {
		return arrow.BinaryTypes.String
	}
	return arrow.BinaryTypes.Binary
}

// ReadArray reads the frame b, which Array.AppendBytes wrote; d is the dictionary of a dictionary layout. The array
// points into b, which must stay as it is. The error wraps ErrCorrupt or ErrVersion.
func ReadArray(b []byte, d *Dict) (*Array, error) {
	payload, err := ReadFrame(b, KindArray)
	if err != nil {
		return nil, err
	}
	a, err := readArray(payload, d)
	if err != nil {
		return nil, fmt.Errorf("read array: %w", err)
	}
	return a, nil
}

func readArray(payload []byte, d *Dict) (*Array, error) {
	r, err := readStream(payload)
	if err != nil {
		return nil, err
	}
	if len(r.columns) != 1 {
		return nil, fmt.Errorf("%w: %d columns in place of one", ErrCorrupt, len(r.columns))
	}
	a := &Array{N: r.rows}
	if err := a.setType(r); err != nil {
		return nil, err
	}
	if err := a.setStats(r); err != nil {
		return nil, err
	}
	if err := a.setBuffers(&r.columns[0]); err != nil {
		return nil, err
	}
	return a, a.setDict(d)
}

// stored is what an array's bytes say of its values.
type stored struct {
	typ   Type
	arrow arrow.Type
	codes bool
}

var storedLayouts = map[stored]Layout{
	{Bool, arrow.BOOL, false}:     Bits,
	{Int, arrow.INT8, false}:      Int8,
	{Int, arrow.INT16, false}:     Int16,
	{Int, arrow.INT32, false}:     Int32,
	{Int, arrow.INT64, false}:     Int64,
	{Float, arrow.FLOAT64, false}: Float64,
	{String, arrow.UINT8, true}:   Code8,
	{String, arrow.UINT16, true}:  Code16,
	{String, arrow.UINT32, true}:  Code32,
	{String, arrow.STRING, false}: Plain,
	{String, arrow.BINARY, false}: Plain,
}

// setType sets type and layout.
func (a *Array) setType(r *batch) (err error) {
	name, _ := r.get(metaType)
	if a.Type, err = ParseType(name); err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	codes, _ := r.get(metaCodes)
	id := r.columns[0].typ
	layout, ok := storedLayouts[stored{a.Type, id, codes == "true"}]
	if !ok {
		return fmt.Errorf("%w: values of Arrow type %v in a column of type %v", ErrCorrupt, id, a.Type)
	}
	a.Layout = layout
	return nil
}

// setStats sets the statistics.
func (a *Array) setStats(r *batch) (err error) {
	a.Stats = Stats{Rows: int64(a.N), Nulls: int64(r.columns[0].nulls)}
	if a.Stats.Min, err = parseStat(a.Type, r, metaMin); err != nil {
		return err
	}
	if a.Stats.Max, err = parseStat(a.Type, r, metaMax); err != nil {
		return err
	}
	text, _ := r.get(metaDistinct)
	if a.Stats.Distinct, err = strconv.ParseInt(text, 10, 64); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrCorrupt, metaDistinct, err)
	}
	return nil
}

func formatStat(v Value) string {
	if v.Type == String {
		return strconv.Quote(v.Str) // metadata must be UTF-8
	}
	return v.String()
}

func parseStat(t Type, r *batch, key string) (Value, error) {
	text, ok := r.get(key)
	if !ok {
		return Null(t), nil
	}
	v, err := parseValue(t, text)
	if err != nil {
		return Value{}, fmt.Errorf("%w: %s: %w", ErrCorrupt, key, err)
	}
	return v, nil
}

// parseValue reads what formatStat wrote.
func parseValue(t Type, text string) (v Value, err error) {
	v = Value{Type: t, Valid: true}
	switch t {
	case Bool:
		var b bool
		b, err = strconv.ParseBool(text)
		v = BoolValue(b)
	case Int:
		v.Int, err = strconv.ParseInt(text, 10, 64)
	case Float:
		v.Float, err = strconv.ParseFloat(text, 64)
	case String:
		v.Str, err = strconv.Unquote(text)
	}
	return v, err
}

// setBuffers points the slices of a into the buffers.
func (a *Array) setBuffers(c *batchColumn) (err error) {
	if a.Stats.Nulls > 0 {
		if a.Valid, err = first(c.buffers[0], (a.N+7)/8); err != nil {
			return err
		}
	}
	switch a.Layout {
	case Bits:
		a.Bits, err = first(c.buffers[1], (a.N+7)/8)
	case Int8:
		a.I8, err = values[int8](c.buffers[1], a.N)
	case Int16:
		a.I16, err = values[int16](c.buffers[1], a.N)
	case Int32:
		a.I32, err = values[int32](c.buffers[1], a.N)
	case Int64:
		a.I64, err = values[int64](c.buffers[1], a.N)
	case Float64:
		a.F64, err = values[float64](c.buffers[1], a.N)
	case Code8:
		a.C8, err = values[uint8](c.buffers[1], a.N)
	case Code16:
		a.C16, err = values[uint16](c.buffers[1], a.N)
	case Code32:
		a.C32, err = values[uint32](c.buffers[1], a.N)
	case Plain:
		a.Off, a.Data, err = textBuffers(c, a.N)
	}
	return err
}

// textBuffers returns offsets and text of n strings, having checked that the offsets stay within the text.
func textBuffers(c *batchColumn, n int) (off []int32, text []byte, err error) {
	if n == 0 {
		return []int32{0}, []byte{}, nil
	}
	if off, err = values[int32](c.buffers[1], n+1); err != nil {
		return nil, nil, err
	}
	if off[0] != 0 || !ascending(off) {
		return nil, nil, fmt.Errorf("%w: offsets do not ascend", ErrCorrupt)
	}
	text, err = first(c.buffers[2], int(off[n]))
	return off, text, err
}

// setDict gives a dictionary layout its dictionary.
func (a *Array) setDict(d *Dict) error {
	var top uint32
	switch a.Layout {
	case Code8:
		top = uint32(maxCode8(a.C8))
	case Code16:
		top = uint32(maxCode16(a.C16))
	case Code32:
		top = maxCode32(a.C32)
	default:
		return nil
	}
	if d == nil {
		return fmt.Errorf("%w: the array has codes, but its column no dictionary", ErrCorrupt)
	}
	if int64(top) >= int64(d.Len()) {
		return fmt.Errorf("%w: code %d, but the dictionary has %d strings", ErrCorrupt, top, d.Len())
	}
	a.Dict = d
	return nil
}
