package plan

import (
	"context"

	"github.com/eau2db/eau2/column"
)

// Table is what a Scan needs to know of a table. Implementations may be used by any number of goroutines.
type Table interface {
	Name() string
	Fields() []column.Field
	Rows() int64
	Chunks() int
	// ChunkStats returns the statistics of one column of one chunk; they may be partial (see column.Stats).
	ChunkStats(chunk, col int) column.Stats
	ChunkRows(chunk int) int
	// Column returns the array of one column of one chunk. It stays valid while the query holds the table.
	Column(ctx context.Context, chunk, col int) (*column.Array, error)
}

// Node is an operator: a tree whose inputs give it rows. Nodes are never changed once made: rules make new ones.
type Node interface {
	Fields() []column.Field // of its result; names need not differ
	Inputs() []Node
	WithInputs([]Node) Node // a copy over other inputs
	String() string         // its own line in EXPLAIN, without its inputs
}

// Scan reads the columns Cols of a table, in row order, and keeps the rows for which Filter, an expression over
// those columns, is true. Of the chunks it reads the listed ones, or all when Chunks is nil.
type Scan struct {
	Table  Table
	Cols   []int
	Filter Expr // nil for none
	Chunks []int
}

// Values gives literal rows. SELECT without FROM is one row without columns.
type Values struct {
	Schema []column.Field
	Rows   [][]column.Value
}

// Filter keeps the rows for which Cond is true.
type Filter struct {
	Input Node
	Cond  Expr
}

// Project computes one column for each expression.
type Project struct {
	Input Node
	Exprs []Expr
	Names []string
}

// Aggregate groups by Keys and gives the keys, then the aggregates. Without keys it gives exactly one row, also
// for no input. NULL is a key like any other. The order of its rows is not defined. Without Aggs it is DISTINCT.
type Aggregate struct {
	Input Node
	Keys  []Expr
	Names []string // of keys, then aggregates
	Aggs  []Agg
}

// AggKind is an aggregate function.
type AggKind uint8

// The aggregate functions. All but CountRows ignore NULL arguments, and all but the counts are NULL over no value.
const (
	CountRows AggKind = iota
	Count
	Sum // of BOOL and INT: INT, an error beyond 64 bits; of FLOAT: FLOAT
	Avg
	Min
	Max
	StddevPop
	StddevSamp
	VarPop
	VarSamp
	Corr
	Quantile // Param is p in 0..1; linear interpolation; MEDIAN is p = 0.5
	ApproxCountDistinct
	GroupConcat // Separator, OrderBy
	AnyValue
	BoolAnd
	BoolOr
	Largest  // K rows a group, unnested, largest first; fewer when the group has fewer values
	Smallest // likewise, smallest first
)

// Agg is one aggregate of an Aggregate. BOOL arguments of numeric aggregates have been cast to INT by the binder.
type Agg struct {
	Kind      AggKind
	Args      []Expr // none for CountRows, two for Corr, else one
	Distinct  bool   // over the distinct values (of the tuple of Args, for Count)
	Param     float64
	K         int
	Separator string
	OrderBy   []SortKey // of GroupConcat; over the Aggregate's input
	T         column.Type
}

// SortKey orders by one expression. NULLs come first ascending and last descending.
type SortKey struct {
	Expr Expr
	Desc bool
}

// Sort orders its input, stably. Where Limit is not negative it gives only the rows Offset to Offset+Limit.
type Sort struct {
	Input         Node
	Keys          []SortKey
	Limit, Offset int64
}

// Limit gives the rows Offset to Offset+Limit of its input's order; a negative Limit means all from Offset.
type Limit struct {
	Input         Node
	Limit, Offset int64
}

// Union gives the rows of its inputs one after the other (UNION ALL). Their types are the same.
type Union struct{ Ins []Node }
