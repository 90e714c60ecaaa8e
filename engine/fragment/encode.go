package fragment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
)

// version is the first byte of every encoding.
const version = 1

// maxDepth is how deep operators and expressions may nest: more than the binder lets through, far less than the stack holds.
const maxDepth = 10_000

// ErrNotPortable says that a plan holds what means nothing in another process.
var ErrNotPortable = errors.New("it can only run in this process")

// Identified is a table that another node finds by its id.
type Identified interface {
	plan.Table
	ID() string
}

// TableRef names a table in another process.
type TableRef struct{ ID, Name string }

// The operators and expressions as they are numbered in bytes.
const (
	nodeScan = iota + 1
	nodeValues
	nodeFilter
	nodeProject
	nodeAggregate
	nodePartial
	nodeSort
	nodeTop
	nodeLimit
	nodeUnion
	nodeMerge
	nodeRemote
	nodeShuffle
	nodeFlatMap
)

const (
	exprColumn = iota + 1
	exprConst
	exprCall
	exprCast
	exprLogic
	exprNot
	exprIsNull
	exprCase
	exprIn
	exprUser // a call of a function that the program has registered
)

// Encode returns n as bytes.
func Encode(n plan.Node) ([]byte, error) {
	e := newEncoder()
	e.node(n)
	if e.err != nil {
		return nil, fmt.Errorf("encode a fragment: %w", e.err)
	}
	return e.b, nil
}

// EncodeExpr returns x, an expression over columns that DecodeExpr is told, as bytes.
func EncodeExpr(x plan.Expr) ([]byte, error) {
	e := newEncoder()
	e.expr(x)
	if e.err != nil {
		return nil, fmt.Errorf("encode an expression: %w", e.err)
	}
	return e.b, nil
}

// encoder appends to b. Numbers are varints. A text is written once: later it is the number of its first place.
type encoder struct {
	b     []byte
	texts map[string]int
	depth int
	err   error // the first
}

func newEncoder() *encoder { return &encoder{b: []byte{version}, texts: map[string]int{}} }

func (e *encoder) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

// down counts the nesting, and reports whether to go on.
func (e *encoder) down() bool {
	if e.depth++; e.depth > maxDepth {
		e.fail(fmt.Errorf("%w: it is nested more than %d deep", ErrNotPortable, maxDepth))
	}
	return e.err == nil
}

func (e *encoder) up() { e.depth-- }

func (e *encoder) byte(b byte)    { e.b = append(e.b, b) }
func (e *encoder) count(n int)    { e.b = binary.AppendUvarint(e.b, uint64(n)) }
func (e *encoder) number(n int64) { e.b = binary.AppendVarint(e.b, n) }
func (e *encoder) word(w uint64)  { e.b = binary.LittleEndian.AppendUint64(e.b, w) }

func (e *encoder) flag(f bool) {
	if f {
		e.byte(1)
	} else {
		e.byte(0)
	}
}

// text writes 0, length and bytes of a new text, or the number, from 1, of an old one.
func (e *encoder) text(s string) {
	if n := e.texts[s]; n > 0 {
		e.count(n)
		return
	}
	e.texts[s] = len(e.texts) + 1
	e.byte(0)
	e.long(s)
}

// long writes a text that will hardly come again.
func (e *encoder) long(s string) {
	e.count(len(s))
	e.b = append(e.b, s...)
}

// value writes a value whose type is known.
func (e *encoder) value(v column.Value) {
	e.flag(v.Valid)
	if v.Valid {
		e.valid(v)
	}
}

func (e *encoder) valid(v column.Value) {
	switch v.Type {
	case column.Bool:
		e.flag(v.Bool())
	case column.Int:
		e.number(v.Int)
	case column.Float:
		e.word(math.Float64bits(v.Float))
	default:
		e.long(v.Str)
	}
}

func (e *encoder) fields(fs []column.Field) {
	e.count(len(fs))
	for _, f := range fs {
		e.text(f.Name)
		e.byte(byte(f.Type))
	}
}

// names writes the names of n columns.
func (e *encoder) names(names []string, n int) {
	if len(names) != n {
		e.fail(fmt.Errorf("%d names for %d columns", len(names), n))
	}
	for _, s := range names {
		e.text(s)
	}
}

