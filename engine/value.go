package engine

import (
	"fmt"
	"math"
	"reflect"

	"github.com/eau2db/eau2/column"
)

func floatValue(f float64) (Value, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Value{}, fmt.Errorf("%v is not a value: FLOAT has no NaN and no infinity", f)
	}
	return column.FloatValue(f), nil
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
