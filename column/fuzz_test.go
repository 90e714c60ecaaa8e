package column

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
)

// FuzzReadArray reads any bytes, as they are and with a checksum made right, which only crafted bytes have: then an
// array that is accepted must be whole.
func FuzzReadArray(f *testing.F) {
	for _, s := range frames(f) {
		f.Add(s.b)
	}
	d := NewDict([]string{"a", "b", "c"})
	f.Fuzz(func(t *testing.T, b []byte) {
		for range 2 {
			a, err := ReadArray(b, d)
			if err == nil {
				for i := range a.N {
					a.Value(i)
				}
			} else if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrVersion) {
				t.Fatalf("untyped error: %v", err)
			}
			if b = seal(b, KindArray); b == nil {
				return
			}
		}
	})
}

// FuzzReadDict is FuzzReadArray for dictionaries.
func FuzzReadDict(f *testing.F) {
	for _, s := range frames(f) {
		f.Add(s.b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for range 2 {
			d, err := ReadDict(b)
			if err == nil {
				for c := range d.Len() {
					d.Find(d.Value(uint32(c)))
				}
			} else if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrVersion) {
				t.Fatalf("untyped error: %v", err)
			}
			if b = seal(b, KindDict); b == nil {
				return
			}
		}
	})
}

// seal returns b as a frame with a right header, or nil when it is too short.
func seal(b []byte, kind Kind) []byte {
	if len(b) < FrameHeader {
		return nil
	}
	return AppendFrame(nil, kind, b[FrameHeader:])
}

// TestCraftedBytesAreReadOrRefused is the fuzz targets in small: a few bytes of real payloads changed, under a right
// checksum.
func TestCraftedBytesAreReadOrRefused(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	d := NewDict([]string{"a", "b", "c"})
	refused := 0
	for _, f := range frames(t) {
		for range 100 {
			b := slices.Clone(f.b[FrameHeader:])
			for range 1 + r.IntN(4) {
				b[r.IntN(len(b))] = byte(r.IntN(256) | r.IntN(2)*255)
			}
			if a, err := ReadArray(AppendFrame(nil, KindArray, b), d); err == nil {
				valuesOf(a)
			} else if refused++; !errors.Is(err, ErrCorrupt) {
				t.Fatalf("untyped error: %v", err)
			}
			if d, err := ReadDict(AppendFrame(nil, KindDict, b)); err == nil {
				d.Find("")
			} else if refused++; !errors.Is(err, ErrCorrupt) {
				t.Fatalf("untyped error: %v", err)
			}
		}
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
}
