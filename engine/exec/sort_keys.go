package exec

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"
	"sync"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// sortEntry is a row with the word of its first key.
type sortEntry struct {
	word uint64
	row  uint32
}

// comparer compares rows by their keys. Each key of each part becomes a slice of words: where two words differ they
// order the rows; where they are equal the rows are equal in this key too if it is exact, and otherwise (strings
// without a common dictionary, NULLs) the key's vectors decide.
type comparer struct {
	rows  *sortedRows
	keys  []plan.SortKey
	exact []bool
	words [][][]uint64    // by key and part
	vecs  [][]*vector.Vec // by key and part, of the keys that are not exact
	first bool            // the first word decides alone
}

// comparer makes the words of all keys, on several goroutines.
func (r *sortedRows) comparer(threads int) *comparer {
	n := len(r.by)
	c := &comparer{rows: r, keys: r.by, exact: make([]bool, n), words: make([][][]uint64, n), vecs: make([][]*vector.Vec, n)}
	for k := range r.by {
		c.makeWords(k, threads)
	}
	c.first = n == 1 && c.exact[0]
	return c
}

// makeWords makes the words of key k.
func (c *comparer) makeWords(k, threads int) {
	dict, exact := c.rows.keyForm(k)
	c.exact[k] = exact
	c.words[k] = make([][]uint64, len(c.rows.parts))
	if !exact {
		c.vecs[k] = make([]*vector.Vec, len(c.rows.parts))
	}
	if dict != nil {
		dict.Rank()
	}
	inParallel(threads, len(c.rows.parts), func(from, to int) {
		for p := from; p < to; p++ {
			v := c.rows.key(p, k)
			if !exact {
				c.vecs[k][p] = v
			}
			words := wordsOf(v, dict)
			if c.keys[k].Desc {
				for i, w := range words {
					words[i] = ^w
				}
			}
			c.words[k][p] = words
		}
	})
}

// keyForm looks at key k in all parts: exact when words decide, dict when all strings are codes into it.
func (r *sortedRows) keyForm(k int) (dict *column.Dict, exact bool) {
	exact = true
	for p := range r.parts {
		d, null, text := r.parts[p].form(r.by[k].Expr, k)
		exact = exact && !null
		if !text {
			continue
		}
		if p == 0 {
			dict = d
		}
		if d == nil || d != dict {
			dict, exact = nil, false
		}
	}
	return dict, exact
}

// form describes key k of a part without loading it.
func (p *sortPart) form(e plan.Expr, k int) (dict *column.Dict, null, text bool) {
	v := p.keys[k]
	if v == nil {
		i := e.(*plan.Column).Index
		if a := p.arrays[i]; a != nil {
			return a.Dict, a.Valid != nil, a.Type == column.String
		}
		v = p.vecs[i]
	}
	return v.Dict, v.Null != nil, v.Type == column.String
}

// inParallel runs f over the ranges of n things, split evenly over goroutines.
func inParallel(threads, n int, f func(from, to int)) {
	if threads <= 1 || n < 2*threads {
		f(0, n)
		return
	}
	var wg sync.WaitGroup
	for t := range threads {
		wg.Go(func() { f(t*n/threads, (t+1)*n/threads) })
	}
	wg.Wait()
}

// wordsOf maps the values of v to unsigned words in the same order; NULL to 0. Strings have the rank in dict or, when it
// is nil, their first 8 bytes.
func wordsOf(v *vector.Vec, dict *column.Dict) []uint64 {
	w := make([]uint64, v.Len())
	switch v.Type {
	case column.Bool:
		for i, b := range v.Bool {
			if b {
				w[i] = 1
			}
		}
	case column.Int:
		for i, x := range v.Int {
			w[i] = uint64(x) ^ 1<<63
		}
	case column.Float:
		for i, x := range v.Float {
			w[i] = floatWord(x)
		}
	case column.String:
		if dict != nil {
			rank := dict.Rank()
			for i, c := range v.Code {
				w[i] = uint64(rank[c])
			}
			break
		}
		for i, s := range v.Strings() {
			w[i] = prefixWord(s)
		}
	}
	if v.Null != nil {
		for i, null := range v.Null {
			if null {
				w[i] = 0
			}
		}
	}
	return w
}

// floatWord orders as the float does; -0 and 0 are the same.
func floatWord(x float64) uint64 {
	b := math.Float64bits(x + 0)
	return b ^ (uint64(int64(b)>>63) | 1<<63)
}

// wordFloat is the inverse of floatWord.
func wordFloat(w uint64) float64 {
	return math.Float64frombits(w ^ (uint64(int64(^w)>>63) | 1<<63))
}

// prefixWord is the first 8 bytes of s, as a number that orders as they do.
func prefixWord(s string) uint64 {
	var w uint64
	for i := range 8 {
		w <<= 8
		if i < len(s) {
			w |= uint64(s[i])
		}
	}
	return w
}

// entries lists all rows, in the order of their numbers.
func (c *comparer) entries(threads int) []sortEntry {
	starts := make([]int, len(c.rows.parts))
	for p := 1; p < len(starts); p++ {
		starts[p] = starts[p-1] + c.rows.parts[p-1].n
	}
	out := make([]sortEntry, c.rows.n)
	inParallel(threads, len(starts), func(from, to int) {
		for p := from; p < to; p++ {
			out := out[starts[p]:][:c.rows.parts[p].n]
			for i := range out {
				out[i].row = uint32(p*sortStride + i)
			}
			if len(c.words) > 0 {
				for i, w := range c.words[0][p] {
					out[i].word = w
				}
			}
		}
	})
	return out
}

