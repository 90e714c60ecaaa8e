package column

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestLayoutIsTheNarrowest(t *testing.T) {
	for _, c := range []struct {
		typ    Type
		texts  string
		layout Layout
	}{
		{Int, "", Int8},
		{Int, "NULL NULL", Int8},
		{Int, "127 -128", Int8},
		{Int, "128", Int16},
		{Int, "-129 NULL", Int16},
		{Int, "32767 -32768", Int16},
		{Int, "32768", Int32},
		{Int, "-32769", Int32},
		{Int, "2147483647 -2147483648", Int32},
		{Int, "2147483648", Int64},
		{Int, "-2147483649", Int64},
		{Int, "9223372036854775807 -9223372036854775808 0", Int64},
		{Int, "NULL 5 7", Int8},
		{Int, "-5 NULL", Int8},
		{Bool, "true NULL false true true false false true true", Bits},
		{Bool, "false false", Bits},
		{Bool, "NULL true", Bits},
		{Bool, "", Bits},
		{Float, "", Float64},
		{Float, "NULL", Float64},
		{Float, "-0 0", Float64},
		{Float, "0 -0", Float64},
		{Float, "-0 -1", Float64},
		{Float, "1.5 NULL -1e300 5e-324 1.7976931348623157e308", Float64},
		{String, "", Plain},
		{String, "NULL NULL", Plain},
		{String, "NULL a b a", Code8},
	} {
		t.Run(fmt.Sprint(c.typ, " ", c.texts), func(t *testing.T) {
			want := parseAll(t, c.typ, strings.Fields(c.texts)...)
			d := NewDictBuilder(0)
			b := NewBuilder(c.typ, d)
			for _, v := range want {
				b.Append(v)
			}
			a := b.Finish()
			if a.Layout != c.layout {
				t.Errorf("layout %v, want %v", a.Layout, c.layout)
			}
			a.Dict = d.Dict()
			checkArray(t, a, want)
			checkArray(t, roundTrip(t, a), want)
		})
	}
}

func TestCodesAreTheNarrowest(t *testing.T) {
	for _, c := range []struct {
		strings int
		layout  Layout
	}{{1, Code8}, {256, Code8}, {257, Code16}, {1 << 16, Code16}, {1<<16 + 1, Code32}} {
		d := NewDictBuilder(0)
		b := NewBuilder(String, d)
		rows := c.strings*9/8 + 2
		for i := range rows {
			b.AppendString(strconv.Itoa(i % c.strings))
		}
		a := b.Finish()
		a.Dict = d.Dict()
		if a.Layout != c.layout || a.Stats.Distinct != int64(c.strings) {
			t.Errorf("%d strings have layout %v and are %d by statistics", c.strings, a.Layout, a.Stats.Distinct)
		}
		for _, i := range []int{0, c.strings - 1, rows - 1} {
			if got, want := a.Value(i), StringValue(strconv.Itoa(i%c.strings)); got != want {
				t.Errorf("row %d is %v, want %v", i, got, want)
			}
		}
	}
}

// TestBuilderAgainstModel adds, changes and drops rows in all ways, over several chunks of one Builder.
func TestBuilderAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := rapid.SampledFrom([]Type{Bool, Int, Float, String}).Draw(t, "type")
		var dict *DictBuilder
		if rapid.Bool().Draw(t, "dictionary") {
			dict = NewDictBuilder(rapid.SampledFrom([]int{0, 1, 3, 50}).Draw(t, "limit"))
		}
		m := &model{t: t, typ: typ, b: NewBuilder(typ, dict), gen: valueGen(t, typ)}
		type chunk struct {
			a    *Array
			want []Value
		}
		var chunks []chunk
		for range rapid.IntRange(1, 3).Draw(t, "chunks") {
			for range rapid.IntRange(0, 12).Draw(t, "steps") {
				m.step()
				if m.b.Len() != len(m.rows) {
					t.Fatalf("%d rows, want %d", m.b.Len(), len(m.rows))
				}
			}
			chunks = append(chunks, chunk{m.b.Finish(), m.rows})
			m.rows = nil
		}
		for _, c := range chunks {
			if c.a.Layout >= Code8 && c.a.Layout <= Code32 {
				c.a.Dict = dict.Dict()
			}
			checkArray(t, c.a, c.want)
			checkArray(t, roundTrip(t, c.a), c.want)
		}
	})
}

// model is a Builder and the rows it should hold.
type model struct {
	t    *rapid.T
	typ  Type
	b    *Builder
	rows []Value
	gen  *rapid.Generator[Value]
}

