package set

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/bits"
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/RoaringBitmap/roaring/v2/roaring64"
)

// Set is a set of INTs. Any number of goroutines may read one that nobody changes. The zero Set is empty.
type Set struct {
	dense  window            // used where sparse is nil
	sparse *roaring64.Bitmap // the numbers as unsigned ones

	tabled sync.Mutex
	table  *Table // made at need, nil after a change
}

// window is a bit for each number from base on.
type window struct {
	base  int64 // a multiple of 64
	words []uint64
}

// A Set may be dense while its bits take at most freeBytes, or memberBytes for each member.
const (
	freeBytes   = 1 << 10
	memberBytes = 16
)

// Of returns the set of some numbers.
func Of(xs ...int64) *Set {
	s := &Set{sparse: roaring64.New()}
	for _, x := range xs {
		s.sparse.Add(uint64(x))
	}
	s.settle()
	return s
}

// Has reports whether x is in the set.
func (s *Set) Has(x int64) bool {
	if s.sparse != nil {
		return s.sparse.Contains(uint64(x))
	}
	return s.dense.has(x)
}

func (w *window) has(x int64) bool {
	at := uint64(x) - uint64(w.base)
	return at>>6 < uint64(len(w.words)) && w.words[at>>6]>>(at&63)&1 != 0
}

// Add puts x into the set.
func (s *Set) Add(x int64) {
	s.table = nil
	if s.sparse == nil {
		at := uint64(x) - uint64(s.dense.base)
		if at>>6 < uint64(len(s.dense.words)) {
			s.dense.words[at>>6] |= 1 << (at & 63)
			return
		}
		s.thin()
	}
	s.sparse.Add(uint64(x))
}

// Len returns the number of members.
func (s *Set) Len() int64 {
	if s.sparse != nil {
		return int64(s.sparse.GetCardinality())
	}
	return s.dense.count()
}

func (w *window) count() (n int64) {
	for _, x := range w.words {
		n += int64(bits.OnesCount64(x))
	}
	return n
}

// All gives the members, smallest first.
func (s *Set) All() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		if s.sparse == nil {
			for i, w := range s.dense.words {
				for ; w != 0; w &= w - 1 {
					if !yield(s.dense.base + int64(64*i+bits.TrailingZeros64(w))) {
						return
					}
				}
			}
			return
		}
		below := s.sparse.Iterator()
		for below.AdvanceIfNeeded(1 << 63); below.HasNext(); {
			if !yield(int64(below.Next())) {
				return
			}
		}
		for it := s.sparse.Iterator(); it.HasNext() && it.PeekNext() < 1<<63; {
			if !yield(int64(it.Next())) {
				return
			}
		}
	}
}

// bounds returns the smallest and the largest member, and false where there is none.
func (s *Set) bounds() (lo, hi int64, ok bool) {
	if s.sparse == nil {
		return s.dense.bounds()
	}
	if s.sparse.IsEmpty() {
		return 0, 0, false
	}
	lo, hi = int64(s.sparse.Minimum()), int64(s.sparse.Maximum())
	if hi < 0 && lo >= 0 { // of both signs
		it := s.sparse.Iterator()
		it.AdvanceIfNeeded(1 << 63)
		lo = int64(it.Next())
		hi, _ = s.largest()
	}
	return lo, hi, true
}

// largest returns the largest member that is not below 0.
func (s *Set) largest() (int64, bool) {
	n := s.sparse.Rank(math.MaxInt64)
	if n == 0 {
		return 0, false
	}
	x, err := s.sparse.Select(n - 1)
	return int64(x), err == nil
}

