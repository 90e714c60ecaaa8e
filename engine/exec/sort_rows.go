package exec

import (
	"fmt"
	"slices"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// sortStride is the distance between the row numbers of two batches.
const sortStride = vector.Size

// maxParts is how many batches row numbers can tell apart.
const maxParts = 1 << 32 / sortStride

// sortedRows are rows to sort, batch by batch. Row i of part p has number p*sortStride+i.
type sortedRows struct {
	by    []plan.SortKey
	parts []sortPart
	n     int
}

// sortPart is a batch of rows. A column is either a window of a chunk's array, which is not copied, or a vector.
type sortPart struct {
	seq    uint64
	n, lo  int
	arrays []*column.Array // nil where the column is a vector
	vecs   []*vector.Vec
	keys   []*vector.Vec // nil for a key that is a plain column
}

// add keeps the rows of b, and returns the bytes that takes.
func (r *sortedRows) add(b *vector.Batch, keys []*vector.Vec) (bytes int64) {
	p := sortPart{seq: b.Seq, n: b.Len(), keys: keys, arrays: make([]*column.Array, b.Width())}
	for i := range p.arrays {
		if a, lo, sel, ok := b.Array(i); ok && sel == nil {
			p.arrays[i], p.lo = a, lo
			continue
		}
		if p.vecs == nil {
			p.vecs = make([]*vector.Vec, b.Width())
		}
		p.vecs[i] = b.Take(i)
		bytes += 12 * int64(p.n)
	}
	for _, k := range keys {
		if k != nil {
			bytes += 12 * int64(p.n)
		}
	}
	r.parts = append(r.parts, p)
	r.n += p.n
	return bytes + 16*int64(p.n)
}

// bytes returns about what rows of vectors take.
func (r *sortedRows) bytes() int64 {
	if len(r.parts) == 0 {
		return 0
	}
	return int64(r.n) * int64(12*(len(r.parts[0].arrays)+len(r.by))+16)
}

// column returns column c of a part.
func (p *sortPart) column(c int) *vector.Vec {
	if p.vecs != nil && p.vecs[c] != nil {
		return p.vecs[c]
	}
	v := &vector.Vec{}
	vector.Load(v, p.arrays[c], p.lo, p.n, nil)
	return v
}

// key returns sort key k of part p.
func (r *sortedRows) key(p, k int) *vector.Vec {
	if v := r.parts[p].keys[k]; v != nil {
		return v
	}
	return r.parts[p].column(r.by[k].Expr.(*plan.Column).Index)
}

// number orders the parts as the input had them, so that equal rows keep their order.
func (r *sortedRows) number() error {
	if len(r.parts) > maxParts {
		return fmt.Errorf("ORDER BY of %d rows in %d batches is more than can be sorted at once", r.n, len(r.parts))
	}
	slices.SortStableFunc(r.parts, func(a, b sortPart) int {
		switch {
		case a.seq < b.seq:
			return -1
		case a.seq > b.seq:
			return 1
		}
		return 0
	})
	return nil
}

// pick returns the rows of order, part by part in their old order, without the others.
func (r *sortedRows) pick(order []sortEntry) sortedRows {
	rows := make([]uint32, len(order))
	for i, e := range order {
		rows[i] = e.row
	}
	slices.Sort(rows)
	out := sortedRows{by: r.by, n: len(rows)}
	for len(rows) > 0 {
		at := rows[0] / sortStride
		var sel []int32
		for len(rows) > 0 && rows[0]/sortStride == at {
			sel = append(sel, int32(rows[0]%sortStride))
			rows = rows[1:]
		}
		out.parts = append(out.parts, r.parts[at].pick(sel))
	}
	return out
}

func (p *sortPart) pick(sel []int32) sortPart {
	out := sortPart{seq: p.seq, n: len(sel), arrays: make([]*column.Array, len(p.arrays)), vecs: make([]*vector.Vec, len(p.arrays)), keys: make([]*vector.Vec, len(p.keys))}
	for i, a := range p.arrays {
		out.vecs[i] = &vector.Vec{}
		if a != nil {
			vector.Load(out.vecs[i], a, p.lo, p.n, sel)
		} else {
			out.vecs[i].Gather(p.vecs[i], sel)
		}
	}
	for i, k := range p.keys {
		if k != nil {
			out.keys[i] = &vector.Vec{}
			out.keys[i].Gather(k, sel)
		}
	}
	return out
}
