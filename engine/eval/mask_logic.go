package eval

import "github.com/eau2db/eau2/engine/vector"

// allOf is AND of masks.
type allOf []mask

func (a allOf) ready(b *vector.Batch) bool { return allReady(a, b) }

func allReady(masks []mask, b *vector.Batch) bool {
	for _, m := range masks {
		if !m.ready(b) {
			return false
		}
	}
	return true
}

func (a allOf) narrow(b *vector.Batch, m bitmap) {
	for _, k := range a {
		if k.narrow(b, m); m.none() {
			return
		}
	}
}

// anyOf is OR of masks.
type anyOf struct {
	of          []mask
	left, found bitmap
}

func (a *anyOf) ready(b *vector.Batch) bool { return allReady(a.of, b) }

func (a *anyOf) narrow(b *vector.Batch, m bitmap) {
	a.found = bitmap(grow(a.found, len(m)))
	clear(a.found)
	for _, k := range a.of {
		a.left = append(a.left[:0], m...)
		k.narrow(b, a.left)
		for i, w := range a.left {
			a.found[i] |= w
			m[i] &^= w // what is found need not be looked at again
		}
	}
	copy(m, a.found)
}
