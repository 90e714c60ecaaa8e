package group

import (
	"sync/atomic"

	"github.com/zeebo/xxh3"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// Hasher makes hashes of keys that are the same in every process, for who spreads rows over nodes. It is for one goroutine.
type Hasher struct {
	hashes keyHashes
	memory account
}

// NewHasher returns a Hasher that takes its memory from budget, which may be nil.
func NewHasher(budget Budget) *Hasher {
	return &Hasher{memory: account{budget: budget, total: &atomic.Int64{}}}
}

// Of returns the hashes of the keys of n rows, in memory that holds until the next call.
func (h *Hasher) Of(keys []*vector.Vec, n int) ([]uint64, error) {
	return h.hashes.of(keys, n, &h.memory)
}

// Release gives its memory back.
func (h *Hasher) Release() {
	if h.memory.budget != nil {
		h.memory.budget.Shrink(h.memory.total.Load())
	}
}

// keyHashes makes hashes of keys that are the same in every process.
type keyHashes struct {
	h     []uint64
	dicts map[*column.Dict][]uint64 // by code, 0 where not made yet
}

// of returns the hashes of the keys of n rows, in memory that holds until the next call.
func (k *keyHashes) of(keys []*vector.Vec, n int, memory *account) ([]uint64, error) {
	k.h = resize(k.h, n)
	clear(k.h)
	for _, v := range keys {
		if v.Dict != nil && k.dicts[v.Dict] == nil {
			if err := memory.use(8 * int64(v.Dict.Len())); err != nil {
				return nil, err
			}
		}
		k.add(v)
		for i, null := range v.Null {
			if null {
				k.h[i] ^= nullHash
			}
		}
		for i, h := range k.h {
			k.h[i] = mix(h)
		}
	}
	return k.h, nil
}

const nullHash = 0x9ddfea08eb382d69

// add adds the hashes of the values of v that are not NULL.
func (k *keyHashes) add(v *vector.Vec) {
	h := k.h
	null := v.Null
	if null == nil {
		null = noNulls[:len(h)]
	}
	switch {
	case v.Type == column.Bool:
		for i, b := range v.Bool {
			if b && !null[i] {
				h[i] ^= 1
			}
		}
	case v.Type == column.Int:
		for i, x := range v.Int {
			if !null[i] {
				h[i] ^= mix(uint64(x))
			}
		}
	case v.Type == column.Float:
		for i, f := range v.Float {
			if !null[i] {
				h[i] ^= floatCode(f)
			}
		}
	case v.Dict != nil:
		byCode := k.dict(v.Dict)
		for i, c := range v.Code {
			if null[i] {
				continue
			}
			if byCode[c] == 0 {
				byCode[c] = max(1, xxh3.HashString(v.Dict.Value(c)))
			}
			h[i] ^= byCode[c]
		}
	default:
		for i, s := range v.Str {
			if !null[i] {
				h[i] ^= max(1, xxh3.HashString(s))
			}
		}
	}
}

var noNulls [vector.Size]bool

func (k *keyHashes) dict(d *column.Dict) []uint64 {
	if k.dicts == nil {
		k.dicts = map[*column.Dict][]uint64{}
	}
	if k.dicts[d] == nil {
		k.dicts[d] = make([]uint64, d.Len())
	}
	return k.dicts[d]
}
