package eval

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// cast converts to another type.
type cast struct {
	x   node
	to  column.Type
	out vector.Vec
}

func (n *cast) eval(b *vector.Batch) (*vector.Vec, error) {
	v, err := n.x.eval(b)
	if err != nil {
		return nil, err
	}
	n.out.Reset(n.to, b.Len())
	n.out.AddNulls(v.Null)
	switch {
	case v.Type == column.String:
		castText(&n.out, v)
	case n.to == column.Bool:
		castBool(n.out.Bool, v)
	case n.to == column.Int:
		err = castInt(&n.out, v)
	case n.to == column.Float:
		castFloat(n.out.Float, v)
	case n.to == column.String:
		castString(&n.out, v)
	}
	n.out.Const = v.Const
	return &n.out, err
}

func castBool(r []bool, v *vector.Vec) {
	if v.Type == column.Int {
		for i, x := range v.Int {
			r[i] = x != 0
		}
		return
	}
	for i, x := range v.Float {
		r[i] = x != 0
	}
}

func castInt(out, v *vector.Vec) error {
	r := out.Int
	if v.Type == column.Bool {
		for i, x := range v.Bool {
			r[i] = bit(x)
		}
		return nil
	}
	for i, x := range v.Float {
		var ok bool
		if r[i], ok = roundInt(x); !ok && !out.IsNull(i) {
			return fmt.Errorf("INT overflow: CAST(%s AS INT)", column.FormatFloat(x))
		}
	}
	return nil
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// roundInt rounds half away from zero; ok is false where the result is no INT.
func roundInt(f float64) (i int64, ok bool) {
	f = math.Round(f)
	if !(f >= -1<<63 && f < 1<<63) {
		return 0, false
	}
	return int64(f), true
}

func castFloat(r []float64, v *vector.Vec) {
	if v.Type == column.Bool {
		for i, x := range v.Bool {
			r[i] = float64(bit(x))
		}
		return
	}
	intsToFloats(r, v.Int[:len(r)])
}

func intsToFloatsPlain(r []float64, v []int64) {
	for i, x := range v {
		r[i] = float64(x)
	}
}

func castString(out, v *vector.Vec) {
	for i := range out.Str {
		if out.IsNull(i) {
			out.Str[i] = ""
			continue
		}
		switch v.Type {
		case column.Bool:
			out.Str[i] = strconv.FormatBool(v.Bool[i])
		case column.Int:
			out.SetTail(i, strconv.AppendInt(out.Tail(), v.Int[i], 10))
		case column.Float:
			out.SetTail(i, column.AppendFloat(out.Tail(), v.Float[i]))
		}
	}
}

// castText converts STRING to another type.
func castText(out, v *vector.Vec) {
	for i, s := range v.Strings() {
		ok := true
		switch s = strings.Trim(s, " \t\r\n"); out.Type {
		case column.Bool:
			out.Bool[i], ok = parseBool(s)
		case column.Int:
			out.Int[i], ok = parseInt(s)
		case column.Float:
			out.Float[i], ok = parseFloat(s)
		}
		if !ok {
			out.SetNull(i)
		}
	}
}

func parseBool(s string) (b, ok bool) {
	switch {
	case strings.EqualFold(s, "true"):
		return true, true
	case strings.EqualFold(s, "false"):
		return false, true
	}
	f, ok := parseFloat(s)
	return f != 0, ok
}

// parseInt reads an INT; of another number it takes the nearest INT.
func parseInt(s string) (int64, bool) {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i, true
	}
	f, ok := parseFloat(s)
	if !ok {
		return 0, false
	}
	return roundInt(f)
}

// parseFloat reads a number as SQL writes them: not nan, inf, hexadecimal or with underscores.
func parseFloat(s string) (float64, bool) {
	if len(s) == 0 || len(strings.Trim(s, "0123456789+-.eE")) > 0 {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, false
	}
	return f, true
}
