package group

import (
	"context"

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
}

// stateMorsel is a morsel of the groups, or of the tuples of a DISTINCT aggregate.
type stateMorsel struct {
	of *Aggregation
	m  int
}

// NewPartial is New of the first half of n.
func NewPartial(n *plan.Aggregate, threads int, budget Budget) (*Partial, error) {
	a, err := New(n, threads, budget)
	if err != nil {
		return nil, err
	}
	a.state()
	a.partial = true
	for _, ph := range a.phases[1:] {
		ph.child.partial = true
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
	return p.finish(ctx, p.Aggregation)
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

// Read pushes the state in morsel m, which is read only once, as reader w.
func (p *Partial) Read(ctx context.Context, w, m int, push func(*vector.Batch) error) error {
	return p.morsels[m].of.Read(ctx, w, p.morsels[m].m, push)
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
