package group

import (
	"math"
	"math/bits"

	"github.com/zeebo/xxh3"

	"github.com/eau2db/eau2/column"
)

// sketch estimates the number of distinct values: the set of their hashes while that is small (exact, up to 192), then
// HyperLogLog with 2^12 registers (standard error 1.04/64, that is 1.6 %) and Ertl's estimator ("New cardinality
// estimation algorithms for HyperLogLog sketches", 2017).
//
// The state is the handle of a block of the pool plus 1, and what the block is: the number of hashes in it below its class.
// A block has two header words for linking: the handle and the state of the next. Classes 0..5 are hash sets of 8<<class
// words, class 6 is the registers, a byte each.
type sketch struct {
	slot
	args []int
}

const (
	sketchBits      = 12
	registers       = 1 << sketchBits
	registerClass   = 6
	sketchClassBits = 32
	sketchHeader    = 2
	maxRank         = 64 - sketchBits + 1 // of a register
)

func (*sketch) words() int { return 2 }

func (f *sketch) update(w *Worker, state []uint64, off []uint32) error {
	vs, off := w.args(f.args, off)
	p := state[f.at:]
	hashes := w.hashes(vs[0])
	for i, o := range off {
		if err := w.addHash(p[o:o+2], hashes[i]); err != nil {
			return err
		}
	}
	return nil
}

// hashes returns a hash of each value, never 0.
func (w *Worker) hashes(v *values) []uint64 {
	w.wordBuf = resize(w.wordBuf, v.n)
	h := w.wordBuf
	switch {
	case v.dict != nil:
		byCode := w.dictHashes(v.dict)
		for i, c := range v.codes(&w.codeBuf) {
			h[i] = byCode[c]
		}
	case v.form == formStr:
		for i, s := range v.str {
			h[i] = max(1, xxh3.HashString(s))
		}
	case v.form == formF64:
		for i, f := range v.f64 {
			h[i] = max(1, mix(mix(floatCode(f))))
		}
	default:
		for i, x := range v.ints(&w.intBuf[0]) {
			h[i] = max(1, mix(mix(uint64(x))))
		}
	}
	return h
}

func (w *Worker) dictHashes(d *column.Dict) []uint64 {
	if w.hashedDict != d {
		w.hashedDict, w.dictHash = d, make([]uint64, d.Len())
		for c, s := range d.Strings() {
			w.dictHash[c] = max(1, xxh3.HashString(s))
		}
	}
	return w.dictHash
}

// addHash adds h to the sketch of two state words.
func (w *Worker) addHash(state []uint64, h uint64) error {
	if state[0] == 0 {
		if err := w.newSketch(state, 0); err != nil {
			return err
		}
	}
	class, n := state[1]>>sketchClassBits, state[1]&(1<<sketchClassBits-1)
	b := w.pool.at(state[0]&(1<<poolShift-1) - 1)[sketchHeader:]
	if class == registerClass {
		addRegister(b, h)
		return nil
	}
	size := uint64(8) << class
	if !addToSet(b[:size], h) {
		return nil
	}
	n++
	state[1] = class<<sketchClassBits | n
	if 4*n <= 3*size {
		return nil
	}
	old := b[:size]
	if err := w.newSketch(state, class+1); err != nil {
		return err
	}
	for _, x := range old {
		if x != 0 {
			if err := w.addHash(state, x); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *Worker) newSketch(state []uint64, class uint64) error {
	size := 8 << class
	if class == registerClass {
		size = registers / 8
	}
	addr, err := w.pool.alloc(sketchHeader + size)
	if err != nil {
		return err
	}
	clear(w.pool.at(addr)[:sketchHeader+size])
	state[0], state[1] = uint64(w.number)<<poolShift|addr+1, class<<sketchClassBits
	return nil
}

// addToSet adds h to an open-addressing set that has room, and reports whether it is new.
func addToSet(set []uint64, h uint64) bool {
	mask := uint64(len(set) - 1)
	for p := h & mask; ; p = (p + 1) & mask {
		if set[p] == h {
			return false
		}
		if set[p] == 0 {
			set[p] = h
			return true
		}
	}
}

func addRegister(regs []uint64, h uint64) {
	i := h >> (64 - sketchBits)
	rank := uint64(bits.LeadingZeros64(h<<sketchBits|1<<(sketchBits-1)) + 1)
	w, shift := &regs[i>>3], i&7*8
	if *w>>shift&0xff < rank {
		*w = *w&^(0xff<<shift) | rank<<shift
	}
}

func (f *sketch) merge(a *Aggregation, dst, src []uint64) {
	d, s := dst[f.at:f.at+2], src[f.at:f.at+2]
	if s[0] == 0 {
		return
	}
	if d[0] == 0 {
		copy(d, s)
		return
	}
	_, db := a.list(d[0])
	_, sb := a.list(s[0])
	sb[0], sb[1] = db[0], s[1]
	db[0] = s[0]
}

// estimate returns the number of distinct values of a sketch and all that are linked to it. regs is scratch memory.
func (a *Aggregation) estimate(state []uint64, regs *[registers / 8]uint64) int64 {
	if state[0] == 0 {
		return 0
	}
	_, b := a.list(state[0])
	if class := state[1] >> sketchClassBits; b[0] == 0 && class < registerClass {
		return int64(state[1] & (1<<sketchClassBits - 1))
	}
	if seen, exact := a.sketchHashes(state, regs); exact {
		return int64(len(seen))
	}
	return int64(math.Round(cardinality(regs[:])))
}

// sketchHashes returns the hashes of a sketch and all that are linked to it while they are sets, and sets regs to the registers of
// all.
func (a *Aggregation) sketchHashes(state []uint64, regs *[registers / 8]uint64) (seen map[uint64]struct{}, exact bool) {
	clear(regs[:])
	seen, exact = map[uint64]struct{}{}, true
	for head, info := state[0], state[1]; head != 0; {
		_, b := a.list(head)
		body, class := b[sketchHeader:], info>>sketchClassBits
		head, info = b[0], 0
		if head != 0 {
			_, next := a.list(head)
			info = next[1]
		}
		if class == registerClass {
			exact = false
			mergeRegisters(regs[:], body)
			continue
		}
		for _, h := range body[:8<<class] {
			if h != 0 {
				addRegister(regs[:], h)
				if exact {
					seen[h] = struct{}{}
				}
			}
		}
	}
	return seen, exact
}

func mergeRegisters(dst, src []uint64) {
	for i := range dst {
		d, s, m := dst[i], src[i], uint64(0)
		for shift := 0; shift < 64; shift += 8 {
			m |= max(d>>shift&0xff, s>>shift&0xff) << shift
		}
		dst[i] = m
	}
}

// cardinality is Ertl's improved raw estimator.
func cardinality(regs []uint64) float64 {
	const q = maxRank - 1
	var count [q + 2]float64
	for _, w := range regs {
		for shift := 0; shift < 64; shift += 8 {
			count[w>>shift&0xff]++
		}
	}
	z := registers * tau(1-count[q+1]/registers)
	for k := q; k >= 1; k-- {
		z = 0.5 * (z + count[k])
	}
	z += registers * sigma(count[0]/registers)
	return registers * registers / (2 * math.Ln2) / z
}

func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	y, z := 1.0, x
	for {
		x *= x
		old := z
		z += x * y
		y += y
		if z == old {
			return z
		}
	}
}

func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	y, z := 1.0, 1-x
	for {
		x = math.Sqrt(x)
		old := z
		y *= 0.5
		z -= (1 - x) * (1 - x) * y
		if z == old {
			return z / 3
		}
	}
}
