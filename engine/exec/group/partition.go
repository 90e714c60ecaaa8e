package group

import (
	"math/bits"
	"sync/atomic"

	"github.com/zeebo/xxh3"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// statePart collects the rows of one partition.
type statePart struct {
	n, text int
	vecs    []*vector.Vec
	nulls   [][]bool
}

// partText is how many bytes of text a statePart may hold.
const partText = 1 << 21

// spread moves n rows of state to their partitions.
func (r *reader) spread(n int) error {
	f := r.a.form
	if r.pending == nil {
		r.pending, r.rows = make([]*statePart, r.a.into), make([][]int32, r.a.into)
	}
	keys := make([]*vector.Vec, f.grouped)
	for i := range keys {
		keys[i] = r.vecs[f.keys[i]]
	}
	hashes, err := r.hashes.of(keys, n, &r.memory)
	if err != nil {
		return err
	}
	for i, h := range hashes {
		p, _ := bits.Mul64(h, uint64(r.a.into))
		r.rows[p] = append(r.rows[p], int32(i))
	}
	for p, rows := range r.rows {
		if len(rows) == 0 {
			continue
		}
		if r.pending[p] == nil {
			r.pending[p] = newStatePart(f.fields)
		}
		part := r.pending[p]
		if part.n+len(rows) > vector.Size {
			if err := r.flushPart(p); err != nil {
				return err
			}
		}
		part.add(r.vecs, rows)
		r.rows[p] = rows[:0]
		if part.n == vector.Size || part.text > partText {
			if err := r.flushPart(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func newStatePart(fields []column.Field) *statePart {
	p := &statePart{nulls: make([][]bool, len(fields))}
	for _, f := range fields {
		p.vecs = append(p.vecs, vector.Make(f.Type, 0))
	}
	return p
}

func (p *statePart) add(vecs []*vector.Vec, rows []int32) {
	for c, v := range vecs {
		d := p.vecs[c]
		switch v.Type {
		case column.Bool:
			d.Bool = appendRows(d.Bool, v.Bool, rows)
		case column.Int:
			d.Int = appendRows(d.Int, v.Int, rows)
		case column.Float:
			d.Float = appendRows(d.Float, v.Float, rows)
		default:
			p.addText(d, v, rows)
		}
		if v.Null == nil && p.nulls[c] == nil {
			continue
		}
		for len(p.nulls[c]) < p.n {
			p.nulls[c] = append(p.nulls[c], false)
		}
		for _, i := range rows {
			p.nulls[c] = append(p.nulls[c], v.IsNull(int(i)))
		}
	}
	p.n += len(rows)
}

// addText appends rows of v to d, as codes where both have one dictionary.
func (p *statePart) addText(d, v *vector.Vec, rows []int32) {
	if v.Dict != nil && (p.n == 0 || d.Dict == v.Dict) {
		d.Dict, d.Code = v.Dict, appendRows(d.Code, v.Code, rows)
		return
	}
	if d.Dict != nil {
		for _, c := range d.Code {
			d.Str = append(d.Str, d.Dict.Value(c))
		}
		d.Dict, d.Code = nil, d.Code[:0]
	}
	from := len(d.Str)
	if v.Dict == nil {
		d.Str = appendRows(d.Str, v.Str, rows)
	} else {
		for _, i := range rows {
			d.Str = append(d.Str, v.Dict.Value(v.Code[i]))
		}
	}
	for _, s := range d.Str[from:] {
		p.text += len(s)
	}
}

func appendRows[T any](dst, src []T, rows []int32) []T {
	for _, i := range rows {
		dst = append(dst, src[i])
	}
	return dst
}

// flushPending gives what is left in the partitions of all readers, none of which reads any more.
func (a *Aggregation) flushPending(push func(*vector.Batch) error) error {
	for _, r := range a.readers {
		if r == nil {
			continue
		}
		r.push = push
		for p, part := range r.pending {
			if part == nil || part.n == 0 {
				continue
			}
			if err := r.flushPart(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *reader) flushPart(p int) error {
	part := r.pending[p]
	for c, v := range part.vecs {
		v.Null = part.nulls[c]
	}
	phases := part.vecs[0].Int
	for i := range phases {
		phases[i] |= int64(p) << phaseBits
	}
	r.batch.SetCols(part.n, part.vecs)
	err := r.push(&r.batch)
	for c, v := range part.vecs {
		v.Reset(v.Type, 0)
		part.nulls[c] = nil
	}
	part.n, part.text = 0, 0
	return err
}

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
