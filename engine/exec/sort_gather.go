package exec

import (
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// sortedColumn is one column of the sorted rows, ready to be gathered from.
type sortedColumn struct {
	typ  column.Type
	dict *column.Dict // of all parts, nil when they do not share one
	// fill stores the values of the rows of order in v.
	fill func(v *vector.Vec, order []sortEntry)
	null func(row uint32) bool // nil when there are no NULLs
}

// gather returns the rows of order.
func (s *sortedColumn) gather(order []sortEntry) *vector.Vec {
	v := &vector.Vec{}
	if s.dict != nil {
		v.SetDict(s.dict, len(order))
	} else {
		v.Reset(s.typ, len(order))
	}
	s.fill(v, order)
	if s.null != nil {
		v.Null = make([]bool, len(order))
		for i, e := range order {
			v.Null[i] = s.null(e.row)
		}
	}
	return v
}

// columns prepares all columns for gathering.
func (r *sortedRows) columns(c *comparer) []sortedColumn {
	if len(r.parts) == 0 {
		return nil
	}
	cols := make([]sortedColumn, len(r.parts[0].arrays))
	for i := range cols {
		switch {
		case c.decodes(i):
			cols[i] = c.decoder(i)
		case r.sameLayout(i):
			cols[i] = r.encoded(i)
		default:
			cols[i] = r.loaded(i)
		}
	}
	return cols
}

// decodes reports whether column i is the first sort key, whose words give back its values.
func (c *comparer) decodes(i int) bool {
	if len(c.keys) == 0 || !c.exact[0] {
		return false
	}
	k, plain := c.keys[0].Expr.(*plan.Column)
	return plain && k.Index == i && (k.T == column.Int || k.T == column.Float)
}

// decoder reads the first sort key, column col, from its words.
func (c *comparer) decoder(col int) sortedColumn {
	key := c.keys[0]
	var flip uint64
	if key.Desc {
		flip = ^uint64(0)
	}
	s := sortedColumn{typ: key.Expr.Type()}
	s.fill = func(v *vector.Vec, order []sortEntry) {
		for i, e := range order {
			v.Int[i] = int64(e.word ^ flip ^ 1<<63)
		}
	}
	if s.typ == column.Float {
		s.fill = func(v *vector.Vec, order []sortEntry) {
			for i, e := range order {
				f := wordFloat(e.word ^ flip)
				if f == 0 { // the word is the same for 0 and -0
					f = c.rows.parts[e.row/sortStride].float(col, int(e.row%sortStride))
				}
				v.Float[i] = f
			}
		}
	}
	return s
}

// float returns one value of FLOAT column c.
func (p *sortPart) float(c, i int) float64 {
	if a := p.arrays[c]; a != nil {
		return a.F64[p.lo+i]
	}
	return p.vecs[c].Float[i]
}

// sameLayout reports whether all parts have column i as windows of arrays of one layout and dictionary.
func (r *sortedRows) sameLayout(i int) bool {
	first := r.parts[0].arrays[i]
	for _, p := range r.parts {
		a := p.arrays[i]
		if a == nil || a.Layout != first.Layout || a.Dict != first.Dict {
			return false
		}
	}
	return first.Layout != column.Bits && first.Layout != column.Plain
}

// encoded gathers from the arrays themselves.
func (r *sortedRows) encoded(i int) sortedColumn {
	a := r.parts[0].arrays[i]
	s := sortedColumn{typ: a.Type, dict: a.Dict}
	switch a.Layout {
	case column.Int8:
		s.fill = intFill(windows(r, i, func(a *column.Array) []int8 { return a.I8 }))
	case column.Int16:
		s.fill = intFill(windows(r, i, func(a *column.Array) []int16 { return a.I16 }))
	case column.Int32:
		s.fill = intFill(windows(r, i, func(a *column.Array) []int32 { return a.I32 }))
	case column.Int64:
		s.fill = intFill(windows(r, i, func(a *column.Array) []int64 { return a.I64 }))
	case column.Float64:
		s.fill = floatFill(windows(r, i, func(a *column.Array) []float64 { return a.F64 }))
	case column.Code8:
		s.fill = codeFill(windows(r, i, func(a *column.Array) []uint8 { return a.C8 }))
	case column.Code16:
		s.fill = codeFill(windows(r, i, func(a *column.Array) []uint16 { return a.C16 }))
	case column.Code32:
		s.fill = codeFill(windows(r, i, func(a *column.Array) []uint32 { return a.C32 }))
	}
	for _, p := range r.parts {
		if p.arrays[i].Valid != nil {
			s.null = func(row uint32) bool {
				p := &r.parts[row/sortStride]
				return p.arrays[i].IsNull(p.lo + int(row%sortStride))
			}
			break
		}
	}
	return s
}

func windows[T any](r *sortedRows, i int, values func(*column.Array) []T) [][]T {
	w := make([][]T, len(r.parts))
	for j, p := range r.parts {
		w[j] = values(p.arrays[i])[p.lo : p.lo+p.n]
	}
	return w
}

// loaded gathers from vectors.
func (r *sortedRows) loaded(i int) sortedColumn {
	parts := make([]*vector.Vec, len(r.parts))
	s := sortedColumn{}
	null := false
	for j := range r.parts {
		v := r.parts[j].column(i)
		if j == 0 {
			s.typ, s.dict = v.Type, v.Dict
		} else if v.Dict != s.dict {
			s.dict = nil
		}
		null = null || v.Null != nil
		parts[j] = v
	}
	switch {
	case s.dict != nil:
		s.fill = codeFill(slicesOf(parts, func(v *vector.Vec) []uint32 { return v.Code }))
	case s.typ == column.Int:
		s.fill = intFill(slicesOf(parts, func(v *vector.Vec) []int64 { return v.Int }))
	case s.typ == column.Float:
		s.fill = floatFill(slicesOf(parts, func(v *vector.Vec) []float64 { return v.Float }))
	case s.typ == column.Bool:
		bools := slicesOf(parts, func(v *vector.Vec) []bool { return v.Bool })
		s.fill = func(v *vector.Vec, order []sortEntry) {
			for i, e := range order {
				v.Bool[i] = bools[e.row/sortStride][e.row%sortStride]
			}
		}
	default:
		s.fill = func(v *vector.Vec, order []sortEntry) {
			for i, e := range order {
				v.Str[i] = stringAt(parts[e.row/sortStride], int(e.row%sortStride))
			}
		}
	}
	if null {
		s.null = func(row uint32) bool { return parts[row/sortStride].IsNull(int(row % sortStride)) }
	}
	return s
}

func slicesOf[T any](parts []*vector.Vec, values func(*vector.Vec) []T) [][]T {
	w := make([][]T, len(parts))
	for j, v := range parts {
		w[j] = values(v)
	}
	return w
}

func intFill[T int8 | int16 | int32 | int64](parts [][]T) func(*vector.Vec, []sortEntry) {
	return func(v *vector.Vec, order []sortEntry) {
		for i, e := range order {
			v.Int[i] = int64(parts[e.row/sortStride][e.row%sortStride])
		}
	}
}

func floatFill(parts [][]float64) func(*vector.Vec, []sortEntry) {
	return func(v *vector.Vec, order []sortEntry) {
		for i, e := range order {
			v.Float[i] = parts[e.row/sortStride][e.row%sortStride]
		}
	}
}

func codeFill[T uint8 | uint16 | uint32](parts [][]T) func(*vector.Vec, []sortEntry) {
	return func(v *vector.Vec, order []sortEntry) {
		for i, e := range order {
			v.Code[i] = uint32(parts[e.row/sortStride][e.row%sortStride])
		}
	}
}
