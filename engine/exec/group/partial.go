package group

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"sync/atomic"

	"github.com/zeebo/xxh3"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// Partial is the first half of an aggregation: rows come in by Workers, and after Finish the state of their groups is read as
// batches of the columns StateFields, which go to the Workers of an Aggregation of the same plan node by PushState.
//
// So that positions mean the same to all, the Seq of a batch pushed must be that of its morsel among those of the whole input, below
// 2^32: of rows with another Seq the order of Seqs is that of the rows, and rows of one Seq all come to one Worker, in order.
type Partial struct {
	*Aggregation
	morsels []stateMorsel
	left    atomic.Int64 // morsels not read to the end
}

// stateMorsel is a morsel of the groups, or of the tuples of a DISTINCT aggregate.
type stateMorsel struct {
	of *Aggregation
	m  int
}

// NewPartial is New of the first half of n. Its state is given in partitions, at least one: groups with equal keys are in
// the same partition wherever they were made.
func NewPartial(n *plan.Aggregate, threads, partitions int, budget Budget) (*Partial, error) {
	if len(n.Keys) == 0 {
		partitions = 1
	}
	a, err := New(n, threads, budget)
	if err != nil {
		return nil, err
	}
	a.state()
	a.into = max(1, partitions)
	for _, ph := range a.phases[1:] {
		ph.child.into = a.into
	}
	return &Partial{Aggregation: a}, nil
}

// Finish is called once, when all rows have been pushed.
func (p *Partial) Finish(ctx context.Context) error {
	for _, ph := range p.phases[1:] {
		if err := p.finish(ctx, ph.child); err != nil {
			return err
		}
	}
	err := p.finish(ctx, p.Aggregation)
	p.left.Store(int64(len(p.morsels)))
	return err
}

func (p *Partial) finish(ctx context.Context, a *Aggregation) error {
	if err := a.divide(ctx); err != nil {
		return err
	}
	for m := range a.parts {
		p.morsels = append(p.morsels, stateMorsel{a, m})
	}
	return nil
}

// Morsels returns the number of morsels of the state.
func (p *Partial) Morsels() int { return len(p.morsels) }

// Read pushes the state in morsel m, which is read only once, as reader w. Each batch is of one partition; see Partition.
func (p *Partial) Read(ctx context.Context, w, m int, push func(*vector.Batch) error) error {
	if err := p.morsels[m].of.Read(ctx, w, p.morsels[m].m, push); err != nil {
		return err
	}
	if p.left.Add(-1) > 0 {
		return nil
	}
	// This was the last morsel: what the partitions of all readers hold goes now.
	if err := p.flushPending(push); err != nil {
		return err
	}
	for _, ph := range p.phases[1:] {
		if err := ph.child.flushPending(push); err != nil {
			return err
		}
	}
	return nil
}

// Partition returns the partition of a batch of state, whose rows are all of one.
func Partition(b *vector.Batch) int { return int(b.Col(0).Int[0] >> phaseBits) }

// PushState folds a batch of state, which a Partial of the same node gave, into w's groups. It keeps nothing of b but dictionaries.
// Rows may be pushed to the same Aggregation as well, before and after.
func (w *Worker) PushState(b *vector.Batch) error {
	f := w.a.state()
	if b.Width() != len(f.fields) {
		return fmt.Errorf("the state of %s has %d columns, not %d", w.a.node, b.Width(), len(f.fields))
	}
	for i, c := range f.fields {
		if t := b.Col(i).Type; t != c.Type {
			return fmt.Errorf("the state of %s has a column %s of type %s, not %s", w.a.node, c.Name, t, c.Type)
		}
	}
	phases := b.Col(0).Int
	for lo := 0; lo < len(phases); {
		hi := lo + 1
		for hi < len(phases) && phases[hi]&phaseMask == phases[lo]&phaseMask {
			hi++
		}
		part := b
		if hi-lo < len(phases) {
			part = &w.stateSub
			part.Sub(b, rowRange(lo, hi))
		}
		if err := w.pushPhase(int(phases[lo]&phaseMask), part); err != nil {
			return err
		}
		lo = hi
	}
	return nil
}

func rowRange(lo, hi int) []int32 {
	rows := make([]int32, hi-lo)
	for i := range rows {
		rows[i] = int32(lo + i)
	}
	return rows
}

var errPhase = errors.New("a row of state is of no phase that there is")

func (w *Worker) pushPhase(phase int, b *vector.Batch) error {
	switch {
	case phase == 0:
		return w.foldState(b)
	case phase <= len(w.children):
		return w.children[phase-1].foldState(b)
	}
	return errPhase
}

// statePhase is the number of the phase of state batches.
const statePhase = -1

