package eval

import (
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// caseOf is the searched CASE.
type caseOf struct {
	conds, results  []node // results has the Else last
	safeConds, safe []bool // those that cannot fail, and so may see all rows
	typ             column.Type
	dict            *column.Dict // not nil: all results are the constants with these codes, or NULL
	codes           []code       // of results
	out             vector.Vec
	sub             vector.Batch
	open, taken     []int32
	places          []int32
}

// code is a string constant of a CASE.
type code struct {
	code uint32
	null bool
}

func (c compiler) caseOf(e *plan.Case) node {
	n := &caseOf{typ: e.T}
	var conds []plan.Expr
	results := make([]plan.Expr, 0, len(e.Whens)+1)
	for _, w := range e.Whens {
		conds = append(conds, w.Cond)
		results = append(results, w.Then)
	}
	results = append(results, e.Else)
	n.conds, n.results = c.compileAll(conds), c.compileAll(results)
	n.safeConds, n.safe = c.safe(conds), c.safe(results)
	if e.T == column.String {
		n.dict, n.codes = constantStrings(results)
	}
	return n
}

// constantStrings returns a dictionary of the results of a CASE where they are all constant, so that GROUP BY on
// it works on codes.
func constantStrings(results []plan.Expr) (*column.Dict, []code) {
	var strs []string
	known := map[string]uint32{}
	codes := make([]code, len(results))
	for i, r := range results {
		c, ok := r.(*plan.Const)
		if !ok {
			return nil, nil
		}
		if !c.Value.Valid {
			codes[i].null = true
			continue
		}
		k, ok := known[c.Value.Str]
		if !ok {
			k = uint32(len(strs))
			known[c.Value.Str] = k
			strs = append(strs, c.Value.Str)
		}
		codes[i].code = k
	}
	if len(strs) == 0 {
		return nil, nil
	}
	return column.NewDict(strs), codes
}

func (n *caseOf) eval(b *vector.Batch) (*vector.Vec, error) {
	if n.dict != nil {
		n.out.SetDict(n.dict, b.Len())
	} else {
		n.out.Reset(n.typ, b.Len())
	}
	n.open = allRows(n.open, b.Len())
	for i, cond := range n.conds {
		if len(n.open) == 0 {
			return &n.out, nil
		}
		v, whole, err := n.evaluate(cond, n.safeConds[i], b, n.open)
		if err != nil {
			return nil, err
		}
		n.split(v, whole)
		if err := n.take(b, i, n.taken); err != nil {
			return nil, err
		}
	}
	return &n.out, n.take(b, len(n.conds), n.open)
}

// evaluate evaluates x for some rows of b, or, where that is safe and not much more work, for all. whole tells which:
// row r is row r of the result, else row rows[k] is row k.
func (n *caseOf) evaluate(x node, safe bool, b *vector.Batch, rows []int32) (v *vector.Vec, whole bool, err error) {
	if whole = len(rows) == b.Len() || safe && 4*len(rows) >= b.Len(); !whole {
		n.sub.Sub(b, rows)
		b = &n.sub
	}
	v, err = x.eval(b)
	return v, whole, err
}

// split moves the open rows whose condition is true to taken.
func (n *caseOf) split(v *vector.Vec, whole bool) {
	n.taken = grow(n.taken, len(n.open))
	taken, left := 0, 0
	for k, row := range n.open {
		at := k
		if whole {
			at = int(row)
		}
		n.taken[taken], n.open[left] = row, row
		if v.Bool[at] && (v.Null == nil || !v.Null[at]) {
			taken++
		} else {
			left++
		}
	}
	n.taken, n.open = n.taken[:taken], n.open[:left]
}

// take gives the rows result i.
func (n *caseOf) take(b *vector.Batch, i int, rows []int32) error {
	if len(rows) == 0 {
		return nil
	}
	if n.dict != nil {
		for _, row := range rows {
			n.out.Code[row] = n.codes[i].code
		}
		if n.codes[i].null {
			for _, row := range rows {
				n.out.SetNull(int(row))
			}
		}
		return nil
	}
	v, whole, err := n.evaluate(n.results[i], n.safe[i], b, rows)
	if err != nil {
		return err
	}
	from := rows
	if !whole {
		n.places = allRows(n.places, len(rows))
		from = n.places
	}
	switch n.typ {
	case column.Bool:
		scatter(n.out.Bool, v.Bool, rows, from)
	case column.Int:
		scatter(n.out.Int, v.Int, rows, from)
	case column.Float:
		scatter(n.out.Float, v.Float, rows, from)
	case column.String:
		scatter(n.out.Str, v.Strings(), rows, from)
	}
	if v.Null != nil {
		scatter(n.out.Nulls(), v.Null, rows, from)
	}
	return nil
}

// scatter sets the rows of dst to the rows from of src.
func scatter[T any](dst, src []T, rows, from []int32) {
	from = from[:len(rows)]
	for k, row := range rows {
		dst[row] = src[from[k]]
	}
}
