package group

import (
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// wordState ships the words of a fold that is nothing but words.
type wordState struct{ fold fold }

func (s wordState) types() []column.Type {
	t := make([]column.Type, s.fold.words())
	for i := range t {
		t[i] = column.Int
	}
	return t
}

func (s wordState) write(_ *reader, state []uint64, off []uint32, out []*vector.Vec) error {
	for k, v := range out {
		v.Reset(column.Int, len(off))
		p := state[s.fold.start()+k:]
		for i, o := range off {
			v.Int[i] = int64(p[o])
		}
	}
	return nil
}

func (s wordState) read(w *Worker, cols []*vector.Vec, state []uint64, off []uint32) error {
	at := s.fold.start()
	switch s.fold.(type) {
	case *countRows, *countValues, *sumInt, *sumProductInt:
		p, v := state[at:], cols[0].Int[:len(off)]
		for i, o := range off {
			p[o] += uint64(v[i])
		}
		return nil
	}
	w.wordBuf = resize(w.wordBuf, at+len(cols))
	src := w.wordBuf
	for i, o := range off {
		for k, c := range cols {
			src[at+k] = uint64(c.Int[i])
		}
		s.fold.merge(w.a, state[o:], src)
	}
	return nil
}

// presence stands for the number of rows where nobody asks for it: the receiver counts something, so that the group is
// there.
type presence struct{ fold *countRows }

func (presence) types() []column.Type { return nil }

func (presence) write(*reader, []uint64, []uint32, []*vector.Vec) error { return nil }

func (s presence) read(w *Worker, _ []*vector.Vec, state []uint64, off []uint32) error {
	if len(w.a.active) < len(w.a.folds) {
		return nil // records do not have it
	}
	return s.fold.update(w, state, off)
}
