package sql

import (
	"strconv"
	"strings"

	"github.com/eau2db/eau2/column"
)

// castType is the type that a CAST names.
type castType struct {
	t    column.Type
	date string // DATE or DATETIME: a string in ISO form
	size int    // CHAR(n): at most n characters; 0 is any
}

// parseCastType reads the type in tokens lo to hi of CAST(x AS type). Beside eau2's own names it takes MySQL's.
func (r *rewriter) parseCastType(lo, hi int) (castType, error) {
	const hint = "the types are BOOL, INT, FLOAT and STRING"
	if lo >= hi || r.kind(lo) != word {
		return castType{}, r.errorf(lo, hint, "a type is missing")
	}
	var c castType
	next := lo + 1
	w := strings.ToUpper(r.raw(lo))
	switch w {
	case "SIGNED", "UNSIGNED":
		c.t = column.Int
		if r.is(next, "int", "integer") {
			next++
		}
	case "TINYINT", "SMALLINT", "MEDIUMINT", "INT8", "INT4", "INT2", "INT64", "INT32", "LONG":
		c.t = column.Int
	case "FLOAT4", "FLOAT8", "FLOAT64":
		c.t = column.Float
	case "CHAR", "CHARACTER", "NCHAR", "NVARCHAR":
		c.t = column.String
		if r.is(next, "varying") {
			next++
		}
	case "DECIMAL", "NUMERIC", "DEC":
		return c, r.errorf(lo, "use FLOAT, and ROUND(x, d) for d decimals", "%s is not supported", w)
	case "DATE", "DATETIME", "TIMESTAMP":
		c.t, c.date = column.String, w
	case "DOUBLE":
		c.t = column.Float
		if r.is(next, "precision") {
			next++
		}
	default:
		t, err := column.ParseType(w)
		if err != nil {
			return c, r.errorf(lo, hint, "unknown type %s", r.raw(lo))
		}
		c.t = t
	}
	if r.kind(next) == open && r.kind(next+1) == number && r.kind(next+2) == closed {
		n, err := strconv.Atoi(r.raw(next + 1))
		if err != nil || c.t != column.String || c.date != "" || n == 0 {
			return c, r.errorf(next, "", "%s takes no length", w)
		}
		c.size = n
		next += 3
	}
	if next != hi {
		return c, r.errorf(next, hint, "unexpected %s after the type", r.raw(next))
	}
	return c, nil
}