func (w *window) bounds() (lo, hi int64, ok bool) {
	first, last := -1, -1
	for i, x := range w.words {
		if x != 0 {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first < 0 {
		return 0, 0, false
	}
	return w.base + int64(64*first+bits.TrailingZeros64(w.words[first])), w.base + int64(64*last+63-bits.LeadingZeros64(w.words[last])), true
}

// Within reports whether some member lies from lo to hi.
func (s *Set) Within(lo, hi int64) bool {
	if lo > hi {
		return false
	}
	if s.sparse != nil {
		if lo < 0 && hi >= 0 {
			return s.Within(lo, -1) || s.Within(0, hi)
		}
		it := s.sparse.Iterator()
		it.AdvanceIfNeeded(uint64(lo))
		return it.HasNext() && it.PeekNext() <= uint64(hi)
	}
	if len(s.dense.words) == 0 || hi < s.dense.base {
		return false
	}
	lo = max(lo, s.dense.base)
	from, to := (uint64(lo) - uint64(s.dense.base)), (uint64(hi) - uint64(s.dense.base))
	if from/64 >= uint64(len(s.dense.words)) {
		return false
	}
	to = min(to, 64*uint64(len(s.dense.words))-1)
	for i := from / 64; i <= to/64; i++ {
		w := s.dense.words[i]
		if i == from/64 {
			w &= ^uint64(0) << (from & 63)
		}
		if i == to/64 {
			w &= ^uint64(0) >> (63 - to&63)
		}
		if w != 0 {
			return true
		}
	}
	return false
}

// Clone returns a set with the same members.
func (s *Set) Clone() *Set {
	if s.sparse != nil {
		return &Set{sparse: s.sparse.Clone()}
	}
	return &Set{dense: window{s.dense.base, slices.Clone(s.dense.words)}}
}

// thin makes the set sparse.
func (s *Set) thin() {
	if s.sparse != nil {
		return
	}
	s.sparse = s.dense.sparse()
	s.dense = window{}
}

// sparse returns the members as a roaring bitmap.
func (w *window) sparse() *roaring64.Bitmap {
	end := w.base + 64*int64(len(w.words))
	if w.base >= 0 && w.base < 1<<32 && end <= 1<<32 && end >= w.base && w.base&0xffff == 0 {
		words := w.words
		if pad := w.base / 64; pad > 0 {
			words = append(make([]uint64, pad), words...)
		}
		low := roaring.FromDense(words, true)
		if low.IsEmpty() {
			return roaring64.New()
		}
		b := roaring64.Roaring32AsRoaring64(low)
		b.RunOptimize()
		return b
	}
	b := roaring64.New()
	many := make([]uint64, 0, 1<<12)
	for i, x := range w.words {
		for ; x != 0; x &= x - 1 {
			if many = append(many, uint64(w.base)+uint64(64*i+bits.TrailingZeros64(x))); len(many) == cap(many) {
				b.AddMany(many)
				many = many[:0]
			}
		}
	}
	b.AddMany(many)
	return b
}

// settle chooses the form.
func (s *Set) settle() {
	lo, hi, ok := s.bounds()
	if !ok {
		s.dense, s.sparse = window{}, nil
		return
	}
	room := (uint64(hi)-uint64(lo))/8 + 16
	fits := room <= freeBytes || room/memberBytes <= uint64(s.Len())
	switch {
	case s.sparse == nil && !fits:
		s.thin()
	case s.sparse != nil && fits:
		s.dense, s.sparse = s.window(lo, hi), nil
	}
}

// window returns the members, all from lo to hi, as bits.
func (s *Set) window(lo, hi int64) window {
	w := newWindow(lo, hi)
	it := s.sparse.ManyIterator()
	for buf := make([]uint64, 1<<10); ; {
		n := it.NextMany(buf)
		if n == 0 {
			return w
		}
		for _, x := range buf[:n] {
			at := x - uint64(w.base)
			w.words[at>>6] |= 1 << (at & 63)
		}
	}
}

// newWindow returns a window without members that has room from lo to hi. Near 0 it begins there, so that windows fit together.
func newWindow(lo, hi int64) window {
	base := lo &^ 0xffff
	if lo >= 0 && lo <= hi-lo {
		base = 0
	}
	return window{base, newWords((uint64(hi)-uint64(base))/64 + 1)}
}

// Or adds the members of o.
func (s *Set) Or(o *Set) {
	s.table = nil
	switch {
	case s.sparse == nil && s.dense.covers(o):
		s.dense.or(o)
	case o.sparse == nil && o.dense.covers(s):
		c := o.Clone()
		c.dense.or(s)
		s.dense, s.sparse = c.dense, nil
	default:
		s.thin()
		s.sparse.Or(o.thinned())
		s.settle()
	}
}

// covers reports whether all of o lies in w.
func (w *window) covers(o *Set) bool {
	lo, hi := o.dense.base, o.dense.base+64*int64(len(o.dense.words))-1
	if o.sparse != nil {
		var ok bool
		if lo, hi, ok = o.bounds(); !ok {
			return true
		}
	}
	return len(w.words) > 0 && lo >= w.base && (lo > hi || (uint64(hi)-uint64(w.base))/64 < uint64(len(w.words)))
}

// or adds the members of o, which w covers.
func (w *window) or(o *Set) {
	if o.sparse == nil {
		at := (o.dense.base - w.base) / 64
		for i, x := range o.dense.words {
			w.words[at+int64(i)] |= x
		}
		return
	}
	for x := range o.All() {
		at := uint64(x) - uint64(w.base)
		w.words[at>>6] |= 1 << (at & 63)
	}
}

// thinned returns the members as a roaring bitmap that is not to be changed.
func (s *Set) thinned() *roaring64.Bitmap {
	if s.sparse != nil {
		return s.sparse
	}
	return s.dense.sparse()
}

// And drops the members that o has not.
func (s *Set) And(o *Set) { s.meet(o, true) }

// AndNot drops the members of o.
func (s *Set) AndNot(o *Set) { s.meet(o, false) }

func (s *Set) meet(o *Set, keep bool) {
	s.table = nil
	switch {
	case s.sparse == nil && o.sparse == nil:
		for i := range s.dense.words {
			first := s.dense.base + int64(64*i)
			x := uint64(0)
			if at := (uint64(first) - uint64(o.dense.base)) / 64; first >= o.dense.base && at < uint64(len(o.dense.words)) {
				x = o.dense.words[at]
			}
			if !keep {
				x = ^x
			}
			s.dense.words[i] &= x
		}
	case s.sparse == nil:
		for i, w := range s.dense.words {
			for rest := w; rest != 0; rest &= rest - 1 {
				k := bits.TrailingZeros64(rest)
				if o.Has(s.dense.base+int64(64*i+k)) != keep {
					w &^= 1 << k
				}
			}
			s.dense.words[i] = w
		}
	case o.sparse == nil:
		var left []uint64
		for it := s.sparse.Iterator(); it.HasNext(); {
			if x := it.Next(); o.Has(int64(x)) == keep {
				left = append(left, x)
			}
		}
		s.sparse = roaring64.BitmapOf(left...)
	case keep:
		s.sparse.And(o.sparse)
	default:
		s.sparse.AndNot(o.sparse)
	}
	s.settle()
}

// Equal reports whether both sets have the same members.
func (s *Set) Equal(o *Set) bool { return s.thinned().Equals(o.thinned()) }

// MarshalBinary returns the set as the portable form of a 64-bit roaring bitmap.
func (s *Set) MarshalBinary() ([]byte, error) {
	b, err := s.thinned().MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("write a set: %w", err)
	}
	return b, nil
}

var errBytes = errors.New("these bytes are no set")

// UnmarshalBinary reads what MarshalBinary has written.
func (s *Set) UnmarshalBinary(b []byte) (err error) {
	defer func() {
		if p := recover(); p != nil { // the library's, of bytes it does not check
			err = fmt.Errorf("%w: %v", errBytes, p)
		}
	}()
	const least = 12 // bytes of a bitmap of 32 bits and what is above them
	if len(b) < 8 || binary.LittleEndian.Uint64(b) > uint64(len(b)-8)/least {
		return errBytes // the library would take room for as many as it says
	}
	r := roaring64.New()
	if err := r.UnmarshalBinary(b); err != nil {
		return fmt.Errorf("%w: %w", errBytes, err)
	}
	if err := r.Validate(); err != nil && !r.IsEmpty() {
		return fmt.Errorf("%w: %w", errBytes, err)
	}
	s.dense, s.sparse, s.table = window{}, r, nil
	s.settle()
	return nil
}
