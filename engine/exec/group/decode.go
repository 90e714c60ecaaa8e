package group

import (
	"math"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// decoder turns keys back into values, for one reader.
type decoder struct{ codes []uint64 }

// decode makes out the values of key i in the records that start at off; in a dense layout those from the index first on.
func (d *decoder) decode(l *layout, i int, recs []uint64, off []uint32, first int, out *vector.Vec) {
	c := &l.comps[i]
	d.codes = resize(d.codes, len(off))
	if l.dense {
		n, stride := uint32(c.codes()), uint32(l.stride)
		for r, o := range off {
			d.codes[r] = uint64((o/stride + uint32(first)) / c.mult % n)
		}
	} else {
		mask := uint64(math.MaxUint64)
		if c.bits < 64 {
			mask = 1<<c.bits - 1
		}
		w := recs[c.word:]
		for r, o := range off {
			d.codes[r] = w[o] >> (c.shift & 63) & mask
		}
	}
	c.values(d.codes, out)
	if c.split {
		w := recs[c.nullWord:]
		for r, o := range off {
			if w[o]>>(c.nullShift&63)&1 != 0 {
				out.SetNull(r)
			}
		}
	}
}

// values makes out the values of codes.
func (c *component) values(codes []uint64, out *vector.Vec) {
	switch c.typ {
	case column.Float:
		out.Reset(c.typ, len(codes))
		for r, code := range codes {
			out.Float[r] = math.Float64frombits(code ^ floatNull)
			if code == 0 {
				out.Float[r] = 0
				out.SetNull(r)
			}
		}
		return
	case column.String:
		c.strings(codes, out)
	case column.Bool:
		out.Reset(c.typ, len(codes))
		for r, code := range codes {
			out.Bool[r] = code-c.base() == 1
		}
	default:
		out.Reset(c.typ, len(codes))
		lo := uint64(c.lo) - c.base()
		if c.split {
			lo = 0
		}
		for r, code := range codes {
			out.Int[r] = int64(code + lo)
		}
	}
	if !c.nullable || c.split {
		return
	}
	for r, code := range codes {
		if code == 0 {
			if c.typ == column.Int {
				out.Int[r] = 0
			}
			out.SetNull(r)
		}
	}
}

// base returns the code of lo.
func (c *component) base() uint64 {
	if c.nullable {
		return 1
	}
	return 0
}

// strings gives codes of the home dictionary where all are, else text.
func (c *component) strings(codes []uint64, out *vector.Vec) {
	base := c.base()
	home := uint64(c.ids.homeLen())
	outside := false
	for _, code := range codes {
		outside = outside || code-base >= home && code >= base
	}
	if !outside && home > 0 {
		out.SetDict(c.ids.home, len(codes))
		for r, code := range codes {
			out.Code[r] = uint32(code - base)
			if code < base {
				out.Code[r] = 0
			}
		}
		return
	}
	out.Reset(column.String, len(codes))
	for r, code := range codes {
		out.Str[r] = ""
		if code >= base {
			out.Str[r] = c.ids.value(uint32(code - base))
		}
	}
}