// foldState folds a batch that is all of w's phase.
func (w *Worker) foldState(b *vector.Batch) error {
	f := w.a.form
	if w.stateOps == nil {
		w.stateOps = make([]*operand, len(w.a.exprs))
		for i, k := range w.a.keys {
			w.stateOps[k] = &operand{typ: w.a.exprs[k].Type(), col: f.keys[i]}
		}
	}
	w.a.merging.Store(true)
	ops, phase, folding := w.operands, w.phase, w.folding
	w.operands, w.enc.operands, w.phase, w.folding = w.stateOps, w.stateOps, statePhase, &f.reader
	err := w.fold(b)
	w.operands, w.enc.operands, w.phase, w.folding = ops, ops, phase, folding
	return err
}

// stateWords is about how many words of long state a batch may have.
const stateWords = 1 << 18

// emitState gives the state of the groups whose records start at r.off.
func (r *reader) emitState(l *layout, recs []uint64) error {
	f := r.a.form
	if len(f.long) == 0 {
		r.nth = nil
		return r.emitStateRows(l, recs, r.off)
	}
	r.many, r.manyth = r.many[:0], r.manyth[:0]
	weight := 0
	flush := func() error {
		r.nth = r.manyth
		err := r.emitStateRows(l, recs, r.many)
		r.many, r.manyth, weight = r.many[:0], r.manyth[:0], 0
		return err
	}
	for _, o := range r.off {
		pieces, words := 1, 0
		for _, s := range f.long {
			n, size := s.size(recs[int(o)+l.words:])
			pieces, words = max(pieces, n), words+size
		}
		for k := range pieces {
			if len(r.many) == vector.Size || len(r.many) > 0 && weight+words > stateWords {
				if err := flush(); err != nil {
					return err
				}
			}
			r.many, r.manyth, weight = append(r.many, o), append(r.manyth, k), weight+words
		}
	}
	if len(r.many) == 0 {
		return nil
	}
	return flush()
}

// emitStateRows gives a row of state for each of the records at off, which may repeat: r.nth counts.
func (r *reader) emitStateRows(l *layout, recs []uint64, off []uint32) error {
	f := r.a.form
	if r.vecs == nil {
		for range f.fields {
			r.vecs = append(r.vecs, &vector.Vec{})
		}
	}
	used := make([]bool, len(f.fields))
	for i, c := range f.keys {
		r.dec.decode(l, i, recs, off, r.first, r.vecs[c])
		used[c] = true
	}
	for i, s := range f.folds {
		var out []*vector.Vec
		for _, c := range f.cols[i] {
			out = append(out, r.vecs[c])
			used[c] = true
		}
		if err := s.write(r, recs[l.words:], off, out); err != nil {
			return err
		}
		if _, ok := s.(longState); !ok {
			r.clearRepeated(out)
		}
	}
	for c, v := range r.vecs {
		if !used[c] {
			v.Fill(zeroOf(f.fields[c].Type), len(off))
		}
	}
	for i := range r.vecs[0].Int {
		r.vecs[0].Int[i] = int64(f.number)
	}
	r.vecs[0].Const = false
	if r.a.into > 1 {
		return r.spread(len(off))
	}
	r.batch.SetCols(len(off), r.vecs)
	return r.push(&r.batch)
}

func zeroOf(t column.Type) column.Value { return column.Value{Type: t, Valid: true} }

// clearRepeated makes the state zero where it was given before.
func (r *reader) clearRepeated(out []*vector.Vec) {
	for i, n := range r.nth {
		if n == 0 {
			continue
		}
		for _, v := range out {
			if v.Type == column.Int {
				v.Int[i] = 0
			} else {
				setNull(v, i)
			}
		}
	}
}

// statePart collects the rows of one partition.
type statePart struct {
	n, text int
	vecs    []*vector.Vec
	nulls   [][]bool
}

// partText is how many bytes of text a statePart may hold.
const partText = 1 << 21

