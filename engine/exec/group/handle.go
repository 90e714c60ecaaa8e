package group

import (
	"sync/atomic"

	"github.com/eau2db/eau2/column"
)

// A string handle stands for a string in a word: 0 is none, the code of the operand's home dictionary plus 1, or, with
// the pooled bit, a worker and the number of a string in its pool.
const (
	pooled      = 1 << 63
	workerShift = 40
)

func codeHandle(c uint32) uint64 { return uint64(c) + 1 }

func handleCode(h uint64) uint32 { return uint32(h - 1) }

// homes are the home dictionaries of the operands: the first that any worker sees.
type homes []atomic.Pointer[column.Dict]

// stringHandles is one worker's way to make and read handles of the strings of one operand.
type stringHandles struct {
	home   *atomic.Pointer[column.Dict]
	worker int
	pool   []string
	memory *account
}

// isHome reports whether d is the home dictionary, which it becomes if it is the first.
func (s *stringHandles) isHome(d *column.Dict) bool {
	if d == nil {
		return false
	}
	if h := s.home.Load(); h != nil {
		return h == d
	}
	s.home.CompareAndSwap(nil, d)
	return s.home.Load() == d
}

// keep returns a new handle of str.
func (s *stringHandles) keep(str string) (uint64, error) {
	if err := s.memory.use(16 + int64(len(str))); err != nil {
		return 0, err
	}
	s.pool = append(s.pool, str)
	return pooled | uint64(s.worker)<<workerShift | uint64(len(s.pool)-1), nil
}

// value returns the string of a handle that this worker has made.
func (s *stringHandles) value(h uint64) string {
	if h&pooled == 0 {
		return s.home.Load().Value(handleCode(h))
	}
	return s.pool[h&(1<<workerShift-1)]
}

// handles returns the handles of all values.
func (s *stringHandles) handles(v *values, w *Worker) ([]uint64, error) {
	w.wordBuf = resize(w.wordBuf, v.n)
	if s.isHome(v.dict) {
		for i, c := range v.codes(&w.codeBuf) {
			w.wordBuf[i] = codeHandle(c)
		}
		return w.wordBuf, nil
	}
	for i, str := range v.texts(&w.strBuf) {
		h, err := s.keep(str)
		if err != nil {
			return nil, err
		}
		w.wordBuf[i] = h
	}
	return w.wordBuf, nil
}

// texts returns STRING values as strings, looked up in buf where they are codes.
func (v *values) texts(buf *[]string) []string {
	if v.form == formStr {
		return v.str
	}
	*buf = resize(*buf, v.n)
	var codes []uint32
	for i, c := range v.codes(&codes) {
		(*buf)[i] = v.dict.Value(c)
	}
	return *buf
}

// text returns the string of a handle that any worker has made. No handle is being made.
func (a *Aggregation) text(operand int, h uint64) string {
	if h&pooled == 0 {
		return a.homes[operand].Load().Value(handleCode(h))
	}
	return a.workers[h&^pooled>>workerShift].strings(operand).pool[h&(1<<workerShift-1)]
}
