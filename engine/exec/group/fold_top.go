package group

// maxTop is the largest K whose values are kept in the record.
const maxTop = 8

// top keeps the k largest (or smallest) numbers as ordered words, best first. How many of them are values and how many
// still the zeros of a new record, the count of values tells.
type top struct {
	slot
	args    []int
	k       int
	reverse bool
}

func (f *top) words() int { return f.k }

func (f *top) update(w *Worker, state []uint64, off []uint32) error {
	vs, off := w.args(f.args, off)
	words := vs[0].orderedWords(w, f.reverse)[:len(off)]
	p := state[f.at:]
	switch f.k {
	case 1:
		for i, o := range off {
			p[o] = max(p[o], words[i])
		}
	case 2:
		for i, o := range off {
			q, x := p[o:o+2:o+2], words[i]
			a := q[0]
			q[0] = max(a, x)
			q[1] = max(q[1], min(a, x))
		}
	default:
		for i, o := range off {
			insertTop(p[o:int(o)+f.k], words[i])
		}
	}
	return nil
}

// insertTop puts x into q, which descends, and drops the last.
func insertTop(q []uint64, x uint64) {
	last := len(q) - 1
	if x <= q[last] {
		return
	}
	for last > 0 && q[last-1] < x {
		q[last] = q[last-1]
		last--
	}
	q[last] = x
}

func (f *top) merge(_ *Aggregation, dst, src []uint64) {
	for _, x := range src[f.at : f.at+f.k] {
		insertTop(dst[f.at:f.at+f.k], x)
	}
}
