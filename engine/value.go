package engine

import (
	stdsql "database/sql"
	"fmt"
	"math"
	"reflect"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/sql"
)

func floatValue(f float64) (Value, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Value{}, fmt.Errorf("%v is not a value: FLOAT has no NaN and no infinity", f)
	}
	return column.FloatValue(f), nil
}

// parameters turns the arguments of Query into values; sql.Named ones keep their names.
func parameters(args []any) ([]sql.Arg, error) {
	ps := make([]sql.Arg, len(args))
	for i, a := range args {
		if n, ok := a.(stdsql.NamedArg); ok {
			ps[i].Name, a = n.Name, n.Value
		}
		if s, ok := a.(*Set); ok && s != nil {
			ps[i].Set = s
			continue
		}
		v, err := valueOf(a)
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		ps[i].Value = v
	}
	return ps, nil
}

// reflectValue is valueOf for the less common types: other widths, named types, pointers.
func reflectValue(v any) (Value, error) {
	r := reflect.ValueOf(v)
	switch {
	case r.Kind() == reflect.Pointer:
		if r.IsNil() {
			return Value{}, nil
		}
		return valueOf(r.Elem().Interface())
	case r.Kind() == reflect.Bool:
		return column.BoolValue(r.Bool()), nil
	case r.CanInt():
		return column.IntValue(r.Int()), nil
	case r.CanUint() && r.Uint() <= math.MaxInt64:
		return column.IntValue(int64(r.Uint())), nil
	case r.CanFloat():
		return floatValue(r.Float())
	case r.Kind() == reflect.String:
		return column.StringValue(r.String()), nil
	case r.Kind() == reflect.Slice && r.Type().Elem().Kind() == reflect.Uint8:
		return column.StringValue(string(r.Bytes())), nil
	}
	return Value{}, fmt.Errorf("a %T is no BOOL, INT, FLOAT or STRING", v)
}
