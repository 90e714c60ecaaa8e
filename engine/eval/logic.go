package eval

import (
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// logic is AND or OR. A row is decided by the first argument that is false (AND) or true (OR); later arguments are
// evaluated only for the rows that no earlier one has decided.
type logic struct {
	or   bool
	safe bool // the arguments cannot fail, so all may see all rows
	args []node
	out  vector.Vec
	sub  vector.Batch
	open []int32 // rows not decided yet
}

func (n *logic) eval(b *vector.Batch) (*vector.Vec, error) {
	size := b.Len()
	n.out.Reset(column.Bool, size)
	for i := range n.out.Bool {
		n.out.Bool[i] = !n.or
	}
	if n.safe {
		return &n.out, n.combine(b)
	}
	n.open = allRows(n.open, size)
	for _, a := range n.args {
		if len(n.open) == 0 {
			break
		}
		v, err := a.eval(subset(b, &n.sub, n.open))
		if err != nil {
			return nil, err
		}
		n.merge(v)
	}
	return &n.out, nil
}

// combine evaluates all arguments for all rows. In out a row that is NULL so far is as if it were not decided.
func (n *logic) combine(b *vector.Batch) error {
	out := asBytes(n.out.Bool)
	neutral := byte(bit64(!n.or))
	for _, a := range n.args {
		v, err := a.eval(b)
		if err != nil {
			return err
		}
		vals := asBytes(v.Bool)[:len(out)]
		switch {
		case v.Null != nil:
			null := asBytes(n.out.Nulls())[:len(out)]
			for i, isNull := range asBytes(v.Null)[:len(out)] {
				null[i] |= isNull
				decides := (vals[i] ^ neutral) &^ isNull
				out[i] ^= decides & (out[i] ^ neutral ^ 1)
			}
		case n.or:
			for i := range out {
				out[i] |= vals[i]
			}
		default:
			for i := range out {
				out[i] &= vals[i]
			}
		}
	}
	if n.out.Null != nil {
		for i, null := range asBytes(n.out.Null)[:len(out)] {
			asBytes(n.out.Null)[i] = null &^ (out[i] ^ neutral)
		}
	}
	return nil
}

// asBytes returns b as bytes of 0 and 1.
func asBytes(b []bool) []byte { return same[byte](b) }

// merge takes in the value of an argument for the open rows.
func (n *logic) merge(v *vector.Vec) {
	left := 0
	for k, row := range n.open {
		n.open[left] = row
		switch {
		case v.Null != nil && v.Null[k]:
			n.out.Nulls()[row] = true
			left++
		case v.Bool[k] != n.or:
			left++
		default:
			n.out.Bool[row] = n.or
			if n.out.Null != nil {
				n.out.Null[row] = false
			}
		}
	}
	n.open = n.open[:left]
}

// subset returns the rows of b: b itself where that is all of them, else sub.
func subset(b, sub *vector.Batch, rows []int32) *vector.Batch {
	if len(rows) == b.Len() {
		return b
	}
	sub.Sub(b, rows)
	return sub
}

// allRows returns 0 to n-1, in the memory of s.
func allRows(s []int32, n int) []int32 {
	s = grow(s, n)
	for i := range s {
		s[i] = int32(i)
	}
	return s
}

// not is the three-valued NOT.
type not struct {
	x   node
	out vector.Vec
}

func (n *not) eval(b *vector.Batch) (*vector.Vec, error) {
	v, err := n.x.eval(b)
	if err != nil {
		return nil, err
	}
	n.out.Reset(column.Bool, b.Len())
	for i, t := range v.Bool {
		n.out.Bool[i] = !t
	}
	n.out.AddNulls(v.Null)
	n.out.Const = v.Const
	return &n.out, nil
}

// isNull is IS NULL or IS NOT NULL.
type isNull struct {
	x      node
	negate bool
	out    vector.Vec
}

func (n *isNull) eval(b *vector.Batch) (*vector.Vec, error) {
	v, err := n.x.eval(b)
	if err != nil {
		return nil, err
	}
	n.out.Reset(column.Bool, b.Len())
	for i := range n.out.Bool {
		n.out.Bool[i] = n.negate
	}
	if v.Null != nil {
		for i, null := range v.Null {
			n.out.Bool[i] = null != n.negate
		}
	}
	n.out.Const = v.Const
	return &n.out, nil
}
