package sor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/eau2db/eau2/column"
)

// readSlices reads a text slice by slice, up to the first that fails, and joins what came of them.
func readSlices(text []byte, o Options, cuts []Slice) (table, error) {
	in := fromText(string(text))
	schema, err := in.Schema(context.Background(), o)
	if err != nil {
		return table{}, err
	}
	o.Schema = schema
	var all table
	var reports []*Report
	var failed *RowError
	for _, c := range cuts {
		part := o
		part.From, part.Len = c.From, c.Len
		got, err := collect(in, part)
		if errors.As(err, &failed) {
			break
		}
		if err != nil {
			return table{}, err
		}
		reports = append(reports, got.report)
		all.rows = append(all.rows, got.rows...)
	}
	all.report, err = in.Join(context.Background(), o, reports, failed)
	return all, err
}

// randomCuts cuts what o says anywhere.
func randomCuts(r *rand.Rand, size int, o Options) []Slice {
	if r.IntN(3) == 0 {
		return Cut(int64(size), o, 1+r.IntN(7), int64(r.IntN(20)))
	}
	end := int64(size)
	if o.Len > 0 {
		end = o.From + o.Len
	}
	ends := []int64{end}
	for range r.IntN(6) {
		if end > o.From+1 {
			ends = append(ends, o.From+1+r.Int64N(end-o.From-1))
		}
	}
	slices.Sort(ends)
	ends = slices.Compact(ends)
	var cuts []Slice
	at := o.From
	for _, e := range ends {
		cuts = append(cuts, Slice{at, e - at})
		at = e
	}
	if o.Len == 0 {
		cuts[len(cuts)-1].Len = 0
	}
	return cuts
}

// failer is a *testing.T or what is like it.
type failer interface {
	Fatalf(string, ...any)
	Helper()
}

// checkSlices makes sure that slices together give what one read gives.
func checkSlices(t failer, text []byte, o Options, want table) {
	t.Helper()
	cuts := randomCuts(rand.New(rand.NewPCG(uint64(len(text)), 0)), len(text), o)
	got, err := readSlices(text, o, cuts)
	if err != nil {
		t.Fatalf("text %q, cuts %v, options %+v: %v", text, cuts, o, err)
	}
	if !reflect.DeepEqual(got.report, want.report) {
		t.Fatalf("text %q, cuts %v, options %+v: report is\n%+v\nit should be\n%+v", text, cuts, o, got.report, want.report)
	}
	if !slices.EqualFunc(got.rows, want.rows, sameRow) {
		t.Fatalf("text %q, cuts %v, options %+v: rows are\n%v\nthey should be\n%v", text, cuts, o, got.rows, want.rows)
	}
}

// checkFailure makes sure that slices fail as one read does.
func checkFailure(t failer, text []byte, o Options, want *RowError) {
	t.Helper()
	cuts := randomCuts(rand.New(rand.NewPCG(uint64(len(text)), 0)), len(text), o)
	var got *RowError
	if _, err := readSlices(text, o, cuts); !errors.As(err, &got) || *got != *want {
		t.Fatalf("text %q, cuts %v, options %+v: error is %v, it should be %v", text, cuts, o, err, want)
	}
}

func TestCutsAreEven(t *testing.T) {
	for _, c := range []struct {
		size, from, length int64
		n                  int
		least              int64
		want               string
	}{
		{100, 0, 0, 4, 1, "[{0 25} {25 25} {50 25} {75 0}]"},
		{100, 0, 50, 4, 1, "[{0 12} {12 13} {25 12} {37 13}]"},
		{100, 60, 0, 4, 1, "[{60 10} {70 10} {80 10} {90 0}]"},
		{100, 60, 1000, 2, 1, "[{60 20} {80 980}]"},
		{100, 0, 0, 4, 40, "[{0 50} {50 0}]"},
		{3, 0, 0, 5, 1, "[{0 1} {1 1} {2 0}]"},
		{0, 0, 0, 5, 0, "[{0 0}]"},
		{10, 20, 0, 5, 0, "[{20 0}]"},
		{10, 20, 5, 5, 0, "[{20 5}]"},
		{1 << 62, 0, 0, 3, 1, "[{0 1537228672809129301} {1537228672809129301 1537228672809129301} {3074457345618258602 0}]"},
	} {
		got := fmt.Sprint(Cut(c.size, Options{From: c.from, Len: c.length}, c.n, c.least))
		if got != c.want {
			t.Errorf("%+v: cuts are %s", c, got)
		}
	}
}

func TestASchemaIsOfAnInputThatSeveralCanRead(t *testing.T) {
	in := fromStream("<1>\n")
	if _, err := in.Schema(context.Background(), Options{}); !errors.Is(err, errNotSliced) {
		t.Errorf("error is %v", err)
	}
	if _, sliced, err := in.Fingerprint(context.Background()); sliced || err != nil {
		t.Errorf("a stream has a fingerprint, or %v", err)
	}
	text := fromText("<1>\n")
	for _, s := range []*Schema{{}, {Fields: make([]column.Field, 1)}, {Fields: []column.Field{{Type: 9}}, Typed: make([]bool, 1)}} {
		if _, err := collect(text, Options{Schema: s}); err == nil {
			t.Errorf("a read with the schema %+v succeeds", s)
		}
		if _, err := text.Join(context.Background(), Options{Schema: s}, nil, nil); err == nil {
			t.Errorf("the schema %+v joins", s)
		}
	}
	one := &Schema{Fields: make([]column.Field, 1), Typed: make([]bool, 1)}
	if _, err := text.Join(context.Background(), Options{Schema: one}, []*Report{{}}, nil); err == nil {
		t.Error("a report of no columns joins")
	}
}

func TestFingerprintTellsFilesApart(t *testing.T) {
	for _, size := range []int{0, 1, 5000, 4096, 4096 * 64, 4096*64 + 1, 1 << 20} {
		text := bytes.Repeat([]byte("<12345>\n"), size/8+1)[:size]
		print := func(b []byte) Fingerprint {
			f, sliced, err := FromSource("text", bytes.NewReader(b)).Fingerprint(context.Background())
			if err != nil || !sliced {
				t.Fatal(sliced, err)
			}
			return f
		}
		f := print(text)
		if f.Size != int64(size) || f != print(slices.Clone(text)) {
			t.Errorf("%d bytes have the fingerprints %v and %v", size, f, print(slices.Clone(text)))
		}
		if size == 0 {
			continue
		}
		for _, at := range []int{0, size / 2, size - 1} {
			other := slices.Clone(text)
			other[at]++
			if size <= 4096*64 && f == print(other) || at != size/2 && f == print(other) {
				t.Errorf("another byte at %d of %d changes nothing", at, size)
			}
		}
		if f == print(text[:size-1]) {
			t.Errorf("one byte less than %d changes nothing", size)
		}
	}
}

// A slice's progress is of the slice.
func TestProgressOfASlice(t *testing.T) {
	in := fromText(strings.Repeat("<1>\n", 1000))
	schema, err := in.Schema(context.Background(), Options{Sample: -1})
	if err != nil {
		t.Fatal(err)
	}
	var last Progress
	_, err = collect(in, Options{Schema: schema, Sample: -1, From: 1999, Len: 1000, Progress: func(p Progress) { last = p }})
	if want := (Progress{Bytes: 1000, Total: 1000, Rows: 250}); err != nil || last != want {
		t.Errorf("progress is %+v, %v", last, err)
	}
}
