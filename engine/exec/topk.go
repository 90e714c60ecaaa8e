package exec

import (
	"cmp"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// threshold is the first key of the last row worth keeping.
type threshold struct {
	set  bool
	null bool
	key  vector.Vec // one row
}

func (t *threshold) setTo(v *vector.Vec, row int) {
	t.set, t.null = true, v.IsNull(row)
	t.key.Gather(v, []int32{int32(row)})
}

// filter returns the rows of v that come before the threshold, or, with ties, not after it.
func (t *threshold) filter(v *vector.Vec, desc, ties bool) []int32 {
	sel := make([]int32, 0, 64)
	want := func(c int) bool { return c < 0 || ties && c == 0 }
	if desc {
		want = func(c int) bool { return c > 0 || ties && c == 0 }
	}
	if v.Null == nil && !t.null {
		switch {
		case v.Type == column.Int:
			return before(v.Int, t.key.Int[0], desc, ties, sel)
		case v.Type == column.Float:
			return before(v.Float, t.key.Float[0], desc, ties, sel)
		case v.Dict != nil && v.Dict == t.key.Dict:
			rank := v.Dict.Rank()
			k := int64(rank[t.key.Code[0]])
			for i, c := range v.Code {
				if want(cmp.Compare(int64(rank[c]), k)) {
					sel = append(sel, int32(i))
				}
			}
			return sel
		}
	}
	k := t.key.Value(0)
	for i := range v.Len() {
		if want(v.Value(i).Compare(k)) {
			sel = append(sel, int32(i))
		}
	}
	return sel
}

func before[T int64 | float64](vals []T, k T, desc, ties bool, sel []int32) []int32 {
	switch {
	case desc && ties:
		for i, v := range vals {
			if v >= k {
				sel = append(sel, int32(i))
			}
		}
	case desc:
		for i, v := range vals {
			if v > k {
				sel = append(sel, int32(i))
			}
		}
	case ties:
		for i, v := range vals {
			if v <= k {
				sel = append(sel, int32(i))
			}
		}
	default:
		for i, v := range vals {
			if v < k {
				sel = append(sel, int32(i))
			}
		}
	}
	return sel
}
