package column

import (
	"fmt"
	"strconv"
	"strings"
)

// Type is one of the four types of a column.
type Type uint8

// The four types. A missing value of any of them is SQL NULL.
const (
	Bool   Type = iota // true or false; counts as 1 and 0 in arithmetic
	Int                // 64-bit signed integer
	Float              // IEEE 754 binary64, never NaN or infinite in a table
	String             // bytes, expected but not required to be UTF-8
)

// String returns the SQL name of the type.
func (t Type) String() string {
	switch t {
	case Bool:
		return "BOOL"
	case Int:
		return "INT"
	case Float:
		return "FLOAT"
	case String:
		return "STRING"
	}
	return "Type(" + strconv.Itoa(int(t)) + ")"
}

// ParseType reads the name of a type, in any case.
func ParseType(s string) (Type, error) {
	switch strings.ToUpper(s) {
	case "BOOL", "BOOLEAN":
		return Bool, nil
	case "INT", "INTEGER", "BIGINT":
		return Int, nil
	case "FLOAT", "DOUBLE", "REAL":
		return Float, nil
	case "STRING", "VARCHAR", "TEXT":
		return String, nil
	}
	return 0, fmt.Errorf("unknown type %q: the types are BOOL, INT, FLOAT and STRING", s)
}

// Field names and types one column of a table.
type Field struct {
	Name string
	Type Type
}
