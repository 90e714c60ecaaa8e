package column

import "testing"

func TestExtendFillsTheChunk(t *testing.T) {
	b := NewBuilder(Int, nil)
	copy(b.ExtendInts(3), []int64{1, 2, 300})
	b.SetNull(1)
	b.AppendInt(7)
	b.AppendNull()
	b.Truncate(4)
	want := []Value{IntValue(1), Null(Int), IntValue(300), IntValue(7)}
	a := b.Finish()
	if a.N != 4 || a.Stats.Nulls != 1 || a.Layout != Int16 {
		t.Fatalf("got %+v", a)
	}
	for i, w := range want {
		if a.Value(i) != w {
			t.Errorf("row %d: %v, want %v", i, a.Value(i), w)
		}
	}
}

func TestExtendStrings(t *testing.T) {
	for _, d := range []*DictBuilder{nil, NewDictBuilder(10)} {
		b := NewBuilder(String, d)
		text := []byte("<abc><de>")
		b.ExtendStrings(text, []uint32{1, 6, 1, 1}, []uint32{4, 8, 1, 0})
		b.SetNull(0)
		a := b.Finish()
		if d != nil {
			a.Dict = d.Dict()
		}
		for i, w := range []Value{Null(String), StringValue("de"), StringValue(""), Null(String)} {
			if a.Value(i) != w {
				t.Errorf("row %d: %v, want %v", i, a.Value(i), w)
			}
		}
	}
}
