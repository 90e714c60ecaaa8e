package eval

import (
	"sync"
	"sync/atomic"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// stepSize is how many strings of a dictionary are computed with a batch, until all are: enough that a dictionary that
// pays is soon done, few enough that a query that reads only some rows, or is cancelled, loses little.
const stepSize = 4 * vector.Size

// maxDicts is how many dictionaries an expression has values for at a time.
const maxDicts = 16

// dictValues are the values of an expression for the strings of some dictionaries.
type dictValues struct {
	mu   sync.Mutex
	list []*dictValue
}

func (d *dictValues) of(dict *column.Dict) *dictValue {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, v := range d.list {
		if v.dict == dict {
			return v
		}
	}
	v := &dictValue{dict: dict}
	if len(d.list) >= maxDicts {
		d.list = d.list[1:]
	}
	d.list = append(d.list, v)
	return v
}

// dictValue has the values of an expression for the strings of one dictionary. They are computed in steps by the workers
// that need them, which evaluate rows until all are there.
type dictValue struct {
	dict   *column.Dict
	done   atomic.Pointer[vector.Vec] // row i is for code i, the last one for NULL
	failed atomic.Bool                // some string gives an error, perhaps one that no row has

	mu    sync.Mutex // of what follows
	next  int
	vals  vector.Vec
	codes map[string]uint32 // of STRING results
	strs  []string
}

// get returns the values, or nil where they are not to be had yet. eval computes some of them.
func (d *dictValue) get(eval func(strs []string, null bool) (*vector.Vec, error)) *vector.Vec {
	if v := d.done.Load(); v != nil || d.failed.Load() {
		return v
	}
	if d.dict.Len() <= stepSize {
		d.mu.Lock()
	} else if !d.mu.TryLock() {
		return nil // another worker is at it
	}
	defer d.mu.Unlock()
	if v := d.done.Load(); v != nil || d.failed.Load() {
		return v
	}
	strs := d.dict.Strings()
	for end := min(d.next+stepSize, len(strs)); d.next < end; {
		n := min(vector.Size, end-d.next)
		if !d.add(eval(strs[d.next:d.next+n], false)) {
			return nil
		}
		d.next += n
	}
	if d.next < len(strs) || !d.add(eval([]string{""}, true)) {
		return nil
	}
	if d.vals.Type == column.String {
		d.vals.Dict = column.NewDict(d.strs)
	}
	d.codes = nil
	d.done.Store(&d.vals)
	return &d.vals
}

// add appends computed values.
func (d *dictValue) add(v *vector.Vec, err error) bool {
	if err != nil {
		d.failed.Store(true)
		d.vals, d.codes, d.strs = vector.Vec{}, nil, nil
		return false
	}
	old := d.vals.Null
	if v.Null != nil || old != nil {
		if old == nil {
			old = make([]bool, d.next, d.dict.Len()+1)
		}
		if v.Null != nil {
			old = append(old, v.Null...)
		} else {
			old = append(old, make([]bool, v.Len())...)
		}
		d.vals.Null = old
	}
	switch d.vals.Type = v.Type; v.Type {
	case column.Bool:
		d.vals.Bool = append(d.vals.Bool, v.Bool...)
	case column.Int:
		d.vals.Int = append(d.vals.Int, v.Int...)
	case column.Float:
		d.vals.Float = append(d.vals.Float, v.Float...)
	case column.String:
		d.addStrings(v)
	}
	return true
}

func (d *dictValue) addStrings(v *vector.Vec) {
	if d.codes == nil {
		d.codes = map[string]uint32{}
	}
	for i, s := range v.Strings() {
		if v.IsNull(i) {
			s = "" // NULL rows have a code, too
		}
		c, ok := d.codes[s]
		if !ok {
			c = uint32(len(d.strs))
			d.codes[s] = c
			d.strs = append(d.strs, s)
		}
		d.vals.Code = append(d.vals.Code, c)
	}
}

// dictNode is an expression over one STRING column. Where that has a dictionary the result is looked up by code.
type dictNode struct {
	col    int
	inner  node
	values *dictValues
	last   *dictValue
	strs   vector.Vec // to compute values for
	null   [1]bool
	cols   []*vector.Vec
	batch  vector.Batch
	out    vector.Vec
}

// dict makes the node of an expression over the STRING column c.
func (p *Program) dict(e plan.Expr, c *plan.Column) *dictNode {
	p.mu.Lock()
	v := p.dicts[e]
	if v == nil {
		v = &dictValues{}
		p.dicts[e] = v
	}
	p.mu.Unlock()
	n := &dictNode{col: c.Index, inner: compiler{p, true}.op(e), values: v, cols: make([]*vector.Vec, c.Index+1)}
	n.cols[c.Index] = &n.strs
	return n
}

// lookup returns the values for the strings of the dictionary that b has, where they are to be had.
func (n *dictNode) lookup(d *column.Dict, b *vector.Batch) *vector.Vec {
	n.batch.Stop = b.Stop
	if n.last == nil || n.last.dict != d {
		n.last = n.values.of(d)
	}
	return n.last.get(n.compute)
}

func (n *dictNode) compute(strs []string, null bool) (*vector.Vec, error) {
	n.strs = vector.Vec{Type: column.String, Str: strs}
	if null {
		n.null[0] = true
		n.strs.Null = n.null[:]
	}
	n.batch.SetCols(len(strs), n.cols)
	return n.inner.eval(&n.batch)
}

// dictOf returns the dictionary of a column of b, or nil.
func dictOf(b *vector.Batch, col int) *column.Dict {
	if a, _, _, ok := b.Array(col); ok {
		return a.Dict
	}
	return b.Col(col).Dict
}

func (n *dictNode) eval(b *vector.Batch) (*vector.Vec, error) {
	d := dictOf(b, n.col)
	if d == nil {
		return n.inner.eval(b)
	}
	vals := n.lookup(d, b)
	if vals == nil {
		return n.inner.eval(b)
	}
	in := b.Col(n.col)
	n.out.Reset(vals.Type, len(in.Code))
	switch vals.Type {
	case column.Bool:
		pick(n.out.Bool, vals.Bool, in)
	case column.Int:
		pick(n.out.Int, vals.Int, in)
	case column.Float:
		pick(n.out.Float, vals.Float, in)
	case column.String:
		n.out.SetDict(vals.Dict, len(in.Code))
		pick(n.out.Code, vals.Code, in)
	}
	if vals.Null != nil {
		pick(n.out.Nulls(), vals.Null, in)
	}
	n.out.Const = in.Const
	return &n.out, nil
}

// pick sets dst to the values for the codes of in.
func pick[T any](dst, vals []T, in *vector.Vec) {
	dst = dst[:len(in.Code)]
	for i, c := range in.Code {
		dst[i] = vals[c]
	}
	if in.Null != nil {
		last := vals[len(vals)-1]
		for i, null := range in.Null {
			if null {
				dst[i] = last
			}
		}
	}
}

// dictMask is a condition over one STRING column: a table of the codes that meet it.
type dictMask struct {
	node   *dictNode
	negate bool

	vals     *vector.Vec // that table is for
	table    []uint8     // 1 for a code that meets the condition; at least 256 long
	n        int         // length of the dictionary
	runs     [2]codeRun  // of the codes that do not meet it, and of those that do
	nullTrue bool        // NULL meets it
	old      bitmap      // the rows before
	valid    bitmap      // those of them that are not NULL
}

// codeRun tells whether the codes of a kind follow one another.
type codeRun struct {
	first, last uint32
	count       int
}

func (r *codeRun) add(c uint32) {
	if r.count == 0 {
		r.first = c
	}
	r.last = c
	r.count++
}

func (r *codeRun) unbroken() bool { return r.count > 0 && int(r.last-r.first)+1 == r.count }

func (p *Program) dictMask(e plan.Expr, negate bool) mask {
	c := p.traits(e).dict
	if c == nil {
		return nil
	}
	return &dictMask{node: p.dict(e, c), negate: negate}
}

func (k *dictMask) ready(b *vector.Batch) bool {
	d := dictOf(b, k.node.col)
	if d == nil {
		return false
	}
	vals := k.node.lookup(d, b)
	if vals == nil {
		return false
	}
	if vals != k.vals {
		k.fill(vals)
	}
	return true
}

// fill makes the table.
func (k *dictMask) fill(vals *vector.Vec) {
	k.vals, k.n = vals, len(vals.Bool)-1
	k.table = grow(k.table, max(k.n, 256))
	clear(k.table)
	k.runs = [2]codeRun{}
	for c, t := range vals.Bool[:k.n] {
		meets := t != k.negate && !vals.IsNull(c)
		k.table[c] = uint8(bit64(meets))
		k.runs[k.table[c]].add(uint32(c))
	}
	k.nullTrue = vals.Bool[k.n] != k.negate && !vals.IsNull(k.n)
}

func (k *dictMask) narrow(b *vector.Batch, m bitmap) {
	if k.nullTrue {
		k.old = append(k.old[:0], m...)
	}
	if a, lo, n, ok := window(b, k.node.col); ok {
		switch a.Layout {
		case column.Code8:
			k.narrow8(m, a.C8[lo:lo+n])
		case column.Code16:
			narrowCodes(k, m, a.C16[lo:lo+n], within16)
		default:
			narrowCodes(k, m, a.C32[lo:lo+n], within32)
		}
	} else {
		narrowCodes(k, m, b.Col(k.node.col).Code, within32)
	}
	if !k.nullTrue {
		narrowNulls(b, k.node.col, m)
		return
	}
	// Put back the rows that are NULL: those that go when NULLs are dropped from the rows before.
	k.valid = append(k.valid[:0], k.old...)
	narrowNulls(b, k.node.col, k.valid)
	for i, v := range k.valid {
		m[i] = m[i]&v | k.old[i]&^v
	}
}

func (k *dictMask) narrow8(m bitmap, codes []uint8) {
	if k.runs[0].count == 0 || k.runs[1].count == 0 || k.runs[0].unbroken() || k.runs[1].unbroken() {
		narrowCodes(k, m, codes, within8)
		return
	}
	lookup8(m, codes, (*[256]uint8)(k.table))
}

// narrowCodes does with a comparison what it can. An array's codes may be narrower than the dictionary is long.
func narrowCodes[C uint8 | uint16 | uint32](k *dictMask, m bitmap, codes []C, within func(m bitmap, vals []C, lo, span C, want bool)) {
	switch f, t := &k.runs[0], &k.runs[1]; {
	case t.count == 0:
		clear(m)
	case f.count == 0:
	case t.unbroken():
		if lo, span, some := clampRun[C](t); some {
			within(m, codes, lo, span, true)
		} else {
			clear(m)
		}
	case f.unbroken():
		if lo, span, some := clampRun[C](f); some {
			within(m, codes, lo, span, false)
		}
	default:
		lookupPlain(m, codes, 0, k.table)
	}
}

// clampRun returns the part of a run that a C can hold.
func clampRun[C uint8 | uint16 | uint32](r *codeRun) (lo, span C, some bool) {
	most := uint32(^C(0))
	if r.first > most {
		return 0, 0, false
	}
	return C(r.first), C(min(r.last, most) - r.first), true
}
