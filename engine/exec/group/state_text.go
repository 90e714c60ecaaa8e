package group

import (
	"strings"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// stringState ships the largest or smallest STRING, NULL for none.
type stringState struct{ fold *extremeString }

func (stringState) types() []column.Type { return []column.Type{column.String} }

func (s stringState) write(r *reader, state []uint64, off []uint32, out []*vector.Vec) error {
	r.writeHandles(s.fold.args[0], state[s.fold.at:], off, out[0])
	return nil
}

func (s stringState) read(w *Worker, cols []*vector.Vec, state []uint64, off []uint32) error {
	strs, p := w.strings(s.fold.args[0]), state[s.fold.at:]
	home := strs.isHome(cols[0].Dict)
	for i, text := range cols[0].Strings() {
		if cols[0].IsNull(i) {
			continue
		}
		d := &p[off[i]]
		if *d != 0 && !s.fold.better(text, strs.value(*d)) {
			continue
		}
		if home {
			*d = codeHandle(cols[0].Code[i])
			continue
		}
		h, err := strs.keep(strings.Clone(text))
		if err != nil {
			return err
		}
		*d = h
	}
	return nil
}

// writeHandles makes out the strings of handles that are words of records.
func (r *reader) writeHandles(operand int, p []uint64, off []uint32, out *vector.Vec) {
	r.handles = resize(r.handles, len(off))
	for i, o := range off {
		r.handles[i] = p[o]
	}
	r.emitHandles(operand, r.handles, out)
}

// plainType is the type of a column of plain words.
func plainType(text bool) column.Type {
	if text {
		return column.String
	}
	return column.Int
}

// writePlain makes out a column of plain words.
func (r *reader) writePlain(operand int, text bool, p []uint64, off []uint32, out *vector.Vec) {
	if text {
		r.writeHandles(operand, p, off, out)
		return
	}
	out.Reset(column.Int, len(off))
	for i, o := range off {
		out.Int[i] = int64(p[o])
	}
}

// readPlain returns row i of a column of plain words as a word of this worker.
func (w *Worker) readPlain(operand int, text bool, col *vector.Vec, i int) (uint64, error) {
	switch {
	case !text:
		return uint64(col.Int[i]), nil
	case col.IsNull(i):
		return 0, nil
	}
	strs := w.strings(operand)
	if strs.isHome(col.Dict) {
		return codeHandle(col.Code[i]), nil
	}
	return strs.keep(strings.Clone(col.Strings()[i]))
}

// anyState ships the first value: its position plus 1, and the plain word.
type anyState struct {
	fold *anyValue
	text bool
}

func (s anyState) types() []column.Type { return []column.Type{column.Int, plainType(s.text)} }

func (s anyState) write(r *reader, state []uint64, off []uint32, out []*vector.Vec) error {
	p := state[s.fold.at:]
	r.writePlain(-1, false, p, off, out[0])
	r.writePlain(s.fold.args[0], s.text, p[1:], off, out[1])
	return nil
}

func (s anyState) read(w *Worker, cols []*vector.Vec, state []uint64, off []uint32) error {
	p := state[s.fold.at:]
	for i, o := range off {
		at := uint64(cols[0].Int[i])
		if at == 0 || p[o] != 0 && p[o] <= at || s.text && cols[1].IsNull(i) {
			continue
		}
		x, err := w.readPlain(s.fold.args[0], s.text, cols[1], i)
		if err != nil {
			return err
		}
		p[o], p[o+1] = at, x
	}
	return nil
}

// firstState ships the first row: its position plus 1, and whether it has a value, and the plain word.
type firstState struct {
	fold *first
	text bool
}

func (s firstState) types() []column.Type {
	if s.fold.operand < 0 {
		return []column.Type{column.Int}
	}
	return []column.Type{column.Int, column.Int, plainType(s.text)}
}

func (s firstState) write(r *reader, state []uint64, off []uint32, out []*vector.Vec) error {
	p := state[s.fold.at:]
	r.writePlain(-1, false, p, off, out[0])
	if s.fold.operand < 0 {
		return nil
	}
	r.writePlain(-1, false, p[1:], off, out[1])
	r.writePlain(s.fold.operand, s.text, p[2:], off, out[2])
	return nil
}

func (s firstState) read(w *Worker, cols []*vector.Vec, state []uint64, off []uint32) error {
	p := state[s.fold.at:]
	for i, o := range off {
		at := uint64(cols[0].Int[i])
		if at == 0 || p[o] != 0 && p[o] <= at {
			continue
		}
		p[o] = at
		if s.fold.operand < 0 {
			continue
		}
		p[o+1], p[o+2] = 0, 0
		if cols[1].Int[i] == 0 || s.text && cols[2].IsNull(i) {
			continue
		}
		x, err := w.readPlain(s.fold.operand, s.text, cols[2], i)
		if err != nil {
			return err
		}
		p[o+1], p[o+2] = 1, x
	}
	return nil
}
