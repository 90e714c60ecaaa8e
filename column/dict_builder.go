package column

import (
	"sync"
	"sync/atomic"
)

// DictBuilder grows the dictionary of one column while its chunks are made, by any number of goroutines. A
// string keeps the code it first got. When the dictionary has grown past its limit it takes no new strings, and
// chunks that need them are stored plain.
type DictBuilder struct {
	limit int
	full  atomic.Bool

	mu    sync.Mutex
	codes map[string]uint32
	strs  []string
}

// NewDictBuilder returns a DictBuilder that takes up to limit strings.
func NewDictBuilder(limit int) *DictBuilder {
	return &DictBuilder{limit: limit, codes: map[string]uint32{}}
}

// Code returns the code of s, a new one where s is new; ok is false when s is new and the dictionary is full.
func (d *DictBuilder) Code(s string) (code uint32, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	code, ok = d.codes[s]
	if ok {
		return code, true
	}
	if len(d.strs) >= d.limit {
		d.full.Store(true)
		return 0, false
	}
	code = uint32(len(d.strs))
	s = string([]byte(s))
	d.strs = append(d.strs, s)
	d.codes[s] = code
	return code, true
}

func (d *DictBuilder) value(c uint32) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.strs[c]
}

// Dict returns the dictionary of all strings so far. Call it when no more are added.
func (d *DictBuilder) Dict() *Dict { return NewDict(d.strs) }
