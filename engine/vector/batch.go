package vector

import "github.com/eau2db/eau2/column"

// Batch is up to Size rows on their way through a pipeline. Either all its columns are computed vectors, or it is a
// window of a chunk: rows lo .. lo+n of some arrays, of which a selection keeps only some. Columns of a chunk are
// loaded at the first call of Col.
type Batch struct {
	Seq uint64 // place of the rows in the order of the query's input; batches of one morsel share it

	n      int
	cols   []*Vec // nil where not loaded yet
	own    []Vec  // memory behind loaded columns
	arrays []*column.Array
	lo     int
	sel    []int32 // of the window's rows, ascending; nil for all
	selBuf []int32
}

// NewBatch returns a batch of computed vectors, all of n rows.
func NewBatch(n int, cols []*Vec) *Batch { return &Batch{n: n, cols: cols} }

// SetWindow makes b the rows lo to lo+n of a chunk's arrays. Window rows count from lo.
func (b *Batch) SetWindow(arrays []*column.Array, lo, n int) {
	b.arrays, b.lo, b.n, b.sel = arrays, lo, n, nil
	if len(b.own) < len(arrays) {
		b.own = make([]Vec, len(arrays))
		b.cols = make([]*Vec, len(arrays))
	}
	b.cols = b.cols[:len(arrays)]
	clear(b.cols)
}

// SetCols makes b a batch of computed vectors, all of n rows.
func (b *Batch) SetCols(n int, cols []*Vec) {
	b.arrays, b.sel, b.n, b.cols = nil, nil, n, cols
}

// Len returns the number of rows.
func (b *Batch) Len() int { return b.n }

// Width returns the number of columns.
func (b *Batch) Width() int { return len(b.cols) }

// Col returns column i, of Len rows.
func (b *Batch) Col(i int) *Vec {
	if b.cols[i] == nil {
		Load(&b.own[i], b.arrays[i], b.lo, b.n, b.sel)
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
	if b.arrays != nil {
		if b.sel == nil {
			b.selBuf = append(b.selBuf[:0], sel...)
		} else {
			for i, s := range sel { // in place: sel ascends, so i <= s
				b.selBuf[i] = b.sel[s]
			}
			b.selBuf = b.selBuf[:len(sel)]
		}
		b.sel = b.selBuf
		clear(b.cols)
	} else {
		cols := make([]*Vec, len(b.cols))
		for i, c := range b.cols {
			cols[i] = &Vec{}
			cols[i].Gather(c, sel)
		}
		b.cols = cols
	}
	b.n = len(sel)
}

// Sub makes b the rows sel of src and leaves src as it is; columns are taken over when they are asked for.
func (b *Batch) Sub(src *Batch, sel []int32) {
	if src.arrays == nil {
		cols := make([]*Vec, len(src.cols))
		for i, c := range src.cols {
			cols[i] = &Vec{}
			cols[i].Gather(c, sel)
		}
		b.SetCols(len(sel), cols)
		return
	}
	b.SetWindow(src.arrays, src.lo, src.n)
	b.Seq = src.Seq
	b.selBuf = append(b.selBuf[:0], sel...)
	if src.sel != nil {
		for i, s := range sel {
			b.selBuf[i] = src.sel[s]
		}
	}
	b.sel, b.n = b.selBuf, len(sel)
}

// Detach returns a batch of vectors that share no memory with b, for who keeps rows.
func (b *Batch) Detach() *Batch {
	cols := make([]*Vec, len(b.cols))
	for i := range cols {
		cols[i] = b.Col(i).Clone()
	}
	return &Batch{Seq: b.Seq, n: b.n, cols: cols}
}
