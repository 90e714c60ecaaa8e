package column

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// roundTrip writes and reads a.
func roundTrip(t fataler, a *Array) *Array {
	t.Helper()
	b, err := a.AppendBytes(nil)
	if err != nil {
		t.Fatalf("write: %v", err)
	}
	r, err := ReadArray(b, a.Dict)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	if r.Stats != a.Stats {
		t.Fatalf("statistics %+v, want %+v", r.Stats, a.Stats)
	}
	return r
}

// samples are small arrays of all layouts, with and without nulls.
func samples(t testing.TB) map[string]*Array {
	t.Helper()
	valid := []bool{true, false, true, true}
	coded := FromStrings([]string{"a", "", "", "longer than sixteen bytes"}, valid)
	plain := func(vals ...string) *Array {
		b := NewBuilder(String, nil)
		for _, s := range vals {
			b.AppendString(s)
		}
		return b.Finish()
	}
	wide := func(l Layout) *Array {
		a := *coded
		a.Layout, a.C8 = l, nil
		a.C16, a.C32 = []uint16{0, 0, 1, 2}, []uint32{0, 0, 1, 2}
		if l == Code16 {
			a.C32 = nil
		} else {
			a.C16 = nil
		}
		return &a
	}
	return map[string]*Array{
		"bits":        FromBools([]bool{true, false, true, false}, valid),
		"int8":        FromInts([]int64{1, 2, 3}, nil),
		"int16":       FromInts([]int64{1, 2, 300, 4}, valid),
		"int32":       FromInts([]int64{1, 2, 70000, 4}, valid),
		"int64":       FromInts([]int64{math.MinInt64, 0, math.MaxInt64, 5}, valid),
		"float64":     FromFloats([]float64{math.Copysign(0, -1), 0, 0.1, 1e300}, valid),
		"code8":       coded,
		"code16":      wide(Code16),
		"code32":      wide(Code32),
		"plain":       plain("x", "", "é"),
		"not UTF-8":   plain("\xff\x00\"", "\\"),
		"empty":       plain(),
		"empty ints":  FromInts(nil, nil),
		"only nulls":  FromInts([]int64{0, 0, 0}, make([]bool, 3)),
		"long values": plain(strings.Repeat("y", 100)),
	}
}

func valuesOf(a *Array) []Value {
	vals := make([]Value, a.N)
	for i := range vals {
		vals[i] = a.Value(i)
	}
	return vals
}

func TestArrayRoundTrip(t *testing.T) {
	for name, a := range samples(t) {
		t.Run(name, func(t *testing.T) { checkArray(t, roundTrip(t, a), valuesOf(a)) })
	}
}

