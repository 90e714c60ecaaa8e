package group

import (
	"errors"
	"strings"
	"sync"

	"github.com/zeebo/xxh3"

	"github.com/eau2db/eau2/column"
)

const (
	internShards  = 64
	internCache   = 1 << 10
	maxStringID   = 1<<32 - 2
	stringCost    = 48 // bytes that an interned string takes, besides its text
	bytesPerGrant = 1 << 18
)

var errTooManyStrings = errors.New("more than 4 billion different strings in one key")

// stringIDs numbers the strings of one key for all workers: the codes of a dictionary first, then every other
// string in the order of its appearance. Equal strings have equal numbers wherever they come from.
type stringIDs struct {
	home *column.Dict // its codes are the first numbers; nil for none

	seed   sync.Once // puts home's strings in the shards, when the first other string comes
	shards [internShards]internShard

	mu    sync.Mutex
	trans map[*column.Dict][]uint32 // numbers of the codes of other dictionaries
}

type internShard struct {
	mu   sync.Mutex
	ids  map[string]uint32
	strs []string // by number
}

func (s *stringIDs) homeLen() uint32 {
	if s.home == nil {
		return 0
	}
	return uint32(s.home.Len())
}

// value returns the string of a number. No id is being made.
func (s *stringIDs) value(id uint32) string {
	if n := s.homeLen(); id >= n {
		id -= n
		return s.shards[id%internShards].strs[id/internShards]
	}
	return s.home.Value(id)
}

func (s *stringIDs) init() {
	for i := range s.shards {
		s.shards[i].ids = map[string]uint32{}
	}
	if s.home != nil {
		for c, str := range s.home.Strings() {
			s.shards[xxh3.HashString(str)%internShards].ids[str] = uint32(c)
		}
	}
}

// id returns the number of str, whose hash is h, a new one where it is new: str is kept then, of a foreign one a copy.
func (s *stringIDs) id(str string, h uint64, foreign bool) (id uint32, isNew bool, err error) {
	sh := &s.shards[h%internShards]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if id, ok := sh.ids[str]; ok {
		return id, false, nil
	}
	n := uint64(s.homeLen()) + uint64(len(sh.strs))*internShards + h%internShards
	if n >= maxStringID {
		return 0, false, errTooManyStrings
	}
	if foreign {
		str = strings.Clone(str)
	}
	sh.strs = append(sh.strs, str)
	sh.ids[str] = uint32(n)
	return uint32(n), true, nil
}

// internWorker is one worker's way into a stringIDs.
type internWorker struct {
	ids     *stringIDs
	memory  *account
	cache   []internEntry
	buf     []uint32
	ownDict *column.Dict // the dictionary translated last
	own     []uint32
}

type internEntry struct {
	str string
	id  uint32
	set bool
}

// numbers returns the number of every value. null rows get any. foreign says that strings must not be kept, only copies.
func (w *internWorker) numbers(v *values, null []bool, foreign bool) ([]uint32, error) {
	w.buf = resize(w.buf, v.n)
	if v.dict != nil {
		t, err := w.translation(v.dict)
		if err != nil {
			return nil, err
		}
		for i, c := range v.codes(&w.buf) {
			w.buf[i] = t[c]
		}
		return w.buf, nil
	}
	w.ids.seed.Do(w.ids.init)
	if w.cache == nil {
		w.cache = make([]internEntry, internCache)
	}
	for i, str := range v.str {
		if null != nil && null[i] {
			w.buf[i] = 0
			continue
		}
		h := xxh3.HashString(str)
		if foreign {
			id, err := w.intern(str, h, true)
			if err != nil {
				return nil, err
			}
			w.buf[i] = id
			continue
		}
		e := &w.cache[h>>32%internCache]
		if !e.set || e.str != str {
			id, err := w.intern(str, h, false)
			if err != nil {
				return nil, err
			}
			*e = internEntry{str, id, true}
		}
		w.buf[i] = e.id
	}
	return w.buf, nil
}

func (w *internWorker) intern(str string, h uint64, foreign bool) (uint32, error) {
	id, isNew, err := w.ids.id(str, h, foreign)
	if err == nil && isNew {
		err = w.memory.use(stringCost + int64(len(str)))
	}
	return id, err
}

// translation returns the numbers of d's codes.
func (w *internWorker) translation(d *column.Dict) ([]uint32, error) {
	if w.ownDict == d {
		return w.own, nil
	}
	s := w.ids
	s.seed.Do(s.init)
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.trans[d]
	if t == nil {
		if err := w.memory.use(4 * int64(d.Len())); err != nil {
			return nil, err
		}
		t = make([]uint32, d.Len())
		for c, str := range d.Strings() {
			id, err := w.intern(str, xxh3.HashString(str), false)
			if err != nil {
				return nil, err
			}
			t[c] = id
		}
		if s.trans == nil {
			s.trans = map[*column.Dict][]uint32{}
		}
		s.trans[d] = t
	}
	w.ownDict, w.own = d, t
	return t, nil
}