// compare orders two rows by all keys, and equal rows by number.
func (c *comparer) compare(a, b sortEntry) int {
	if d := cmp.Compare(a.word, b.word); d != 0 {
		return d
	}
	if c.first {
		return cmp.Compare(a.row, b.row)
	}
	ab, ai := a.row/sortStride, int(a.row%sortStride)
	bb, bi := b.row/sortStride, int(b.row%sortStride)
	for k, words := range c.words {
		if d := cmp.Compare(words[ab][ai], words[bb][bi]); d != 0 {
			return d
		}
		if c.exact[k] {
			continue
		}
		if d := compareRows(c.vecs[k][ab], ai, c.vecs[k][bb], bi); d != 0 {
			if c.keys[k].Desc {
				return -d
			}
			return d
		}
	}
	return cmp.Compare(a.row, b.row)
}

// compareRows compares two values whose words are the same.
func compareRows(a *vector.Vec, i int, b *vector.Vec, j int) int {
	if an, bn := a.IsNull(i), b.IsNull(j); an || bn {
		switch {
		case an && bn:
			return 0
		case an:
			return -1
		}
		return 1
	}
	if a.Type != column.String {
		return 0
	}
	return strings.Compare(stringAt(a, i), stringAt(b, j))
}

func stringAt(v *vector.Vec, i int) string {
	if v.Dict != nil {
		return v.Dict.Value(v.Code[i])
	}
	return v.Str[i]
}

// sort sorts rows in place: large runs by radix on the first word, then what the word does not decide. tmp is as long as
// rows, or nil.
func (c *comparer) sort(rows, tmp []sortEntry) {
	if len(rows) < 64 {
		slices.SortFunc(rows, c.compare)
		return
	}
	if tmp == nil {
		tmp = make([]sortEntry, len(rows))
	}
	radixSort(rows, tmp)
	if c.first {
		return
	}
	for i := 0; i < len(rows); {
		j := i + 1
		for j < len(rows) && rows[j].word == rows[i].word {
			j++
		}
		if j-i > 1 {
			slices.SortFunc(rows[i:j], c.compare)
		}
		i = j
	}
}

// radixBits is how many of the leading differing bits radixSort sorts by at a time: enough that few of some ten thousand
// rows share them.
const radixBits = 24

// radixSort sorts by word, stably: by its leading differing bits from the lowest byte up, and then the runs that these
// do not tell apart.
func radixSort(a, tmp []sortEntry) {
	var diff uint64
	for _, e := range a {
		diff |= e.word ^ a[0].word
	}
	low := max(bits.Len64(diff)-radixBits, 0)
	from, to := a, tmp
	for shift := low; shift < bits.Len64(diff); shift += 8 {
		if diff>>shift&0xff == 0 {
			continue
		}
		var at [256]uint32
		for _, e := range from {
			at[e.word>>shift&0xff]++
		}
		sum := uint32(0)
		for i, n := range at {
			at[i] = sum
			sum += n
		}
		for _, e := range from {
			d := e.word >> shift & 0xff
			to[at[d]] = e
			at[d]++
		}
		from, to = to, from
	}
	if &from[0] != &a[0] {
		copy(a, from)
	}
	if low > 0 && diff&(1<<low-1) != 0 {
		sortRuns(a, tmp, low)
	}
}

// sortRuns sorts, stably, each run of rows whose words are the same above bit low.
func sortRuns(a, tmp []sortEntry, low int) {
	for i := 0; i < len(a); {
		j := i + 1
		for j < len(a) && a[j].word>>low == a[i].word>>low {
			j++
		}
		if run := a[i:j]; len(run) > 32 {
			radixSort(run, tmp[:len(run)])
		} else {
			for k := 1; k < len(run); k++ {
				for m := k; m > 0 && run[m].word < run[m-1].word; m-- {
					run[m], run[m-1] = run[m-1], run[m]
				}
			}
		}
		i = j
	}
}

// spread orders rows roughly: into buckets by the leading bits in which their words differ, stably. The buckets lie one
// after the other in out.
func spread(rows []sortEntry, threads int) (buckets [][]sortEntry, out []sortEntry) {
	lo, hi := rows[0].word, rows[0].word
	for _, e := range rows {
		lo, hi = min(lo, e.word), max(hi, e.word)
	}
	shift := max(bits.Len64(hi-lo)-10, 0)
	part := (len(rows) + threads - 1) / threads
	counts := make([][1025]int, threads)
	each := func(f func(t int, rows []sortEntry)) {
		var wg sync.WaitGroup
		for t := range threads {
			from, to := min(t*part, len(rows)), min((t+1)*part, len(rows))
			wg.Go(func() { f(t, rows[from:to]) })
		}
		wg.Wait()
	}
	each(func(t int, rows []sortEntry) {
		for _, e := range rows {
			counts[t][(e.word-lo)>>shift]++
		}
	})
	out = make([]sortEntry, len(rows))
	sum := 0
	for b := range counts[0] {
		start := sum
		for t := range counts {
			n := counts[t][b]
			counts[t][b] = sum
			sum += n
		}
		if sum > start {
			buckets = append(buckets, out[start:sum])
		}
	}
	each(func(t int, rows []sortEntry) {
		at := &counts[t]
		for _, e := range rows {
			b := (e.word - lo) >> shift
			out[at[b]] = e
			at[b]++
		}
	})
	return buckets, out
}
