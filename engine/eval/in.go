package eval

import (
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// set holds the constants of an IN list.
type set struct {
	bools  [2]bool
	ints   map[int64]struct{}
	floats map[float64]struct{}
	strs   map[string]struct{}
}

func newSet(t column.Type, list []column.Value) *set {
	s := &set{}
	switch t {
	case column.Bool:
		for _, v := range list {
			s.bools[v.Int&1] = true
		}
	case column.Int:
		s.ints = make(map[int64]struct{}, len(list))
		for _, v := range list {
			s.ints[v.Int] = struct{}{}
		}
	case column.Float:
		s.floats = make(map[float64]struct{}, len(list))
		for _, v := range list {
			s.floats[v.Float] = struct{}{}
		}
	case column.String:
		s.strs = make(map[string]struct{}, len(list))
		for _, v := range list {
			s.strs[v.Str] = struct{}{}
		}
	}
	return s
}

// find sets r[i] to whether v's row i is in the set; rows that are NULL get any value.
func (s *set) find(r []bool, v *vector.Vec) {
	switch v.Type {
	case column.Bool:
		for i, b := range v.Bool {
			r[i] = b && s.bools[1] || !b && s.bools[0]
		}
	case column.Int:
		for i, x := range v.Int {
			_, r[i] = s.ints[x]
		}
	case column.Float:
		for i, x := range v.Float {
			_, r[i] = s.floats[x]
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
	set     *set
	hasNull bool
	out     vector.Vec
}

func (n *in) eval(b *vector.Batch) (*vector.Vec, error) {
	v, err := n.x.eval(b)
	if err != nil {
		return nil, err
	}
	n.out.Reset(column.Bool, b.Len())
	n.set.find(n.out.Bool, v)
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
