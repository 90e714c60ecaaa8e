package sor

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"

	"github.com/eau2db/eau2/column"
)

// misfit is a value that became NULL, or a row with too many fields, that has yet to be reported.
type misfit struct {
	row, column int
	reason      string
}

// convert adds the values of the vector, a column at a time. It returns false and adds nothing when a row would have to
// be dropped or the read to end: such rows have to be read one by one.
func (w *worker) convert(v *vector) bool {
	before := w.builders[0].Len()
	w.mismatches = append(w.mismatches[:0], w.tally.mismatches...)
	w.misfits, w.giveUp = w.misfits[:0], false
	for j, t := range w.types {
		w.nulls, w.found = w.nulls[:0], 0
		switch t {
		case column.Bool:
			w.bools(j)
		case column.Int:
			w.ints(j)
		case column.Float:
			w.floats(j)
		case column.String:
			w.strings(j)
		}
		if w.giveUp {
			for _, b := range w.builders[:j+1] {
				b.Truncate(before)
			}
			copy(w.tally.mismatches, w.mismatches)
			return false
		}
		for _, row := range w.nulls {
			w.builders[j].SetNull(before + row)
		}
	}
	w.tally.rows += int64(v.n)
	w.settle()
	return true
}

// settle reports what was found in the vector, in the order of its rows.
func (w *worker) settle() {
	v := &w.scanner.vector
	for _, r := range v.wide {
		w.tally.extra++
		if !w.tally.full() {
			w.misfits = append(w.misfits, misfit{r.row, len(w.types), w.extra(r.fields)})
		}
	}
	if len(w.misfits) == 0 || w.tally.full() {
		return
	}
	slices.SortFunc(w.misfits, func(a, b misfit) int {
		return cmp.Or(a.row-b.row, a.column-b.column)
	})
	for _, m := range w.misfits {
		if m.column == len(w.types) {
			m.column = -1
		}
		w.problem(v.at(m.row), m.column, m.reason)
	}
}

// bools reads a BOOL column.
func (w *worker) bools(j int) {
	v := &w.scanner.vector
	slots := w.builders[j].ExtendBools(v.n)
	place, stride := v.column(j), 2*v.stride
	for i := range slots {
		s, e := place[i*stride]+2, place[i*stride+1]
		if c := v.buf[s] - '0'; e-s == 1 && c <= 1 {
			slots[i] = c == 1
			continue
		}
		slots[i] = w.unusual(j, i, s, e).Bool()
	}
}

// ints reads an INT column.
func (w *worker) ints(j int) {
	v, d := &w.scanner.vector, &w.digits
	slots := w.builders[j].ExtendInts(v.n)
	place, stride, text := v.column(j), 2*v.stride, textOf(v.buf)
	d.gather(text, place, stride, v.n)
	readDigits(d, slots)
	for k, bad := range d.bad[:(v.n+7)/8] {
		for ; bad != 0; bad &= bad - 1 {
			i := k*8 + bits.TrailingZeros8(bad)
			s, e := place[i*stride]+2, place[i*stride+1]
			n, ok := text.int(s, e)
			if !ok {
				n = w.unusual(j, i, s, e).Int
			}
			slots[i] = n
		}
	}
}

// floats reads a FLOAT column.
func (w *worker) floats(j int) {
	v, d := &w.scanner.vector, &w.decimals
	slots := w.builders[j].ExtendFloats(v.n)
	place, stride, text := v.column(j), 2*v.stride, textOf(v.buf)
	d.gather(text, place, stride, v.n)
	readDecimals(d, slots)
	for k, bad := range d.bad[:(v.n+7)/8] {
		for ; bad != 0; bad &= bad - 1 {
			i := k*8 + bits.TrailingZeros8(bad)
			s, e := place[i*stride]+2, place[i*stride+1]
			f, ok := text.float(s, e)
			if !ok {
				f = w.unusual(j, i, s, e).Float
			}
			slots[i] = f
		}
	}
}

// strings reads a STRING column.
func (w *worker) strings(j int) {
	v := &w.scanner.vector
	starts, ends := w.starts[:v.n], w.ends[:v.n]
	place, stride := v.column(j), 2*v.stride
	for i := range starts {
		s, e := place[i*stride]+2, place[i*stride+1]
		switch {
		case e == s:
			e-- // NULL
		case v.quotes && v.buf[s] == '"':
			s, e = s+1, e-1
		}
		starts[i], ends[i] = s, e
	}
	w.builders[j].ExtendStrings(v.buf, starts, ends)
}

// unusual reads the value of a field that the loop over a column leaves to it: buf[s:e], quotes and all.
func (w *worker) unusual(j, row int, s, e uint32) column.Value {
	if s == e {
		w.nulls = append(w.nulls, row)
		return column.Value{}
	}
	text := w.scanner.buf[s:e]
	quoted := text[0] == '"'
	if quoted {
		text = text[1 : len(text)-1]
	}
	v, fit := convert(text, quoted, w.types[j])
	switch {
	case fit == fits:
		return v
	case fit == tooLarge || w.o.OnMismatch != MismatchNull:
		w.giveUp = true
		return v
	}
	w.tally.mismatches[j]++
	w.nulls = append(w.nulls, row)
	if w.found < maxProblems && !w.tally.full() { // more of one column cannot be among the first of all
		w.found++
		w.misfits = append(w.misfits, misfit{row, j, w.mismatch(j, text, "NULL instead")})
	}
	return v
}

func (w *worker) mismatch(j int, text []byte, what string) string {
	return fmt.Sprintf("%s is not %s: %s", excerpt(text), w.types[j], what)
}

func (w *worker) extra(fields int) string {
	return fmt.Sprintf("%d fields where the table has %d: those past them are dropped", fields, len(w.types))
}
