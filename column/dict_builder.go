package column

import (
	"sync"
	"sync/atomic"
	"unsafe"
)

// Limits of a dictionary, beyond which strings are better stored as they are.
const (
	maxDictStrings = 1 << 20  // strings
	maxDictText    = 64 << 20 // bytes of all strings
	maxDictString  = 1 << 10  // bytes of one string; chunks with a longer one are plain

	firstCheck = 1 << 18 // strings at which is checked whether a dictionary pays, and then at twice as many
)

// checkShares are the shares of rows that bring a new string, since the dictionary had half as many, above which a
// check gives it up: the strings then hardly repeat.
var checkShares = []float64{3. / 4, 1. / 2}

// DictBuilder grows the dictionary of one column while its chunks are made, by any number of Builders and
// goroutines. Codes are given in the order in which strings are first seen and never change. When the dictionary is
// full, or when most rows bring new strings so that it does not pay, it takes no more strings, and chunks that need
// them are stored plain.
//
// Builders look strings up in the shared table without a lock; only for strings they do not find, a batch at a time,
// do they take it.
type DictBuilder struct {
	limit     int // strings
	textLimit int // bytes of all strings
	full      atomic.Bool

	mu        sync.Mutex
	table     dictTable
	rows      int64 // rows the strings came from, as far as reported
	nextCheck int   // strings at which the next of checks is made
	checkRows int64 // rows at half of nextCheck strings
	checks    []float64
	used      bool
}

// NewDictBuilder returns a DictBuilder that takes up to limit strings; 0 is the default of a million.
func NewDictBuilder(limit int) *DictBuilder {
	if limit <= 0 || limit > maxDictStrings {
		limit = maxDictStrings
	}
	return &DictBuilder{limit: limit, textLimit: maxDictText, table: newDictTable(), nextCheck: firstCheck, checks: checkShares}
}

// Code returns the code of s, a new one where s is new; ok is false when s is new and the dictionary takes no more.
func (d *DictBuilder) Code(s string) (code uint32, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.used = true
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	k := d.table.seed.key(b)
	code, _, ok = d.code(&k, b)
	return code, ok
}

// code is Code with the lock held. added says that b was new.
func (d *DictBuilder) code(k *key, b []byte) (code uint32, added, ok bool) {
	if code, ok = d.table.find(k, b); ok {
		return code, false, true
	}
	n := d.table.size()
	if len(b) > maxDictString || d.full.Load() {
		return 0, false, false
	}
	if n >= d.limit || len(d.table.text)+len(b) > d.textLimit || n == d.nextCheck && !d.pays() {
		d.full.Store(true)
		return 0, false, false
	}
	if n == d.nextCheck/2 {
		d.checkRows = d.rows
	}
	return d.table.add(k, b), true, true
}

// pays decides at nextCheck strings whether to go on.
func (d *DictBuilder) pays() bool {
	if len(d.checks) > 0 {
		if float64(d.nextCheck/2) > d.checks[0]*float64(d.rows-d.checkRows) {
			return false
		}
		d.checks = d.checks[1:]
	}
	d.nextCheck *= 2
	return true
}

// view returns the table as it is now, for look-ups without the lock.
func (d *DictBuilder) view() dictTable {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.table
}

// Dict returns the dictionary of all strings, or nil when no chunk has codes. Call it when no more are added.
func (d *DictBuilder) Dict() *Dict {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.used || d.table.size() == 0 {
		return nil
	}
	return newTextDict(exact(d.table.off), exact(d.table.text))
}

// exact returns s, or a copy of it where s has much room behind its end.
func exact[T any](s []T) []T {
	if cap(s)-len(s) > len(s)/16 {
		return append(make([]T, 0, len(s)), s...)
	}
	return s
}
