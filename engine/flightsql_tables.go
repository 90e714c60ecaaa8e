package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/sql"
	"github.com/eau2db/eau2/engine/vector"
)

// GetFlightInfoTables says how to list the tables.
func (f *flightSQL) GetFlightInfoTables(_ context.Context, r flightsql.GetTables, d *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return info(d, d.Cmd, tablesSchema(r)), nil
}

func tablesSchema(r flightsql.GetTables) *arrow.Schema {
	if r.GetIncludeSchema() {
		return schema_ref.TablesWithIncludedSchema
	}
	return schema_ref.Tables
}

// DoGetTables lists the tables. They are in no catalog and no schema.
func (f *flightSQL) DoGetTables(_ context.Context, r flightsql.GetTables) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	b := array.NewRecordBuilder(memory.DefaultAllocator, tablesSchema(r))
	defer b.Release()
	for _, t := range f.engine.Tables() {
		if !wanted(r, t.Name) {
			continue
		}
		b.Field(0).AppendNull()
		b.Field(1).AppendNull()
		b.Field(2).(*array.StringBuilder).Append(t.Name)
		b.Field(3).(*array.StringBuilder).Append(tableType)
		if r.GetIncludeSchema() {
			b.Field(4).(*array.BinaryBuilder).Append(flight.SerializeSchema(rowSchema(t.Columns), memory.DefaultAllocator))
		}
	}
	return single(b.NewRecordBatch())
}

// wanted says whether a list of tables is to have one of that name.
func wanted(r flightsql.GetTables, name string) bool {
	if c := r.GetCatalog(); c != nil && *c != "" {
		return false
	}
	if s := r.GetDBSchemaFilterPattern(); s != nil && !like(*s, "") {
		return false
	}
	if kinds := r.GetTableTypes(); len(kinds) > 0 && !slices.Contains(kinds, tableType) {
		return false
	}
	pattern := r.GetTableNameFilterPattern()
	return pattern == nil || like(*pattern, name)
}

// readParams reads the values of a statement's parameters: one row.
func readParams(names []string, r flight.MessageReader) (args []sql.Arg, err error) {
	defer userPanic(&err, "reading what came", vector.Place{}) // what comes may be garbled
	rows := 0
	for r.Next() {
		rec := r.RecordBatch()
		if rows += int(rec.NumRows()); rows > 1 {
			return nil, errors.New("a statement runs for one row of parameters at a time")
		}
		if rec.NumRows() == 0 {
			continue
		}
		if int(rec.NumCols()) != len(names) {
			return nil, fmt.Errorf("%d values for %d parameters", rec.NumCols(), len(names))
		}
		for i, c := range rec.Columns() {
			v, err := valueOfArrow(c)
			if err != nil {
				return nil, fmt.Errorf("parameter %d: %w", i+1, err)
			}
			args = append(args, sql.Arg{Name: names[i], Value: v})
		}
	}
	return args, r.Err()
}

// valueOfArrow returns the first value of an array.
func valueOfArrow(a arrow.Array) (Value, error) {
	if u, ok := a.(array.Union); ok {
		return valueOfArrow(array.NewSlice(u.Field(u.ChildID(0)), unionOffset(u), unionOffset(u)+1))
	}
	if a.IsNull(0) {
		return Value{}, nil
	}
	switch a := a.(type) {
	case *array.Boolean:
		return column.BoolValue(a.Value(0)), nil
	case *array.Int8:
		return column.IntValue(int64(a.Value(0))), nil
	case *array.Int16:
		return column.IntValue(int64(a.Value(0))), nil
	case *array.Int32:
		return column.IntValue(int64(a.Value(0))), nil
	case *array.Int64:
		return column.IntValue(a.Value(0)), nil
	case *array.Uint8:
		return column.IntValue(int64(a.Value(0))), nil
	case *array.Uint16:
		return column.IntValue(int64(a.Value(0))), nil
	case *array.Uint32:
		return column.IntValue(int64(a.Value(0))), nil
	case *array.Uint64:
		if a.Value(0) <= math.MaxInt64 {
			return column.IntValue(int64(a.Value(0))), nil
		}
	case *array.Float32:
		return floatValue(float64(a.Value(0)))
	case *array.Float64:
		return floatValue(a.Value(0))
	case *array.String:
		return column.StringValue(string([]byte(a.Value(0)))), nil
	case *array.LargeString:
		return column.StringValue(string([]byte(a.Value(0)))), nil
	case *array.StringView:
		return column.StringValue(string([]byte(a.Value(0)))), nil
	case *array.Binary:
		return column.StringValue(string(a.Value(0))), nil
	case *array.LargeBinary:
		return column.StringValue(string(a.Value(0))), nil
	}
	return Value{}, fmt.Errorf("a %v is no BOOL, INT, FLOAT or STRING", a.DataType())
}

// unionOffset returns where in its child the first value of a union is.
func unionOffset(u array.Union) int64 {
	if d, ok := u.(*array.DenseUnion); ok {
		return int64(d.ValueOffset(0))
	}
	return 0
}
