package group

import (
	"fmt"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// State batches carry the state of groups from a Partial to the Aggregation that merges it. Their columns are an INT, which
// says what the row is (0 for a group, i for a tuple of phase i, see phase), the keys, and what the folds
// need, in columns that the phases share: column k of a phase is the next one of its type. What a row does not use is 0 or
// empty.
//
// A group may have several rows, in any batches: rows are merged. A state of zeros changes nothing.

// stateForm is where the state of one program's groups lies in the columns of state batches.
type stateForm struct {
	fields  []column.Field // of the batches
	number  int            // of the phase
	keys    []int          // column of each key
	grouped int            // how many of them, the first, are keys of the whole aggregate
	folds   []stateFold
	cols    [][]int     // columns of each fold
	long    []longState // the folds whose state may need several rows
	reader  phase       // folds state batches into records
}

// stateFold ships a fold. Its methods may be called by any number of goroutines.
type stateFold interface {
	types() []column.Type
	// write fills out, one vector for each type, from the records whose state starts at state[off[i]].
	write(r *reader, state []uint64, off []uint32, out []*vector.Vec) error
	// read folds row i of cols into the record whose state starts at state[off[i]].
	read(w *Worker, cols []*vector.Vec, state []uint64, off []uint32) error
}

// longState is a stateFold that cuts what is long: write gives piece r.nth[i] of a record.
type longState interface {
	stateFold
	// size returns the number of pieces, at least 1, and about how many words each takes.
	size(state []uint64) (pieces, words int)
}

// PartialOf returns the first half of n: the operator whose rows are the state that an Aggregation of n merges.
func PartialOf(n *plan.Aggregate) (*plan.Partial, error) {
	fields, err := StateFields(n)
	return &plan.Partial{Aggregate: n, Schema: fields}, err
}

// StateFields returns the columns of the state of n's groups. Their names say how n is computed: where the names differ, so do
// the statistics that sender and receiver know.
func StateFields(n *plan.Aggregate) ([]column.Field, error) {
	a, err := New(n, 1, nil)
	if err != nil {
		return nil, err
	}
	defer a.Release()
	return a.state().fields, nil
}

// state returns the form of a's groups; those of its children are made with it.
func (a *Aggregation) state() *stateForm {
	a.formOnce.Do(a.makeForms)
	return a.form
}

func (a *Aggregation) makeForms() {
	fields := []column.Field{{Name: "phase", Type: column.Int}}
	for i, k := range a.keys {
		fields = append(fields, column.Field{Name: fmt.Sprintf("key %d", i), Type: a.exprs[k].Type()})
	}
	forms := make([]*stateForm, len(a.phases))
	for i := range forms {
		of := a
		if i > 0 {
			of = a.phases[i].child
			of.formOnce.Do(func() {})
		}
		used := map[int]bool{}
		take := func(what string, t column.Type) int {
			c := 1 + len(a.keys)
			for c < len(fields) && (used[c] || fields[c].Type != t) {
				c++
			}
			if c == len(fields) {
				fields = append(fields, column.Field{Name: what, Type: t})
			} else {
				fields[c].Name += ", " + what
			}
			used[c] = true
			return c
		}
		forms[i] = of.newForm(i, len(a.keys), take)
		of.form = forms[i]
	}
	for _, f := range forms {
		f.fields = fields
	}
}

// newForm lists what a's groups consist of, and asks take for a column of each key and word.
func (a *Aggregation) newForm(number, grouped int, take func(what string, t column.Type) int) *stateForm {
	f := &stateForm{number: number, grouped: grouped}
	for i, k := range a.keys {
		if i < grouped {
			f.keys = append(f.keys, 1+i)
		} else {
			f.keys = append(f.keys, take(fmt.Sprintf("%d key %d", number, i), a.exprs[k].Type()))
		}
	}
	for _, x := range a.phases[0].folds {
		s := a.stateOf(x)
		var cols []int
		for k, t := range s.types() {
			cols = append(cols, take(fmt.Sprintf("%d %T %d", number, x, k), t))
		}
		f.folds, f.cols = append(f.folds, s), append(f.cols, cols)
		f.reader.folds = append(f.reader.folds, &stateReader{stateFold: s, cols: cols})
		if l, ok := s.(longState); ok {
			f.long = append(f.long, l)
		}
	}
	return f
}

// stateOf returns how x is shipped.
func (a *Aggregation) stateOf(x fold) stateFold {
	switch x := x.(type) {
	case *countRows:
		if !a.useRows {
			return presence{x}
		}
	case *extremeString:
		return stringState{x}
	case *anyValue:
		return anyState{fold: x, text: a.isText(x.args[0])}
	case *first:
		return firstState{fold: x, text: x.operand >= 0 && a.isText(x.operand)}
	case *list:
		return a.listState(x, &x.slot, x.args[0])
	case *concat:
		operands := []int{-1, x.args[0]}
		for _, o := range x.order {
			operands = append(operands, -1, o)
		}
		return a.listState(x, &x.slot, operands...)
	case *sketch:
		return sketchState{x}
	}
	return wordState{x}
}

func (a *Aggregation) isText(operand int) bool { return a.exprs[operand].Type() == column.String }

// stateReader is the fold that folds state batches.
type stateReader struct {
	stateFold
	cols []int
}

func (*stateReader) words() int                              { return 0 }
func (*stateReader) place(int)                               {}
func (*stateReader) start() int                              { return 0 }
func (*stateReader) merge(_ *Aggregation, dst, src []uint64) {}

func (s *stateReader) update(w *Worker, state []uint64, off []uint32) error {
	cols := make([]*vector.Vec, len(s.cols))
	for i, c := range s.cols {
		cols[i] = w.batch.Col(c)
	}
	return s.read(w, cols, state, off)
}
