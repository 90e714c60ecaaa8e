package group

import (
	"context"
	"math/bits"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/engine/vector"
)

// part is one morsel of the result.
type part struct {
	*layout
	groups []*grouping // dense: of all workers; the records lo to hi are merged into the first that there are
	lo, hi int
	blocks [][]uint64 // packed
	merge  bool       // a group may have several records in blocks
}

const (
	denseRange   = 1 << 13 // records in a morsel of a dense layout
	packedRange  = 1 << 14 // records in a morsel that needs no merging
	fewRecords   = 1 << 13 // records that are merged in one morsel
	checkRecords = 1 << 14 // records between looks at the context
)

// divide cuts the result into morsels.
func (a *Aggregation) divide(ctx context.Context) error {
	if len(a.keys) == 0 {
		a.once.Do(func() { a.arrange(nil) })
	}
	if a.layouts[0] == nil {
		return nil
	}
	for i, l := range a.layouts {
		var groups []*grouping
		for _, w := range a.workers {
			if g := w.groups[i]; g != nil {
				groups = append(groups, g)
			}
		}
		switch {
		case l.dense:
			a.divideDense(l, groups)
		case len(groups) > 0:
			if err := a.dividePacked(ctx, l, groups); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *Aggregation) divideDense(l *layout, groups []*grouping) {
	if len(groups) == 0 {
		if len(a.keys) > 0 {
			return
		}
		groups = []*grouping{{layout: l}} // no rows are a row without keys
	}
	for lo := 0; lo < l.slots; lo += denseRange {
		a.parts = append(a.parts, part{layout: l, groups: groups, lo: lo, hi: min(l.slots, lo+denseRange)})
	}
}

func (a *Aggregation) dividePacked(ctx context.Context, l *layout, groups []*grouping) error {
	records, moved := 0, false
	for _, g := range groups {
		moved = moved || g.parts != nil
		if g.table != nil {
			records += g.table.count
		}
	}
	if !moved && len(groups) == 1 {
		recs := groups[0].table.recs
		for size := packedRange * l.stride; len(recs) > 0; recs = recs[min(size, len(recs)):] {
			a.parts = append(a.parts, part{layout: l, blocks: [][]uint64{recs[:min(size, len(recs))]}})
		}
		return nil
	}
	if !moved && records <= fewRecords {
		p := part{layout: l, merge: true}
		for _, g := range groups {
			p.blocks = append(p.blocks, g.table.recs)
		}
		a.parts = append(a.parts, p)
		return nil
	}
	eg, ctx := errgroup.WithContext(ctx)
	for _, g := range groups {
		eg.Go(func() error {
			if g.table == nil {
				return nil
			}
			for o, size := 0, checkRecords*g.stride; o < len(g.table.recs); o += size {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := g.partitioned().add(g.table.recs[o:min(o+size, len(g.table.recs))], g.words); err != nil {
					return err
				}
			}
			g.memory.free(g.table.bytes())
			g.table = nil
			return nil
		})
	}
	if err := eg.Wait(); err != nil {
		return err
	}
	// Where hardly any records would meet, the receiver of their state may merge them as well.
	merge := !a.partial || slices.ContainsFunc(groups, func(g *grouping) bool { return !g.sparse })
	for q := range partitions {
		p := part{layout: l, merge: merge}
		for _, g := range groups {
			if g.parts != nil {
				p.blocks = append(p.blocks, g.parts.blocks(q)...)
			}
		}
		if len(p.blocks) > 0 {
			a.parts = append(a.parts, p)
		}
	}
	return nil
}

// Morsels returns the number of morsels of the result.
func (a *Aggregation) Morsels() int { return len(a.parts) }

// Read pushes the rows of morsel m, which is read only once, as reader w.
func (a *Aggregation) Read(ctx context.Context, w, m int, push func(*vector.Batch) error) error {
	r := a.readers[w]
	if r == nil {
		r = &reader{a: a}
		r.memory = account{budget: a.budget, total: &a.used}
		a.readers[w] = r
	}
	r.ctx, r.push = ctx, push
	p := &a.parts[m]
	if p.layout.dense {
		return r.readDense(p)
	}
	blocks := p.blocks
	if p.merge {
		var err error
		if blocks, err = r.merge(p); err != nil {
			return err
		}
	}
	for _, b := range blocks {
		for o := 0; o < len(b); {
			r.off = r.off[:0]
			for ; o < len(b) && len(r.off) < vector.Size; o += p.stride {
				r.off = append(r.off, uint32(o))
			}
			if err := r.emit(p.layout, b); err != nil {
				return err
			}
		}
	}
	p.blocks = nil
	return nil
}

// reader is the state of one goroutine that reads the result.
type reader struct {
	a      *Aggregation
	memory account
	ctx    context.Context
	push   func(*vector.Batch) error

	off     []uint32
	first   int      // index of the first of dense records
	scratch []uint64 // dense records
	index   []uint64
	many    []uint32 // off with a record for each of its rows
	manyth  []int    // which row of its record each is
	nth     []int    // those of the rows being emitted
	dec     decoder
	vecs    []*vector.Vec
	batch   vector.Batch
	checks  int

	handles   []uint64
	floats    []float64
	selector  selector
	registers *[registers / 8]uint64

	lists map[*listState]*listWalk // of the records whose pieces are being written
}

// cancelled returns the context's error, looking at it now and then.
func (r *reader) cancelled() error {
	if r.checks++; r.checks&0xff != 0 {
		return nil
	}
	return r.ctx.Err()
}

func (r *reader) readDense(p *part) error {
	recs := r.mergeDense(p)
	if err := r.ctx.Err(); err != nil {
		return err
	}
	r.off, r.first = r.off[:0], p.lo
	for slot := range p.hi - p.lo {
		if o := slot * p.stride; recs[o] != 0 || len(p.comps) == 0 {
			r.off = append(r.off, uint32(o))
		}
		if len(r.off) == vector.Size {
			if err := r.emit(p.layout, recs); err != nil {
				return err
			}
			r.off = r.off[:0]
		}
	}
	return r.emit(p.layout, recs)
}

// mergeDense returns the records lo to hi with what all workers have of them.
func (r *reader) mergeDense(p *part) []uint64 {
	var recs []uint64
	from, to := p.lo*p.stride, p.hi*p.stride
	for _, g := range p.groups {
		switch {
		case g.dense == nil:
		case recs == nil:
			recs = g.dense[from:to]
		default:
			r.mergeRecords(p.stride, recs, g.dense[from:to])
		}
	}
	if recs == nil {
		r.scratch = resize(r.scratch, to-from)
		recs = r.scratch
		clear(recs)
	}
	for _, g := range p.groups {
		if g.hot != nil {
			p.hotPlan.drain(g.hot, p.slots, p.lo, p.hi, recs, p.stride)
		}
	}
	return recs
}

// mergeRecords merges dense records into others.
func (r *reader) mergeRecords(stride int, dst, src []uint64) {
	// A record without rows is empty.
	counted := len(r.a.phases) == 1 && r.a.layouts[0].hotPlan == nil && !r.a.merging.Load()
	for o := 0; o < len(dst); o += stride {
		d, s := dst[o:o+stride], src[o:o+stride]
		if s[0] == 0 && counted {
			continue
		}
		if d[0] == 0 && counted {
			copy(d, s)
			continue
		}
		for _, f := range r.a.active {
			f.merge(r.a, d, s)
		}
	}
}

// merge makes one record of those with one key, in the memory of the blocks, and returns the blocks that are left.
// Entries of the index are 16 bits of the hash, 16 of the block's number, and the offset plus 1.
func (r *reader) merge(p *part) ([][]uint64, error) {
	blocks, err := joined(p.blocks)
	if err != nil {
		return nil, err
	}
	if err := r.reserve(p, blocks); err != nil {
		return nil, err
	}
	mask := uint64(len(r.index) - 1)
	words, stride := p.words, p.stride
	toBlock, to := 0, 0
	for n, b := range blocks {
		if err := r.ctx.Err(); err != nil {
			return nil, err
		}
	records:
		for o := 0; o < len(b); o += stride {
			rec := b[o : o+stride : o+stride]
			h := hashRecord(rec[:words])
			q := h & mask
			for ; r.index[q] != 0; q = (q + 1) & mask {
				e := r.index[q]
				if (e^h)>>48 != 0 {
					continue
				}
				old := blocks[e>>32&0xffff][uint32(e)-1:][:stride]
				if equalKeys(old[:words], rec[:words]) {
					for _, f := range r.a.active {
						f.merge(r.a, old[words:], rec[words:])
					}
					continue records
				}
			}
			for to+stride > len(blocks[toBlock]) {
				toBlock, to = toBlock+1, 0
			}
			if toBlock != n || to != o {
				copy(blocks[toBlock][to:to+stride], rec)
			}
			r.index[q] = h&^(1<<48-1) | uint64(toBlock)<<32 | uint64(to+1)
			to += stride
		}
	}
	blocks = blocks[:toBlock+1]
	blocks[toBlock] = blocks[toBlock][:to]
	return blocks, nil
}

// joined returns blocks, put together where they are too many to be numbered.
func joined(blocks [][]uint64) ([][]uint64, error) {
	if len(blocks) <= 1<<16 {
		return append([][]uint64(nil), blocks...), nil
	}
	all := make([]uint64, 0, len(blocks)*lastBlock)
	for _, b := range blocks {
		all = append(all, b...)
	}
	return [][]uint64{all}, nil
}

// reserve makes an empty index for all records of a part.
func (r *reader) reserve(p *part, blocks [][]uint64) error {
	n := 0
	for _, b := range blocks {
		n += len(b) / p.stride
	}
	size := 1 << bits.Len(uint(2*n))
	if cap(r.index) < size {
		if err := r.memory.use(8 * int64(size-cap(r.index))); err != nil {
			return err
		}
		r.index = newWords(size)
		return nil
	}
	r.index = r.index[:size]
	clear(r.index)
	return nil
}

func equalKeys(a, b []uint64) bool {
	for i, x := range a {
		if b[i] != x {
			return false
		}
	}
	return true
}

// emit pushes the groups whose records start at r.off.
func (r *reader) emit(l *layout, recs []uint64) error {
	if len(r.off) == 0 {
		return nil
	}
	if r.a.partial {
		return r.emitState(l, recs)
	}
	if r.vecs == nil {
		for range len(r.a.keys) + len(r.a.results) {
			r.vecs = append(r.vecs, &vector.Vec{})
		}
	}
	if !r.a.unnest {
		return r.emitRows(l, recs, r.off)
	}
	r.many, r.manyth = r.many[:0], r.manyth[:0]
	for _, o := range r.off {
		n := 0
		for _, res := range r.a.results {
			if m, ok := res.(manyResult); ok {
				n = max(n, m.rows(recs[int(o)+l.words:]))
			}
		}
		for k := range n {
			r.many, r.manyth = append(r.many, o), append(r.manyth, k)
		}
	}
	for lo := 0; lo < len(r.many); lo += vector.Size {
		hi := min(lo+vector.Size, len(r.many))
		r.nth = r.manyth[lo:hi]
		if err := r.emitRows(l, recs, r.many[lo:hi]); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) emitRows(l *layout, recs []uint64, off []uint32) error {
	for i := range r.a.keys {
		r.dec.decode(l, i, recs, off, r.first, r.vecs[i])
	}
	for i, res := range r.a.results {
		if err := res.emit(r, recs[l.words:], off, r.vecs[len(r.a.keys)+i]); err != nil {
			return err
		}
	}
	r.batch.SetCols(len(off), r.vecs)
	return r.push(&r.batch)
}
