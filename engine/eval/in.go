package eval

import (
	"math"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/set"
	"github.com/eau2db/eau2/engine/vector"
)

// constants holds those of an IN list.
type constants struct {
	bools [2]bool
	nums  set.Numbers // INT, or the bits of FLOAT
	strs  map[string]struct{}
}

func newSet(t column.Type, list []column.Value) *constants {
	s := &constants{}
	switch t {
	case column.Bool:
		for _, v := range list {
			s.bools[v.Int&1] = true
		}
	case column.Int, column.Float:
		s.nums = set.MakeNumbers(len(list))
		for _, v := range list {
			if t == column.Float {
				s.nums.Add(floatBits(v.Float))
			} else {
				s.nums.Add(uint64(v.Int))
			}
		}
	case column.String:
		s.strs = make(map[string]struct{}, len(list))
		for _, v := range list {
			s.strs[v.Str] = struct{}{}
		}
	}
	return s
}

// floatBits returns the bits of f, the same for both zeros.
func floatBits(f float64) uint64 { return math.Float64bits(f + 0) }

// find sets r[i] to whether v's row i is in the set; rows that are NULL get any value.
func (s *constants) find(r []bool, v *vector.Vec) {
	switch v.Type {
	case column.Bool:
		for i, b := range v.Bool {
			r[i] = b && s.bools[1] || !b && s.bools[0]
		}
	case column.Int:
		for i, x := range v.Int {
			r[i] = s.nums.Has(uint64(x))
		}
	case column.Float:
		for i, x := range v.Float {
			r[i] = s.nums.Has(floatBits(x))
		}
	case column.String:
		for i, x := range v.Strings() {
			_, r[i] = s.strs[x]
		}
	}
}

// in is X IN (list).
type in struct {
	x       node
	set     *constants
	table   *set.Table // in place of set
	hasNull bool
	out     vector.Vec
}

func (n *in) eval(b *vector.Batch) (*vector.Vec, error) {
	v, err := n.x.eval(b)
	if err != nil {
		return nil, err
	}
	n.out.Reset(column.Bool, b.Len())
	if n.table != nil {
		for i, x := range v.Int {
			n.out.Bool[i] = n.table.Has(x)
		}
	} else {
		n.set.find(n.out.Bool, v)
	}
	n.out.AddNulls(v.Null)
	if n.hasNull {
		null := n.out.Nulls()
		for i, found := range n.out.Bool {
			null[i] = null[i] || !found
		}
	}
	n.out.Const = v.Const
	return &n.out, nil
}
