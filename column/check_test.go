package column

import (
	"math"
	"math/bits"
	"testing"
)

// fataler is what *testing.T and *rapid.T have in common.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkArray compares a, and what must hold of every Array, with the values it should have.
func checkArray(t fataler, a *Array, want []Value) {
	t.Helper()
	if a.N != len(want) || a.Stats.Rows != int64(len(want)) {
		t.Fatalf("%d rows, %d by statistics, want %d", a.N, a.Stats.Rows, len(want))
	}
	lo, hi, nulls := Null(a.Type), Null(a.Type), 0
	for i, w := range want {
		if v := a.Value(i); !same(v, w) {
			t.Fatalf("row %d of %v: %v, want %v", i, a.Layout, v, w)
		}
		if !w.Valid {
			nulls++
			checkZeroSlot(t, a, i)
			continue
		}
		if !lo.Valid || below(w, lo) {
			lo = w
		}
		if !hi.Valid || below(hi, w) {
			hi = w
		}
	}
	if a.Stats.Nulls != int64(nulls) || (a.Valid == nil) != (nulls == 0) {
		t.Fatalf("%d nulls by statistics, bitmap %v, want %d", a.Stats.Nulls, a.Valid, nulls)
	}
	if !sameStat(a.Stats.Min, lo) || !sameStat(a.Stats.Max, hi) {
		t.Fatalf("from %v to %v by statistics, want %v to %v", a.Stats.Min, a.Stats.Max, lo, hi)
	}
	if d := a.Stats.Distinct; d < 0 || d > int64(len(want)-nulls) {
		t.Fatalf("%d distinct of %d values", d, len(want)-nulls)
	}
	if a.Type == Int {
		if l := narrowest(lo.Int, hi.Int); a.Layout != l {
			t.Fatalf("layout %v for %d to %d, want %v", a.Layout, lo.Int, hi.Int, l)
		}
	}
	checkSlices(t, a)
}

// same is equality that tells -0.0 from 0.0.
func same(v, w Value) bool {
	return v == w && math.Signbit(v.Float) == math.Signbit(w.Float)
}

// sameStat reports whether a minimum or maximum is right or was left out because it is long.
func sameStat(got, want Value) bool {
	return same(got, want) || !got.Valid && len(want.Str) > maxStatText
}

// below is Compare where -0.0 is below 0.0.
func below(v, w Value) bool {
	if v.Type == Float && v.Float == 0 && w.Float == 0 {
		return math.Signbit(v.Float) && !math.Signbit(w.Float)
	}
	return v.Compare(w) < 0
}

func narrowest(lo, hi int64) Layout {
	width := max(bits.Len64(uint64(lo^lo>>63)), bits.Len64(uint64(hi^hi>>63))) + 1
	switch {
	case width <= 8:
		return Int8
	case width <= 16:
		return Int16
	case width <= 32:
		return Int32
	}
	return Int64
}

// checkZeroSlot checks that the slot of a NULL row is zero.
func checkZeroSlot(t fataler, a *Array, i int) {
	t.Helper()
	b := *a
	b.Valid = nil
	zero := Value{Type: a.Type, Valid: true}
	switch a.Layout {
	case Code8:
		zero = IntValue(int64(a.C8[i]))
	case Code16:
		zero = IntValue(int64(a.C16[i]))
	case Code32:
		zero = IntValue(int64(a.C32[i]))
	default:
		zero = b.Value(i)
	}
	if zero.Int != 0 || math.Float64bits(zero.Float) != 0 || zero.Str != "" {
		t.Fatalf("NULL row %d of %v has %v in its slot", i, a.Layout, zero)
	}
}

// checkSlices checks that just the slices of the layout are set, with the right lengths.
func checkSlices(t fataler, a *Array) {
	t.Helper()
	byLayout := map[Layout]int{
		Bits: len(a.Bits) * 8, Int8: len(a.I8), Int16: len(a.I16), Int32: len(a.I32), Int64: len(a.I64),
		Float64: len(a.F64), Code8: len(a.C8), Code16: len(a.C16), Code32: len(a.C32), Plain: len(a.Off),
	}
	for l, n := range byLayout {
		want := 0
		if l == a.Layout {
			switch want = a.N; l {
			case Bits:
				want = (a.N + 7) / 8 * 8
			case Plain:
				want = a.N + 1
			}
		}
		if n != want {
			t.Fatalf("the slice of layout %v has %d rows in an array of %d rows and layout %v", l, n, a.N, a.Layout)
		}
	}
	for _, m := range [][]byte{a.Bits, a.Valid} {
		if a.N%8 != 0 && m != nil && m[len(m)-1]>>(a.N%8) != 0 {
			t.Fatalf("bits are set behind row %d", a.N)
		}
	}
	if coded := a.Layout >= Code8 && a.Layout <= Code32; coded != (a.Dict != nil) {
		t.Fatalf("layout %v with dictionary %v", a.Layout, a.Dict)
	}
}

// parseAll makes values of type ty from their text; "NULL" is one.
func parseAll(t *testing.T, ty Type, texts ...string) []Value {
	t.Helper()
	vals := make([]Value, len(texts))
	for i, s := range texts {
		if s == "NULL" {
			vals[i] = Null(ty)
			continue
		}
		if ty == String {
			vals[i] = StringValue(s)
			continue
		}
		v, err := parseValue(ty, s)
		if err != nil {
			t.Fatal(err)
		}
		vals[i] = v
	}
	return vals
}
