package exec

import (
	"slices"
	"sort"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// sortStride is the distance between the row numbers of two batches.
const sortStride = vector.Size

// sortedRows are batches of rows with their keys. Row i of batch b has number b*sortStride+i.
type sortedRows struct {
	batches []*vector.Batch
	keys    [][]*vector.Vec // of each batch
	n       int
}

func (r *sortedRows) add(b *vector.Batch, keys []*vector.Vec) {
	r.batches = append(r.batches, b)
	r.keys = append(r.keys, keys)
	r.n += b.Len()
}

// bySeq orders the batches as the input had them, so that equal rows keep their order.
func (r *sortedRows) bySeq() { sort.Stable((*seqOrder)(r)) }

type seqOrder sortedRows

func (r *seqOrder) Len() int           { return len(r.batches) }
func (r *seqOrder) Less(i, j int) bool { return r.batches[i].Seq < r.batches[j].Seq }
func (r *seqOrder) Swap(i, j int) {
	r.batches[i], r.batches[j] = r.batches[j], r.batches[i]
	r.keys[i], r.keys[j] = r.keys[j], r.keys[i]
}

// pick returns the rows of order, batch by batch in their old order, without the others.
func (r *sortedRows) pick(order []sortEntry) sortedRows {
	rows := make([]uint32, len(order))
	for i, e := range order {
		rows[i] = e.row
	}
	slices.Sort(rows)
	var out sortedRows
	for len(rows) > 0 {
		b := rows[0] / sortStride
		var sel []int32
		for len(rows) > 0 && rows[0]/sortStride == b {
			sel = append(sel, int32(rows[0]%sortStride))
			rows = rows[1:]
		}
		keys := make([]*vector.Vec, len(r.keys[b]))
		for i, k := range r.keys[b] {
			keys[i] = &vector.Vec{}
			keys[i].Gather(k, sel)
		}
		var sub vector.Batch
		sub.Sub(r.batches[b], sel)
		sub.Seq = r.batches[b].Seq
		out.add(&sub, keys)
	}
	return out
}

// sortedColumn is one column of sortedRows, ready to be gathered from.
type sortedColumn struct {
	parts []*vector.Vec // one a batch
	dict  *column.Dict  // of all parts, nil when they do not share one
	null  bool          // some part has NULLs
}

func (r *sortedRows) columns() []sortedColumn {
	if len(r.batches) == 0 {
		return nil
	}
	cols := make([]sortedColumn, r.batches[0].Width())
	for c := range cols {
		s := &cols[c]
		s.dict = r.batches[0].Col(c).Dict
		for _, b := range r.batches {
			p := b.Col(c)
			if p.Dict != s.dict {
				s.dict = nil
			}
			s.null = s.null || p.Null != nil
			s.parts = append(s.parts, p)
		}
	}
	return cols
}

// gather returns the rows of order.
func (s *sortedColumn) gather(order []sortEntry) *vector.Vec {
	v := &vector.Vec{}
	if s.dict != nil {
		v.SetDict(s.dict, len(order))
	} else {
		v.Reset(s.parts[0].Type, len(order))
	}
	switch {
	case s.dict != nil:
		pick(v.Code, order, func(b uint32) []uint32 { return s.parts[b].Code })
	case v.Type == column.Bool:
		pick(v.Bool, order, func(b uint32) []bool { return s.parts[b].Bool })
	case v.Type == column.Int:
		pick(v.Int, order, func(b uint32) []int64 { return s.parts[b].Int })
	case v.Type == column.Float:
		pick(v.Float, order, func(b uint32) []float64 { return s.parts[b].Float })
	default:
		for i, e := range order {
			v.Str[i] = stringAt(s.parts[e.row/sortStride], int(e.row%sortStride))
		}
	}
	if s.null {
		v.Null = make([]bool, len(order))
		for i, e := range order {
			v.Null[i] = s.parts[e.row/sortStride].IsNull(int(e.row % sortStride))
		}
	}
	return v
}

func pick[T any](dst []T, order []sortEntry, part func(b uint32) []T) {
	for i, e := range order {
		dst[i] = part(e.row / sortStride)[e.row%sortStride]
	}
}