func TestArrayIsReadInPlace(t *testing.T) {
	a := FromInts([]int64{1, 2, math.MaxInt64}, nil)
	b, err := a.AppendBytes(alignedBytes(1 << 12)[:0])
	if err != nil {
		t.Fatal(err)
	}
	r, err := ReadArray(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	lo := uintptr(unsafe.Pointer(&b[0]))
	if at := uintptr(unsafe.Pointer(&r.I64[0])); at < lo || at >= lo+uintptr(len(b)) {
		t.Error("the values were copied")
	}
}

func alignedBytes(n int) []byte {
	b := make([]byte, n+64)
	skip := -uintptr(unsafe.Pointer(&b[0])) & 63
	return b[skip:][:n]
}

func TestArrayIsReadFromAnyAddress(t *testing.T) {
	for name, a := range samples(t) {
		for shift := range 8 {
			b, err := a.AppendBytes(alignedBytes(1 << 12)[:shift])
			if err != nil {
				t.Fatal(err)
			}
			r, err := ReadArray(b[shift:], a.Dict)
			if err != nil {
				t.Fatalf("%s at %d: %v", name, shift, err)
			}
			checkArray(t, r, valuesOf(a))
		}
	}
}

// frames are the bytes of the samples and of a dictionary, with how each is read.
func frames(t testing.TB) map[string]frame {
	t.Helper()
	m := map[string]frame{}
	for name, a := range samples(t) {
		b, err := a.AppendBytes(nil)
		if err != nil {
			t.Fatal(err)
		}
		m[name] = frame{b, func(b []byte) error { _, err := ReadArray(b, a.Dict); return err }}
	}
	b, err := NewDict([]string{"b", "", "a longer string", "a"}).AppendBytes(nil)
	if err != nil {
		t.Fatal(err)
	}
	m["dictionary"] = frame{b, func(b []byte) error { _, err := ReadDict(b); return err }}
	m["manifest"] = frame{AppendFrame(nil, KindManifest, []byte("{}")), func(b []byte) error {
		_, err := ReadFrame(b, KindManifest)
		return err
	}}
	return m
}

type frame struct {
	b    []byte
	read func([]byte) error
}

func TestEveryFlippedBitIsAnError(t *testing.T) {
	all := frames(t)
	for _, name := range []string{"int16", "code8", "plain", "dictionary", "manifest"} {
		f := all[name]
		b := bytes.Clone(f.b)
		for i := range 8 * len(b) {
			b[i/8] ^= 1 << (i % 8)
			if err := f.read(b); !errors.Is(err, ErrCorrupt) {
				t.Fatalf("%s with bit %d flipped: %v", name, i, err)
			}
			b[i/8] ^= 1 << (i % 8)
		}
		if err := f.read(b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func TestEveryOtherLengthIsAnError(t *testing.T) {
	for name, f := range frames(t) {
		for n := range len(f.b) {
			if err := f.read(f.b[:n]); !errors.Is(err, ErrCorrupt) {
				t.Fatalf("%s cut to %d bytes: %v", name, n, err)
			}
		}
		if err := f.read(append(bytes.Clone(f.b), 0)); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("%s with a byte more: %v", name, err)
		}
	}
}

func TestNewerVersionIsToldFromDamage(t *testing.T) {
	b := AppendFrame(nil, KindArray, []byte("of tomorrow"))
	b[4]++
	sealAgain(b)
	_, err := ReadArray(b, nil)
	if !errors.Is(err, ErrVersion) || errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "format 2") {
		t.Errorf("got %v", err)
	}
}

// sealAgain sets the checksum of a frame that was changed.
func sealAgain(b []byte) {
	sum := frameSum(b)
	for i := range 8 {
		b[8+i] = byte(sum >> (8 * i))
	}
}

func TestFrameOfAnotherKindIsAnError(t *testing.T) {
	_, err := ReadFrame(AppendFrame(nil, KindManifest, nil), KindDict)
	if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "manifest") {
		t.Errorf("got %v", err)
	}
}

func TestFramesFollowOneAnother(t *testing.T) {
	b := AppendFrame([]byte("before"), KindManifest, []byte("payload"))
	payload, err := ReadFrame(b[6:], KindManifest)
	if err != nil || string(payload) != "payload" || string(b[:6]) != "before" {
		t.Errorf("got %q, %v", payload, err)
	}
}

func TestCodesNeedTheirDictionary(t *testing.T) {
	a := FromStrings([]string{"a", "b", "c"}, nil)
	b, err := a.AppendBytes(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []*Dict{nil, NewDict([]string{"a", "b"})} {
		if _, err := ReadArray(b, d); !errors.Is(err, ErrCorrupt) {
			t.Errorf("with dictionary %v: %v", d, err)
		}
	}
}

func TestPayloadIsAnArrowStream(t *testing.T) {
	a := FromInts([]int64{1, 2, 300}, []bool{true, false, true})
	b, err := a.AppendBytes(nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := ipc.NewReader(bytes.NewReader(b[FrameHeader:]))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	if !r.Next() {
		t.Fatal("no batch")
	}
	if got, want := r.RecordBatch().Column(0).String(), "[1 (null) 300]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if v, _ := r.Schema().Metadata().GetValue("eau2.max"); v != "300" {
		t.Errorf("the maximum is %q", v)
	}
	if r.Next() {
		t.Error("more than one batch")
	}
}

func TestArrowSharesTheMemory(t *testing.T) {
	for name, a := range samples(t) {
		arr := a.Arrow()
		if !arrow.TypeEqual(arr.DataType(), a.Layout.ArrowType()) || arr.Len() != a.N || arr.NullN() != int(a.Stats.Nulls) {
			t.Errorf("%s became %v of %d rows with %d nulls", name, arr.DataType(), arr.Len(), arr.NullN())
		}
		for i, v := range valuesOf(a) {
			if arr.IsNull(i) == v.Valid {
				t.Errorf("%s: row %d: null %v", name, i, arr.IsNull(i))
			}
			if v.Valid && v.Type != Float && arr.ValueStr(i) != v.String() {
				t.Errorf("%s: row %d is %q, want %q", name, i, arr.ValueStr(i), v)
			}
		}
		arr.Release()
	}
	if a := FromInts([]int64{1, 2}, nil); &a.Arrow().Data().Buffers()[1].Bytes()[0] != (*byte)(unsafe.Pointer(&a.I8[0])) {
		t.Error("the values were copied")
	}
}