func (e *encoder) node(n plan.Node) {
	if !e.down() {
		return
	}
	defer e.up()
	switch n := n.(type) {
	case *plan.Scan:
		e.byte(nodeScan)
		e.scan(n)
	case *plan.Values:
		e.byte(nodeValues)
		e.fields(n.Schema)
		e.count(len(n.Rows))
		for _, row := range n.Rows {
			e.byte(0) // so that no row is without bytes
			e.row(n.Schema, row)
		}
	case *plan.Filter:
		e.byte(nodeFilter)
		e.node(n.Input)
		e.expr(n.Cond)
	case *plan.Project:
		e.byte(nodeProject)
		e.node(n.Input)
		e.exprs(n.Exprs)
		e.names(n.Names, len(n.Exprs))
	case *plan.FlatMap:
		e.byte(nodeFlatMap)
		e.node(n.Input)
		e.program()
		e.text(n.Func.Name)
		e.text(n.Name)
	case *plan.Aggregate:
		e.byte(nodeAggregate)
		e.aggregate(n)
	case *plan.Partial:
		e.byte(nodePartial)
		e.aggregate(n.Aggregate)
	case *plan.Merge:
		e.byte(nodeMerge)
		e.node(n.Input)
		e.aggregate(n.Aggregate)
	case *plan.Remote:
		e.byte(nodeRemote)
		e.node(n.Fragment)
	case *plan.Shuffle:
		e.byte(nodeShuffle)
		e.node(n.Input)
		e.count(len(n.Keys))
		for _, k := range n.Keys {
			e.count(k)
		}
	case *plan.Sort:
		e.byte(nodeSort)
		e.node(n.Input)
		e.keys(n.Keys)
		e.number(n.Limit)
		e.number(n.Offset)
	case *plan.Top:
		e.byte(nodeTop)
		e.node(n.Input)
		e.keys(n.Keys)
		e.number(n.K)
	case *plan.Limit:
		e.byte(nodeLimit)
		e.node(n.Input)
		e.number(n.Limit)
		e.number(n.Offset)
	case *plan.Union:
		e.byte(nodeUnion)
		e.count(len(n.Ins))
		for _, in := range n.Ins {
			e.node(in)
		}
	default:
		e.fail(fmt.Errorf("%w: %T", ErrNotPortable, n))
	}
}

func (e *encoder) row(schema []column.Field, row []column.Value) {
	if len(row) != len(schema) {
		e.fail(fmt.Errorf("a row of %d values for %d columns", len(row), len(schema)))
		return
	}
	for i, v := range row {
		if v.Valid && v.Type != schema[i].Type {
			e.fail(fmt.Errorf("a %s in column %s, which is %s", v.Type, schema[i].Name, schema[i].Type))
		}
		e.value(v)
	}
}

func (e *encoder) scan(n *plan.Scan) {
	t, ok := n.Table.(Identified)
	if !ok {
		e.fail(fmt.Errorf("table %s: %w", n.Table.Name(), ErrNotPortable))
		return
	}
	e.text(t.ID())
	e.text(t.Name())
	e.count(len(n.Cols))
	for _, c := range n.Cols {
		e.count(c)
	}
	e.flag(n.Chunks != nil)
	if n.Chunks != nil {
		e.chunks(n.Chunks)
	}
	e.flag(n.Filter != nil)
	if n.Filter != nil {
		e.expr(n.Filter)
	}
}

// chunks writes ascending numbers as runs: the gap before each, and its length.
func (e *encoder) chunks(list []int) {
	var runs [][2]int
	next := 0
	for _, c := range list {
		if c < next {
			e.fail(fmt.Errorf("the chunks of a scan do not ascend at %d", c))
			return
		}
		if k := len(runs); k > 0 && c == next {
			runs[k-1][1]++
		} else {
			runs = append(runs, [2]int{c - next, 1})
		}
		next = c + 1
	}
	e.count(len(runs))
	for _, r := range runs {
		e.count(r[0])
		e.count(r[1])
	}
}

func (e *encoder) aggregate(n *plan.Aggregate) {
	e.node(n.Input)
	e.exprs(n.Keys)
	e.count(len(n.Aggs))
	for _, a := range n.Aggs {
		e.byte(byte(a.Kind))
		e.exprs(a.Args)
		e.flag(a.Distinct)
		e.word(math.Float64bits(a.Param))
		e.number(int64(a.K))
		e.text(a.Separator)
		e.keys(a.OrderBy)
	}
	e.names(n.Names, len(n.Keys)+len(n.Aggs))
}

func (e *encoder) keys(ks []plan.SortKey) {
	e.count(len(ks))
	for _, k := range ks {
		e.expr(k.Expr)
		e.flag(k.Desc)
	}
}