func (m *model) step() {
	switch rapid.IntRange(0, 5).Draw(m.t, "step") {
	case 0, 1:
		v := m.gen.Draw(m.t, "value")
		m.b.Append(v)
		m.rows = append(m.rows, v)
	case 2, 3:
		m.extend(rapid.SliceOfN(m.gen, 0, rapid.SampledFrom([]int{1, 5, 70, 700}).Draw(m.t, "vector")).Draw(m.t, "values"))
	case 4:
		if len(m.rows) > 0 {
			i := rapid.IntRange(0, len(m.rows)-1).Draw(m.t, "null")
			m.b.SetNull(i)
			m.rows[i] = Null(m.typ)
		}
	case 5:
		n := rapid.IntRange(0, len(m.rows)+1).Draw(m.t, "truncate")
		m.b.Truncate(n)
		m.rows = m.rows[:min(n, len(m.rows))]
	}
}

// extend adds vals with the bulk methods, nulls before or after their slots are filled.
func (m *model) extend(vals []Value) {
	n := len(m.rows)
	switch m.typ {
	case Bool:
		for i, s := 0, m.b.ExtendBools(len(vals)); i < len(s); i++ {
			s[i] = vals[i].Int != 0
		}
	case Int:
		for i, s := 0, m.b.ExtendInts(len(vals)); i < len(s); i++ {
			s[i] = vals[i].Int
		}
	case Float:
		for i, s := 0, m.b.ExtendFloats(len(vals)); i < len(s); i++ {
			s[i] = vals[i].Float
		}
	case String:
		m.extendStrings(vals)
		m.rows = append(m.rows, vals...)
		return
	}
	for i, v := range vals {
		if !v.Valid {
			m.b.SetNull(n + i)
		}
	}
	m.rows = append(m.rows, vals...)
}

func (m *model) extendStrings(vals []Value) {
	text := []byte(rapid.SampledFrom([]string{"", "<"}).Draw(m.t, "before"))
	var start, end []uint32
	for _, v := range vals {
		s := uint32(len(text))
		text = append(text, v.Str...)
		e := uint32(len(text))
		if !v.Valid {
			s++
		}
		start, end = append(start, s), append(end, e)
	}
	m.b.ExtendStrings(text, start, end)
}

// valueGen draws values of a type, of many magnitudes, some of them NULL, and of strings few distinct ones or many.
func valueGen(t *rapid.T, typ Type) *rapid.Generator[Value] {
	width := rapid.IntRange(0, 63).Draw(t, "width")
	alphabet := rapid.SampledFrom([][]rune{[]rune("ab"), []rune("abcdefghijkl\x00é")}).Draw(t, "alphabet")
	length := rapid.SampledFrom([]int{1, 9, 20, 100}).Draw(t, "length")
	nulls := rapid.SampledFrom([]int{0, 1, 9, 10}).Draw(t, "nulls of ten")
	return rapid.Custom(func(t *rapid.T) Value {
		if rapid.IntRange(0, 9).Draw(t, "null") < nulls {
			return Null(typ)
		}
		switch typ {
		case Bool:
			return BoolValue(rapid.Bool().Draw(t, "bool"))
		case Int:
			return IntValue(rapid.Int64().Draw(t, "int") >> width)
		case Float:
			f := rapid.Float64().Draw(t, "float")
			if rapid.IntRange(0, 3).Draw(t, "zero") == 0 {
				f = math.Copysign(0, f)
			}
			return FloatValue(f)
		}
		return StringValue(rapid.StringOfN(rapid.RuneFrom(alphabet), 0, length, -1).Draw(t, "string"))
	})
}

func TestFinishedArrayKeepsItsMemory(t *testing.T) {
	b := NewBuilder(Int, nil)
	copy(b.ExtendInts(3), []int64{1, 2, math.MaxInt64})
	first := b.Finish()
	copy(b.ExtendInts(3), []int64{7, 8, math.MinInt64})
	b.Finish()
	checkArray(t, first, []Value{IntValue(1), IntValue(2), IntValue(math.MaxInt64)})
}

func TestFromSlices(t *testing.T) {
	valid := []bool{true, false, true}
	checkArray(t, FromInts([]int64{1, 2, 300}, valid), parseAll(t, Int, "1", "NULL", "300"))
	checkArray(t, FromInts([]int64{1, 2}, nil), parseAll(t, Int, "1", "2"))
	checkArray(t, FromFloats([]float64{1, 2, -3}, valid), parseAll(t, Float, "1", "NULL", "-3"))
	checkArray(t, FromBools([]bool{true, true, false}, valid), parseAll(t, Bool, "true", "NULL", "false"))
	checkArray(t, FromStrings([]string{"a", "b", "c"}, valid), parseAll(t, String, "a", "NULL", "c"))
	checkArray(t, FromStrings([]string{"a"}, []bool{false}), parseAll(t, String, "NULL"))
}

func TestFullAtManyRowsOrMuchText(t *testing.T) {
	b := NewBuilder(Int, nil)
	b.ExtendInts(ChunkRows - 1)
	if b.Full() {
		t.Error("full one row early")
	}
	b.AppendNull()
	if !b.Full() {
		t.Error("not full with its rows")
	}
	s := NewBuilder(String, nil)
	s.data = make([]byte, maxChunkText)
	if !s.Full() {
		t.Error("not full with its text")
	}
}
