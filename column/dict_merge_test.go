package column

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
)

// part is a chunk made apart from others, with a dictionary of its own, and its strings.
func part(r *rand.Rand, rows, distinct int) (*Array, []Value) {
	d := NewDictBuilder(0)
	b := NewBuilder(String, d)
	values := make([]Value, rows)
	nulls := r.IntN(2) == 0
	for i := range values {
		values[i] = StringValue(fmt.Sprintf("%0*d", r.IntN(30), r.IntN(distinct)))
		if nulls && r.IntN(4) == 0 {
			values[i] = Null(String)
		}
		b.Append(values[i])
	}
	a := b.Finish()
	if a.Layout != Plain {
		a.Dict = d.Dict()
	}
	return a, values
}

func TestChunksMadeApartShareAMergedDictionary(t *testing.T) {
	layouts := map[Layout]bool{}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 0))
		m := NewDictMerger()
		if seed%3 == 0 {
			m.limit = 1 + r.IntN(400)
		}
		if seed%3 == 1 {
			m.textLimit = 1 + r.IntN(4000)
		}
		var arrays []*Array
		var wants [][]Value
		for i := range 1 + r.IntN(4) {
			rows := r.IntN(3000)
			a, values := part(r, rows, 1+r.IntN(1+rows*(i+1)))
			if a.Layout != Plain {
				codes := m.Add(a.Dict)
				recoded := a.Recode(codes)
				if recoded == a || recoded.Dict != nil {
					t.Fatal("the array is still the old one")
				}
				if i == 0 && m.limit == maxDictStrings && m.textLimit == maxDictText && recoded.Layout != a.Layout {
					t.Errorf("the first dictionary gives layout %d in place of %d", recoded.Layout, a.Layout)
				}
				a = recoded
			} else if a.Recode(nil) != a {
				t.Error("an array without codes changes")
			}
			arrays, wants = append(arrays, a), append(wants, values)
		}
		d := m.Dict()
		if d != nil && (d.Len() > m.limit || len(d.data) > m.textLimit) {
			t.Errorf("%d strings of %d bytes, the limits are %d and %d", d.Len(), len(d.data), m.limit, m.textLimit)
		}
		for i, a := range arrays {
			layouts[a.Layout] = true
			if a.Layout != Plain {
				a.Dict = d
			}
			for row, want := range wants[i] {
				if got := a.Value(row); got != want {
					t.Fatalf("row %d is %v, not %v", row, got, want)
				}
			}
			b, err := a.AppendBytes(nil)
			if err != nil {
				t.Fatal(err)
			}
			read, err := ReadArray(b, d)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(read.Stats, a.Stats) || a.Stats.Rows != int64(len(wants[i])) {
				t.Errorf("statistics are %+v", a.Stats)
			}
		}
	}
	if len(layouts) < 3 {
		t.Errorf("the layouts were %v", layouts)
	}
	if NewDictMerger().Dict() != nil {
		t.Error("a dictionary of nothing")
	}
}

// The slots of NULL rows are zero, whatever code 0 becomes.
func TestRecodeLeavesNullsZero(t *testing.T) {
	m := NewDictMerger()
	m.Add(NewDict([]string{"x", "y"}))
	d := NewDict([]string{"a", "b"})
	a := &Array{Type: String, Layout: Code8, N: 3, Valid: []byte{0b101}, C8: []uint8{1, 0, 0}, Dict: d, Stats: Stats{Rows: 3, Nulls: 1}}
	if got := a.Recode(m.Add(d)).C8; !reflect.DeepEqual(got, []uint8{3, 0, 2}) {
		t.Errorf("codes are %v", got)
	}
	if got := a.Recode([]uint32{NoCode, 300}); got.Layout != Plain || string(got.Data) != "ba" {
		t.Errorf("array is %+v", got)
	}
	if got := a.Recode([]uint32{1 << 16, 300}); got.Layout != Code32 || !reflect.DeepEqual(got.C32, []uint32{300, 0, 1 << 16}) {
		t.Errorf("array is %+v", got)
	}
	if got := a.Recode([]uint32{1 << 15, 300}); got.Layout != Code16 || !reflect.DeepEqual(got.C16, []uint16{300, 0, 1 << 15}) {
		t.Errorf("array is %+v", got)
	}
}
