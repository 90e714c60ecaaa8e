package vector

import "github.com/eau2db/eau2/column"

// Batch is up to Size rows on their way through a pipeline. A column is either a computed vector, or a column of a chunk:
// rows lo .. lo+n of an array. In both cases a selection may keep only some of the rows. Columns of a chunk are loaded,
// and selected rows of a vector gathered, at the first call of Col.
type Batch struct {
	Seq uint64 // place of the rows in the order of the query's input; batches of one morsel share it
	// Stop returns an error when the query is to end: who works long on a batch asks now and then. Nil never ends.
	Stop func() error
	// Place is where the rows come from; those that are kept of a batch keep its place.
	Place Place

	n    int
	cols []*Vec // nil where not loaded yet
	mine []*Vec // memory behind cols
	own  []Vec  // memory behind loaded columns

	arrays []*column.Array // of a window: nil where the column is computed; nil when all are
	lo     int
	sel    selection // of the window's rows

	vecs  []*Vec    // computed: nil where the column is one of a chunk; nil when all are
	vsel  selection // of the vectors' rows
	fresh bool      // nobody else uses the vectors
}

// Place is a place in a table: the row of a chunk at which a batch of rows begins. Its zero value is not known.
type Place struct {
	Table      string
	Chunk, Row int
}

// NewBatch returns a batch of computed vectors, all of n rows, that the caller has made for it and does not use again.
func NewBatch(n int, cols []*Vec) *Batch { return &Batch{n: n, cols: cols, vecs: cols, fresh: true} }

// SetWindow makes b the rows lo to lo+n of a chunk's arrays. Window rows count from lo.
func (b *Batch) SetWindow(arrays []*column.Array, lo, n int) {
	b.arrays, b.vecs, b.lo, b.n, b.fresh, b.Place = arrays, nil, lo, n, false, Place{}
	b.sel.rows = nil
	b.unload(len(arrays))
}

// SetCols makes b a batch of computed vectors, all of n rows.
func (b *Batch) SetCols(n int, cols []*Vec) {
	b.arrays, b.vecs, b.n, b.cols, b.fresh, b.Place = nil, cols, n, cols, false, Place{}
	b.vsel.rows = nil
}

// Project makes b the rows of src with other columns: column i is computed[i], of src.Len rows, or, where that is nil,
// column from[i] of src, if possible in the form it has there. src must not change while b is in use.
func (b *Batch) Project(src *Batch, computed []*Vec, from []int) {
	b.Seq, b.Stop, b.Place, b.n, b.lo, b.fresh = src.Seq, src.Stop, src.Place, src.n, src.lo, false
	b.sel.rows, b.vsel.rows = src.sel.rows, nil
	b.unload(len(computed))
	b.arrays, b.vecs = resize(b.arrays, len(computed)), resize(b.vecs, len(computed))
	for i, c := range computed {
		b.arrays[i], b.vecs[i] = nil, c
		switch {
		case c != nil:
			b.cols[i] = c
		case src.arrays != nil && src.arrays[from[i]] != nil:
			b.arrays[i], b.cols[i] = src.arrays[from[i]], src.cols[from[i]]
		default:
			b.vecs[i] = src.Col(from[i])
			b.cols[i] = b.vecs[i]
		}
	}
}

// unload forgets what was loaded of the width columns.
func (b *Batch) unload(width int) {
	if len(b.own) < width {
		b.own, b.mine = make([]Vec, width), make([]*Vec, width)
	}
	b.cols = b.mine[:width]
	clear(b.cols)
}

// Len returns the number of rows.
func (b *Batch) Len() int { return b.n }

// Width returns the number of columns.
func (b *Batch) Width() int { return len(b.cols) }

// Col returns column i, of Len rows.
func (b *Batch) Col(i int) *Vec {
	if v := b.cols[i]; v != nil {
		return v
	}
	return b.load(i)
}

// load is Col of a column that nobody has asked for yet.
func (b *Batch) load(i int) *Vec {
	switch v := &b.own[i]; {
	case b.arrays != nil && b.arrays[i] != nil:
		Load(v, b.arrays[i], b.lo, b.n, b.sel.rows)
	case b.vsel.rows == nil:
		b.cols[i] = b.vecs[i]
		return b.vecs[i]
	default:
		v.Gather(b.vecs[i], b.vsel.rows)
	}
	b.cols[i] = &b.own[i]
	return b.cols[i]
}

// Array returns column i in its encoded form: row k of the batch is row lo+sel[k] of the array, or lo+k when sel is
// nil. ok is false when the column is a computed vector.
func (b *Batch) Array(i int) (a *column.Array, lo int, sel []int32, ok bool) {
	if b.arrays == nil || b.arrays[i] == nil {
		return nil, 0, nil, false
	}
	return b.arrays[i], b.lo, b.sel.rows, true
}

// Select keeps the rows sel of b (ascending row numbers below Len) and drops the others. It does not keep sel.
func (b *Batch) Select(sel []int32) {
	if len(sel) == b.n {
		return
	}
	b.choose(b, sel)
}

// Sub makes b the rows sel of src and leaves src as it is; columns are taken over when they are asked for, so src must
// not change while b is in use.
func (b *Batch) Sub(src *Batch, sel []int32) {
	b.Seq, b.Stop, b.Place, b.arrays, b.vecs, b.lo = src.Seq, src.Stop, src.Place, src.arrays, src.vecs, src.lo
	b.choose(src, sel)
}

// choose makes b, which has the columns of src, the rows sel of src.
func (b *Batch) choose(src *Batch, sel []int32) {
	if b.arrays != nil {
		b.sel.compose(src.sel.rows, sel)
	}
	if b.vecs != nil {
		b.vsel.compose(src.vsel.rows, sel)
	}
	b.n, b.fresh = len(sel), false
	b.unload(len(src.cols))
}

// Detach returns a batch of vectors that share no memory with b, for who keeps rows. It may be b itself, when b's vectors
// are nobody else's.
func (b *Batch) Detach() *Batch {
	if b.fresh {
		return b
	}
	cols := make([]*Vec, len(b.cols))
	for i := range cols {
		cols[i] = b.Col(i).Clone()
	}
	return &Batch{Seq: b.Seq, Place: b.Place, n: b.n, cols: cols, vecs: cols, fresh: true}
}

// Take returns column i as a vector that is the caller's to keep.
func (b *Batch) Take(i int) *Vec {
	if b.fresh {
		return b.Col(i)
	}
	return b.Col(i).Clone()
}

// selection is a list of row numbers, ascending; nil rows are all.
type selection struct {
	rows []int32
	buf  []int32
}

// compose makes s the rows sel of those that old keeps. old may be s's own.
func (s *selection) compose(old, sel []int32) {
	buf := s.buf[:0]
	if buf == nil {
		buf = make([]int32, 0, Size) // not nil, even for no rows
	}
	if old == nil {
		buf = append(buf, sel...)
	} else {
		for _, k := range sel { // sel ascends, so a row is read before it is overwritten
			buf = append(buf, old[k])
		}
	}
	s.rows, s.buf = buf, buf
}
