package eval

import (
	"math"
	"math/bits"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/set"
	"github.com/eau2db/eau2/engine/vector"
)

// constants holds those of an IN list.
type constants struct {
	bools [2]bool
	nums  numberSet // INT, or the bits of FLOAT
	strs  map[string]struct{}
}

func newSet(t column.Type, list []column.Value) *constants {
	s := &constants{}
	switch t {
	case column.Bool:
		for _, v := range list {
			s.bools[v.Int&1] = true
		}
	case column.Int, column.Float:
		nums := make([]uint64, len(list))
		for i, v := range list {
			nums[i] = uint64(v.Int)
			if t == column.Float {
				nums[i] = floatBits(v.Float)
			}
		}
		s.nums = newNumberSet(nums)
	case column.String:
		s.strs = make(map[string]struct{}, len(list))
		for _, v := range list {
			s.strs[v.Str] = struct{}{}
		}
	}
	return s
}

// floatBits returns the bits of f, the same for both zeros.
func floatBits(f float64) uint64 { return math.Float64bits(f + 0) }

// find sets r[i] to whether v's row i is in the set; rows that are NULL get any value.
func (s *constants) find(r []bool, v *vector.Vec) {
	switch v.Type {
	case column.Bool:
		for i, b := range v.Bool {
			r[i] = b && s.bools[1] || !b && s.bools[0]
		}
	case column.Int:
		for i, x := range v.Int {
			r[i] = s.nums.has(uint64(x))
		}
	case column.Float:
		for i, x := range v.Float {
			r[i] = s.nums.has(floatBits(x))
		}
	case column.String:
		for i, x := range v.Strings() {
			_, r[i] = s.strs[x]
		}
	}
}

// numberSet is a hash table with open addressing. At least half of its places, of a small one nearly all, are empty and
// hold 0, so that most numbers that are not there meet an empty one at once.
type numberSet struct {
	zero  bool // 0 is in the set
	shift uint8
	slots []uint64
}

func newNumberSet(nums []uint64) numberSet {
	space := 16
	if len(nums) > 1<<12 {
		space = 2
	}
	size := bits.Len(uint(space*len(nums) + 1))
	s := numberSet{shift: uint8(64 - size), slots: make([]uint64, 1<<size)}
	for _, x := range nums {
		if x == 0 {
			s.zero = true
			continue
		}
		s.slots[s.slot(x)] = x
	}
	return s
}

// slot returns the place of x, or the empty one where it would be.
func (s *numberSet) slot(x uint64) uint64 {
	i := x * 0x9e3779b97f4a7c15 >> s.shift
	for s.slots[i] != x && s.slots[i] != 0 {
		i = (i + 1) & uint64(len(s.slots)-1)
	}
	return i
}

func (s *numberSet) has(x uint64) bool {
	if x == 0 {
		return s.zero
	}
	return s.slots[s.slot(x)] == x
}

// in is X IN (list).
type in struct {
	x       node
	set     *constants
	table   *set.Table // in place of set
	hasNull bool
	out     vector.Vec
}

func (n *in) eval(b *vector.Batch) (*vector.Vec, error) {
	v, err := n.x.eval(b)
	if err != nil {
		return nil, err
	}
	n.out.Reset(column.Bool, b.Len())
	if n.table != nil {
		for i, x := range v.Int {
			n.out.Bool[i] = n.table.Has(x)
		}
	} else {
		n.set.find(n.out.Bool, v)
	}
	n.out.AddNulls(v.Null)
	if n.hasNull {
		null := n.out.Nulls()
		for i, found := range n.out.Bool {
			null[i] = null[i] || !found
		}
	}
	n.out.Const = v.Const
	return &n.out, nil
}
