package column

import (
	"bytes"
	"cmp"
	"math"
	"strconv"
	"strings"
)

// Value is one value of one of the four types, or a typed NULL. The zero Value is a NULL of type BOOL.
type Value struct {
	Type  Type
	Valid bool    // false: NULL, and the fields below are zero
	Int   int64   // INT; BOOL as 0 or 1
	Float float64 // FLOAT
	Str   string  // STRING
}

// Null returns the NULL of type t.
func Null(t Type) Value { return Value{Type: t} }

// BoolValue returns b as a Value.
func BoolValue(b bool) Value {
	v := Value{Type: Bool, Valid: true}
	if b {
		v.Int = 1
	}
	return v
}

// IntValue returns i as a Value.
func IntValue(i int64) Value { return Value{Type: Int, Valid: true, Int: i} }

// FloatValue returns f as a Value.
func FloatValue(f float64) Value { return Value{Type: Float, Valid: true, Float: f} }

// StringValue returns s as a Value.
func StringValue(s string) Value { return Value{Type: String, Valid: true, Str: s} }

// Bool reports whether v is a BOOL that is true.
func (v Value) Bool() bool { return v.Int != 0 }

// Any returns v as nil, bool, int64, float64 or string.
func (v Value) Any() any {
	if !v.Valid {
		return nil
	}
	switch v.Type {
	case Bool:
		return v.Int != 0
	case Int:
		return v.Int
	case Float:
		return v.Float
	}
	return v.Str
}

// String formats v for people and for text output: NULL, true, 42, 2.5, text.
func (v Value) String() string {
	if !v.Valid {
		return "NULL"
	}
	switch v.Type {
	case Bool:
		return strconv.FormatBool(v.Int != 0)
	case Int:
		return strconv.FormatInt(v.Int, 10)
	case Float:
		return FormatFloat(v.Float)
	}
	return v.Str
}

// Append appends what String returns to b.
func (v Value) Append(b []byte) []byte {
	switch {
	case v.Valid && v.Type == Int:
		return strconv.AppendInt(b, v.Int, 10)
	case v.Valid && v.Type == Float:
		return AppendFloat(b, v.Float)
	}
	return append(b, v.String()...)
}

// Compare orders two values of one type: NULL before everything, false before true, numbers by size,
// strings by bytes.
func (v Value) Compare(w Value) int {
	if !v.Valid || !w.Valid {
		return boolInt(v.Valid) - boolInt(w.Valid)
	}
	switch v.Type {
	case Bool, Int:
		return cmp.Compare(v.Int, w.Int)
	case Float:
		return cmp.Compare(v.Float, w.Float)
	}
	return strings.Compare(v.Str, w.Str)
}

// FormatFloat gives the shortest text that reads back to the same bits and shows a point or an exponent.
func FormatFloat(f float64) string { return string(AppendFloat(nil, f)) }

// AppendFloat appends FormatFloat(f) to b.
func AppendFloat(b []byte, f float64) []byte {
	if a := math.Abs(f); a != 0 && (a < 1e-5 || a >= 1e17) {
		return strconv.AppendFloat(b, f, 'e', -1, 64)
	}
	n := len(b)
	b = strconv.AppendFloat(b, f, 'f', -1, 64)
	if bytes.IndexByte(b[n:], '.') < 0 {
		b = append(b, '.', '0')
	}
	return b
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
