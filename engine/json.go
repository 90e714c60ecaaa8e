package engine

import (
	"encoding/json"
	"strconv"
)

// appendJSON appends v as JSON: NULL as null, INT in full, FLOAT with a point or exponent.
func appendJSON(b []byte, v Value) []byte {
	switch {
	case !v.Valid:
		return append(b, "null"...)
	case v.Type == String:
		return appendJSONString(b, v.Str)
	case v.Type == Bool:
		return strconv.AppendBool(b, v.Int != 0)
	}
	return append(b, v.String()...)
}

// appendJSONString appends s quoted; bytes that are not UTF-8 become U+FFFD.
func appendJSONString(b []byte, s string) []byte {
	q, err := json.Marshal(s)
	if err != nil { // cannot happen for a string
		return strconv.AppendQuote(b, s)
	}
	return append(b, q...)
}