// spread moves n rows of state to their partitions.
func (r *reader) spread(n int) error {
	f := r.a.form
	if r.pending == nil {
		r.pending, r.rows = make([]*statePart, r.a.into), make([][]int32, r.a.into)
	}
	keys := make([]*vector.Vec, f.grouped)
	for i := range keys {
		keys[i] = r.vecs[f.keys[i]]
	}
	hashes, err := r.hashes.of(keys, n, &r.memory)
	if err != nil {
		return err
	}
	for i, h := range hashes {
		p, _ := bits.Mul64(h, uint64(r.a.into))
		r.rows[p] = append(r.rows[p], int32(i))
	}
	for p, rows := range r.rows {
		if len(rows) == 0 {
			continue
		}
		if r.pending[p] == nil {
			r.pending[p] = newStatePart(f.fields)
		}
		part := r.pending[p]
		if part.n+len(rows) > vector.Size {
			if err := r.flushPart(p); err != nil {
				return err
			}
		}
		part.add(r.vecs, rows)
		r.rows[p] = rows[:0]
		if part.n == vector.Size || part.text > partText {
			if err := r.flushPart(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func newStatePart(fields []column.Field) *statePart {
	p := &statePart{nulls: make([][]bool, len(fields))}
	for _, f := range fields {
		p.vecs = append(p.vecs, vector.Make(f.Type, 0))
	}
	return p
}

func (p *statePart) add(vecs []*vector.Vec, rows []int32) {
	for c, v := range vecs {
		d := p.vecs[c]
		switch v.Type {
		case column.Bool:
			d.Bool = appendRows(d.Bool, v.Bool, rows)
		case column.Int:
			d.Int = appendRows(d.Int, v.Int, rows)
		case column.Float:
			d.Float = appendRows(d.Float, v.Float, rows)
		default:
			p.addText(d, v, rows)
		}
		if v.Null == nil && p.nulls[c] == nil {
			continue
		}
		for len(p.nulls[c]) < p.n {
			p.nulls[c] = append(p.nulls[c], false)
		}
		for _, i := range rows {
			p.nulls[c] = append(p.nulls[c], v.IsNull(int(i)))
		}
	}
	p.n += len(rows)
}

// addText appends rows of v to d, as codes where both have one dictionary.
func (p *statePart) addText(d, v *vector.Vec, rows []int32) {
	if v.Dict != nil && (p.n == 0 || d.Dict == v.Dict) {
		d.Dict, d.Code = v.Dict, appendRows(d.Code, v.Code, rows)
		return
	}
	if d.Dict != nil {
		for _, c := range d.Code {
			d.Str = append(d.Str, d.Dict.Value(c))
		}
		d.Dict, d.Code = nil, d.Code[:0]
	}
	from := len(d.Str)
	if v.Dict == nil {
		d.Str = appendRows(d.Str, v.Str, rows)
	} else {
		for _, i := range rows {
			d.Str = append(d.Str, v.Dict.Value(v.Code[i]))
		}
	}
	for _, s := range d.Str[from:] {
		p.text += len(s)
	}
}

func appendRows[T any](dst, src []T, rows []int32) []T {
	for _, i := range rows {
		dst = append(dst, src[i])
	}
	return dst
}

// flushPending gives what is left in the partitions of all readers, none of which reads any more.
func (a *Aggregation) flushPending(push func(*vector.Batch) error) error {
	for _, r := range a.readers {
		if r == nil {
			continue
		}
		r.push = push
		for p, part := range r.pending {
			if part == nil || part.n == 0 {
				continue
			}
			if err := r.flushPart(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *reader) flushPart(p int) error {
	part := r.pending[p]
	for c, v := range part.vecs {
		v.Null = part.nulls[c]
	}
	phases := part.vecs[0].Int
	for i := range phases {
		phases[i] |= int64(p) << phaseBits
	}
	r.batch.SetCols(part.n, part.vecs)
	err := r.push(&r.batch)
	for c, v := range part.vecs {
		v.Reset(v.Type, 0)
		part.nulls[c] = nil
	}
	part.n, part.text = 0, 0
	return err
}

// keyHashes makes hashes of keys that are the same in every process.
type keyHashes struct {
	h     []uint64
	dicts map[*column.Dict][]uint64 // by code, 0 where not made yet
}

// of returns the hashes of the keys of n rows, in memory that holds until the next call.
func (k *keyHashes) of(keys []*vector.Vec, n int, memory *account) ([]uint64, error) {
	k.h = resize(k.h, n)
	clear(k.h)
	for _, v := range keys {
		if v.Dict != nil && k.dicts[v.Dict] == nil {
			if err := memory.use(8 * int64(v.Dict.Len())); err != nil {
				return nil, err
			}
		}
		k.add(v)
		for i, null := range v.Null {
			if null {
				k.h[i] ^= nullHash
			}
		}
		for i, h := range k.h {
			k.h[i] = mix(h)
		}
	}
	return k.h, nil
}

const nullHash = 0x9ddfea08eb382d69

// add adds the hashes of the values of v that are not NULL.
func (k *keyHashes) add(v *vector.Vec) {
	h := k.h
	null := v.Null
	if null == nil {
		null = noNulls[:len(h)]
	}
	switch {
	case v.Type == column.Bool:
		for i, b := range v.Bool {
			if b && !null[i] {
				h[i] ^= 1
			}
		}
	case v.Type == column.Int:
		for i, x := range v.Int {
			if !null[i] {
				h[i] ^= mix(uint64(x))
			}
		}
	case v.Type == column.Float:
		for i, f := range v.Float {
			if !null[i] {
				h[i] ^= floatCode(f)
			}
		}
	case v.Dict != nil:
		byCode := k.dict(v.Dict)
		for i, c := range v.Code {
			if null[i] {
				continue
			}
			if byCode[c] == 0 {
				byCode[c] = max(1, xxh3.HashString(v.Dict.Value(c)))
			}
			h[i] ^= byCode[c]
		}
	default:
		for i, s := range v.Str {
			if !null[i] {
				h[i] ^= max(1, xxh3.HashString(s))
			}
		}
	}
}

var noNulls [vector.Size]bool

func (k *keyHashes) dict(d *column.Dict) []uint64 {
	if k.dicts == nil {
		k.dicts = map[*column.Dict][]uint64{}
	}
	if k.dicts[d] == nil {
		k.dicts[d] = make([]uint64, d.Len())
	}
	return k.dicts[d]
}
