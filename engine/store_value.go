package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/eau2db/eau2/cluster"
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// Storable is what a Store keeps: scalars and slices of the four types, and bytes.
type Storable interface {
	bool | int64 | float64 | string | []bool | []int64 | []float64 | []string | []byte
}

// A value of the Store is eight bytes, the first of which tells its type and the others are zero, and then:
//
//	bool              a byte, 0 or 1
//	int64, float64    eight bytes, little-endian
//	string, []byte    its bytes
//	[]bool …          a frame of column.AppendRows of one column, which has a checksum
const (
	storedBool byte = 1 + iota
	storedInt
	storedFloat
	storedString
	storedBytes
	storedBools
	storedInts
	storedFloats
	storedStrings
)

const storedHead = 8 // so that the frame is aligned

// storedNames are the Go types of stored values.
var storedNames = [...]string{
	storedBool: "bool", storedInt: "int64", storedFloat: "float64", storedString: "string", storedBytes: "[]byte",
	storedBools: "[]bool", storedInts: "[]int64", storedFloats: "[]float64", storedStrings: "[]string",
}

// maxText is how many bytes the strings of a []string may have together.
const maxText = math.MaxInt32

var errText = errors.New("the strings of a slice are more than 2 GiB")

// encodeStored returns the bytes of a value, which is Storable.
func encodeStored(v any) ([]byte, error) {
	head := func(kind byte) []byte { return []byte{kind, 0, 0, 0, 0, 0, 0, 0} }
	frame := func(kind byte, a *column.Array) ([]byte, error) {
		return column.AppendRows(head(kind), []*column.Array{a})
	}
	switch v := v.(type) {
	case bool:
		b := append(head(storedBool), 0)
		if v {
			b[storedHead] = 1
		}
		return b, nil
	case int64:
		return binary.LittleEndian.AppendUint64(head(storedInt), uint64(v)), nil
	case float64:
		return binary.LittleEndian.AppendUint64(head(storedFloat), math.Float64bits(v)), nil
	case string:
		return append(head(storedString), v...), nil
	case []byte:
		return append(head(storedBytes), v...), nil
	case []bool:
		return frame(storedBools, column.Bools(v, nil))
	case []int64:
		return frame(storedInts, column.NarrowInts(v, nil))
	case []float64:
		return frame(storedFloats, column.Floats(v, nil))
	case []string:
		size := 0
		for _, s := range v {
			size += len(s)
		}
		if size > maxText {
			return nil, errText
		}
		off, text := make([]int32, 1, len(v)+1), make([]byte, 0, size)
		for _, s := range v {
			text = append(text, s...)
			off = append(off, int32(len(text)))
		}
		return frame(storedStrings, column.Texts(off, text, nil))
	}
	return nil, fmt.Errorf("%T is not Storable", v)
}

// decodeStored returns what encodeStored made bytes of; a slice may share b's memory. The error wraps cluster.ErrCorrupt or
// cluster.ErrVersion.
func decodeStored(b []byte) (any, error) {
	if len(b) < storedHead || strings.Trim(string(b[1:storedHead]), "\x00") != "" {
		return nil, fmt.Errorf("%w: a value without its type", cluster.ErrCorrupt)
	}
	kind, body := b[0], b[storedHead:]
	fixed := map[byte]int{storedBool: 1, storedInt: 8, storedFloat: 8}
	if n, ok := fixed[kind]; ok && len(body) != n {
		return nil, fmt.Errorf("%w: a %s of %d bytes", cluster.ErrCorrupt, storedNames[kind], len(body))
	}
	switch kind {
	case storedBool:
		if body[0] > 1 {
			return nil, fmt.Errorf("%w: a bool of %d", cluster.ErrCorrupt, body[0])
		}
		return body[0] == 1, nil
	case storedInt:
		return int64(binary.LittleEndian.Uint64(body)), nil
	case storedFloat:
		return math.Float64frombits(binary.LittleEndian.Uint64(body)), nil
	case storedString:
		return string(body), nil
	case storedBytes:
		return body, nil
	case storedBools:
		v, err := decodeSlice(body, Bool)
		return fitting(v.Bool), err
	case storedInts:
		v, err := decodeSlice(body, Int)
		return fitting(v.Int), err
	case storedFloats:
		v, err := decodeSlice(body, Float)
		return fitting(v.Float), err
	case storedStrings:
		v, err := decodeSlice(body, String)
		if err != nil {
			return nil, err
		}
		return fitting(v.Strings()), nil
	}
	return nil, fmt.Errorf("%w: a value of type %d", cluster.ErrCorrupt, kind)
}

// decodeSlice reads the frame of a slice.
func decodeSlice(b []byte, t Type) (*vector.Vec, error) {
	v := vector.Make(t, 0)
	arrays, err := column.ReadRows(b, []Type{t}, func(int) (*column.Dict, error) {
		return nil, fmt.Errorf("%w: codes without a dictionary", cluster.ErrCorrupt)
	})
	if err != nil {
		return v, err
	}
	if a := arrays[0]; a.Stats.Nulls > 0 {
		return v, fmt.Errorf("%w: a slice with NULLs", cluster.ErrCorrupt)
	}
	vector.Load(v, arrays[0], 0, arrays[0].N, nil)
	return v, nil
}

// fitting returns s without much room behind it, and not nil.
func fitting[T any](s []T) []T {
	if cap(s) >= 2*len(s) {
		return append([]T{}, s...)
	}
	return s
}
