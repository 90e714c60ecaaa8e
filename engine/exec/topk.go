package exec

import (
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/eval"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// threshold tells the rows that can still be among the first of an ORDER BY with a limit from those that cannot, by the
// first key of the last row kept so far.
type threshold struct {
	key    plan.Expr
	values *eval.Evaluator // nil: no value qualifies
	nulls  *eval.Evaluator // the same for batches where the key has NULLs
	all    bool            // everything qualifies
}

// newThreshold makes the filter for rows that come after those kept: with one key they must be before last, with several
// they may tie.
func newThreshold(keys []plan.SortKey, last column.Value) *threshold {
	t := &threshold{key: keys[0].Expr}
	desc, ties := keys[0].Desc, len(keys) > 1
	isNull := &plan.IsNull{X: t.key}
	if !last.Valid {
		switch { // NULLs come first ascending and last descending
		case !desc && ties:
			t.nulls = eval.New(isNull)
		case desc && !ties:
			t.nulls = eval.New(&plan.IsNull{X: t.key, Negate: true})
			t.all = true // of a batch without NULLs
		case desc:
			t.all, t.nulls = true, nil
		}
		return t
	}
	op := map[[2]bool]string{{false, false}: "<", {false, true}: "<=", {true, false}: ">", {true, true}: ">="}[[2]bool{desc, ties}]
	before, err := plan.NewCall(op, t.key, &plan.Const{Value: last})
	if err != nil { // cannot be: both sides have one type
		t.all = true
		return t
	}
	t.values = eval.New(before)
	t.nulls = t.values
	if !desc {
		t.nulls = eval.New(plan.Or(before, isNull))
	}
	return t
}

// filter returns the rows of b that qualify.
func (t *threshold) filter(b *vector.Batch) ([]int32, error) {
	e := t.values
	if t.mayBeNull(b) {
		e = t.nulls
		if e == nil && t.all {
			return rowRange(0, b.Len()), nil
		}
	} else if t.all {
		return rowRange(0, b.Len()), nil
	}
	if e == nil {
		return nil, nil
	}
	return e.Filter(b)
}

// mayBeNull reports whether the key can be NULL in b.
func (t *threshold) mayBeNull(b *vector.Batch) bool {
	c, plain := t.key.(*plan.Column)
	if !plain {
		return true
	}
	if a, _, _, ok := b.Array(c.Index); ok {
		return a.Valid != nil
	}
	return b.Col(c.Index).Null != nil
}
