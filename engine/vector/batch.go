package vector

import "github.com/eau2db/eau2/column"

// Batch is up to Size rows on their way through a pipeline. Either its columns are computed vectors, or it is a
// window of a chunk: rows lo .. lo+n of some arrays. In both cases a selection may keep only some of the rows. Columns
// of a chunk are loaded, and selected rows of a vector gathered, at the first call of Col.
type Batch struct {
	Seq uint64 // place of the rows in the order of the query's input; batches of one morsel share it

	n    int
	cols []*Vec // nil where not loaded yet
	mine []*Vec // memory behind cols
	own  []Vec  // memory behind loaded columns

	arrays []*column.Array // of a window
	lo     int
	vecs   []*Vec  // of computed vectors
	sel    []int32 // rows of the window or the vectors that are kept, ascending; nil for all
	selBuf []int32
}

// NewBatch returns a batch of computed vectors, all of n rows.
func NewBatch(n int, cols []*Vec) *Batch { return &Batch{n: n, cols: cols, vecs: cols} }

// SetWindow makes b the rows lo to lo+n of a chunk's arrays. Window rows count from lo.
func (b *Batch) SetWindow(arrays []*column.Array, lo, n int) {
	b.arrays, b.vecs, b.lo, b.n, b.sel = arrays, nil, lo, n, nil
	b.unload(len(arrays))
}

// SetCols makes b a batch of computed vectors, all of n rows.
func (b *Batch) SetCols(n int, cols []*Vec) {
	b.arrays, b.vecs, b.sel, b.n, b.cols = nil, cols, nil, n, cols
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
	if b.cols[i] == nil {
		if b.arrays != nil {
			Load(&b.own[i], b.arrays[i], b.lo, b.n, b.sel)
		} else {
			b.own[i].Gather(b.vecs[i], b.sel)
		}
		b.cols[i] = &b.own[i]
	}
	return b.cols[i]
}

// Array returns column i in its encoded form: row k of the batch is row lo+sel[k] of the array, or lo+k when sel is
// nil. ok is false when the column is a computed vector.
func (b *Batch) Array(i int) (a *column.Array, lo int, sel []int32, ok bool) {
	if b.arrays == nil {
		return nil, 0, nil, false
	}
	return b.arrays[i], b.lo, b.sel, true
}

// Select keeps the rows sel of b (ascending row numbers below Len) and drops the others. It does not keep sel.
func (b *Batch) Select(sel []int32) {
	if len(sel) == b.n {
		return
	}
	if b.sel == nil {
		b.selBuf = append(b.selBuf[:0], sel...)
	} else {
		for i, s := range sel { // in place: sel ascends, so i <= s
			b.selBuf[i] = b.sel[s]
		}
		b.selBuf = b.selBuf[:len(sel)]
	}
	b.sel, b.n = b.selBuf, len(sel)
	b.unload(len(b.cols))
}

// Sub makes b the rows sel of src and leaves src as it is; columns are taken over when they are asked for, so src must
// not change while b is in use.
func (b *Batch) Sub(src *Batch, sel []int32) {
	b.Seq, b.arrays, b.vecs, b.lo = src.Seq, src.arrays, src.vecs, src.lo
	b.selBuf = append(b.selBuf[:0], sel...)
	if src.sel != nil {
		for i, s := range sel {
			b.selBuf[i] = src.sel[s]
		}
	}
	b.sel, b.n = b.selBuf, len(sel)
	b.unload(len(src.cols))
}

// Detach returns a batch of vectors that share no memory with b, for who keeps rows.
func (b *Batch) Detach() *Batch {
	cols := make([]*Vec, len(b.cols))
	for i := range cols {
		cols[i] = b.Col(i).Clone()
	}
	return &Batch{Seq: b.Seq, n: b.n, cols: cols, vecs: cols}
}
