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

// comparer compares rows by their keys. Each key of each batch becomes a slice of words: where two words differ they
// order the rows; where they are equal the rows are equal in this key too if it is exact, and otherwise (strings
// without a common dictionary, NULLs) the key's vectors decide.
type comparer struct {
	rows  *sortedRows
	keys  []plan.SortKey
	exact []bool
	words [][][]uint64 // by key and batch
	first bool         // the first word decides alone
}

func (r *sortedRows) comparer(keys []plan.SortKey) *comparer {
	c := &comparer{rows: r, keys: keys, exact: make([]bool, len(keys)), words: make([][][]uint64, len(keys))}
	for k, key := range keys {
		c.exact[k], c.words[k] = keyWords(r.keys, k, key.Desc)
	}
	c.first = len(keys) == 1 && c.exact[0]
	return c
}

// keyWords makes the words of key k of all batches.
func keyWords(batches [][]*vector.Vec, k int, desc bool) (exact bool, words [][]uint64) {
	exact = true
	var dict *column.Dict
	for i, b := range batches {
		v := b[k]
		if v.Null != nil {
			exact = false
		}
		if v.Type == column.String {
			if i == 0 {
				dict = v.Dict
			}
			if v.Dict == nil || v.Dict != dict {
				dict = nil
				exact = false
			}
		}
	}
	words = make([][]uint64, len(batches))
	for i, b := range batches {
		words[i] = wordsOf(b[k], dict)
		if desc {
			for j, w := range words[i] {
				words[i][j] = ^w
			}
		}
	}
	return exact, words
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
func (c *comparer) entries() []sortEntry {
	out := make([]sortEntry, 0, c.rows.n)
	for b, batch := range c.rows.batches {
		var words []uint64
		if len(c.words) > 0 {
			words = c.words[0][b]
		}
		for i := range batch.Len() {
			e := sortEntry{row: uint32(b*sortStride + i)}
			if words != nil {
				e.word = words[i]
			}
			out = append(out, e)
		}
	}
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
		if d := compareRows(c.rows.keys[ab][k], ai, c.rows.keys[bb][k], bi); d != 0 {
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

// sort sorts rows in place: large runs by radix on the first word, then what the word does not decide.
func (c *comparer) sort(rows []sortEntry) {
	if len(rows) < 256 {
		slices.SortFunc(rows, c.compare)
		return
	}
	radixSort(rows)
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

// radixSort sorts by word, stably, from the lowest differing byte up.
func radixSort(a []sortEntry) {
	var diff uint64
	for _, e := range a {
		diff |= e.word ^ a[0].word
	}
	from, to := a, make([]sortEntry, len(a))
	for shift := 0; shift < bits.Len64(diff); shift += 8 {
		if diff>>shift&0xff == 0 {
			continue
		}
		var at [256]int
		for _, e := range from {
			at[e.word>>shift&0xff]++
		}
		sum := 0
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
