package sor

import (
	"math"
	"strconv"
	"unsafe"

	"github.com/eau2db/eau2/column"
)

// shape is what an unquoted text looks like.
type shape uint8

const (
	shapeText  shape = iota
	shapeInt         // digits with an optional sign
	shapeFloat       // with a decimal point, an exponent or both
)

// shapeOf tells numbers from other texts, a byte at a time.
func shapeOf(text []byte) shape {
	i := 0
	if i < len(text) && (text[i] == '+' || text[i] == '-') {
		i++
	}
	digits, shape := 0, shapeInt
	for ; i < len(text) && isDigit(text[i]); i++ {
		digits++
	}
	if i < len(text) && text[i] == '.' {
		shape = shapeFloat
		for i++; i < len(text) && isDigit(text[i]); i++ {
			digits++
		}
	}
	if digits == 0 {
		return shapeText
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		shape = shapeFloat
		i++
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		if i == len(text) {
			return shapeText
		}
		for i < len(text) && isDigit(text[i]) {
			i++
		}
	}
	if i < len(text) {
		return shapeText
	}
	return shape
}

func isDigit(c byte) bool { return c-'0' <= 9 }

// parse reads an unquoted text as the narrowest of the four types. A number beyond FLOAT gives a FLOAT that is infinite.
// The string of a STRING value shares the memory of text.
func parse(text []byte) column.Value {
	if len(text) == 1 && (text[0] == '0' || text[0] == '1') {
		return column.BoolValue(text[0] == '1')
	}
	s := unsafe.String(unsafe.SliceData(text), len(text))
	switch shapeOf(text) {
	case shapeInt:
		if i, err := strconv.ParseInt(s, 10, 64); err == nil {
			return column.IntValue(i)
		}
		fallthrough // outside of 64 bits
	case shapeFloat:
		f, _ := strconv.ParseFloat(s, 64) // of the right shape: the only error is an infinite result
		return column.FloatValue(f)
	}
	return column.StringValue(s)
}

// fit says how a value suits its column.
type fit uint8

const (
	fits     fit = iota
	misfits      // it is of another type
	tooLarge     // a number beyond FLOAT: its row is malformed
)

// convert reads a field's text, which is not missing, as a value of type t. It defines the values of the format; the
// fast path takes only what it is sure of. The string of a STRING value shares the memory of text.
func convert(text []byte, quoted bool, t column.Type) (column.Value, fit) {
	s := unsafe.String(unsafe.SliceData(text), len(text))
	if t == column.String {
		return column.StringValue(s), fits
	}
	if quoted {
		return column.Null(t), misfits
	}
	v := parse(text)
	switch {
	case v.Type == column.Float && math.IsInf(v.Float, 0):
		return column.Null(t), tooLarge
	case v.Type > t:
		return column.Null(t), misfits
	case v.Type == t:
		return v, fits
	case t == column.Float:
		f, _ := strconv.ParseFloat(s, 64) // keeps the sign of -0
		return column.FloatValue(f), fits
	}
	return column.IntValue(v.Int), fits
}
