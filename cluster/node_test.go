package cluster

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/eau2db/eau2/column"
)

var small = sample{seed: 1, rows: 100, chunkRows: 30}

func TestLoadedTableReadsBack(t *testing.T) {
	inEveryPlace(t, func(t *testing.T, n *Node) {
		for _, s := range []sample{{1, 0, 8, 0}, {2, 1, 8, 0}, {3, 8, 8, 0}, {4, 9, 8, 0}, {5, 1000, 100, 0}, {6, 9, 2, 1}} {
			must(t, s.load(n, "t"))
			must(t, s.check(n, "t"))
			must(t, n.Drop(t.Context(), "t"))
		}
	})
}

// planTable is what package engine/plan asks of a table.
type planTable interface {
	Name() string
	Fields() []column.Field
	Rows() int64
	Chunks() int
	ChunkStats(chunk, col int) column.Stats
	ChunkRows(chunk int) int
	Column(ctx context.Context, chunk, col int) (*column.Array, error)
}

func TestTableTellsOfItself(t *testing.T) {
	inEveryPlace(t, func(t *testing.T, n *Node) {
		must(t, small.load(n, "t"))
		tab, err := n.Table(t.Context(), "t")
		must(t, err)
		defer tab.Release()
		var p planTable = tab
		if p.Name() != "t" || p.Rows() != 100 || p.Chunks() != 4 || p.ChunkRows(3) != 10 || !slices.Equal(p.Fields(), sampleFields) {
			t.Errorf("name %q, rows %d, chunks %d, rows of the last %d, fields %v", p.Name(), p.Rows(), p.Chunks(), p.ChunkRows(3), p.Fields())
		}
		if tab.Bytes() < 100*8 {
			t.Errorf("%d bytes", tab.Bytes())
		}
		for chunk := range p.Chunks() {
			for col := range sampleFields {
				a, err := p.Column(t.Context(), chunk, col)
				must(t, err)
				if got := p.ChunkStats(chunk, col); got != a.Stats {
					t.Errorf("statistics of chunk %d column %d are %+v, of the array %+v", chunk, col, got, a.Stats)
				}
				again, err := p.Column(t.Context(), chunk, col)
				must(t, err)
				if again != a {
					t.Errorf("chunk %d column %d was decoded twice", chunk, col)
				}
			}
		}
		d, err := tab.Dict(t.Context(), kindColumn)
		must(t, err)
		if d.Len() != 4 {
			t.Errorf("the dictionary has %d strings", d.Len())
		}
		if d, err := tab.Dict(t.Context(), 0); d != nil || err != nil {
			t.Errorf("dictionary of a INT column: %v, %v", d, err)
		}
	})
}

func TestColumnBeyondTheTableIsAnError(t *testing.T) {
	inEveryPlace(t, func(t *testing.T, n *Node) {
		must(t, small.load(n, "t"))
		tab, err := n.Table(t.Context(), "t")
		must(t, err)
		for _, at := range [][2]int{{-1, 0}, {4, 0}, {0, -1}, {0, 5}} {
			if _, err := tab.Column(t.Context(), at[0], at[1]); err == nil {
				t.Errorf("chunk %d column %d was read", at[0], at[1])
			}
		}
		if _, err := tab.Dict(t.Context(), 5); err == nil {
			t.Error("dictionary of column 5 was read")
		}
		must(t, tab.Release())
		must(t, tab.Release())
		_, err = tab.Column(t.Context(), 0, 0)
		wantErr(t, err, ErrClosed)
		_, err = tab.Acquire()
		wantErr(t, err, ErrClosed)
	})
}

func TestTableWithoutColumns(t *testing.T) {
	inEveryPlace(t, func(t *testing.T, n *Node) {
		w, err := n.Create(t.Context(), "t")
		must(t, err)
		must(t, w.Write(t.Context(), 0, nil))
		tab, err := w.Commit(t.Context(), nil, nil)
		must(t, err)
		defer tab.Release()
		if tab.Rows() != 0 || tab.Chunks() != 0 || len(tab.Fields()) != 0 {
			t.Errorf("%d rows, %d chunks, %d columns", tab.Rows(), tab.Chunks(), len(tab.Fields()))
		}
	})
}

func ints(values ...int64) *column.Array {
	b := column.NewBuilder(column.Int, nil)
	for _, v := range values {
		b.AppendInt(v)
	}
	return b.Finish()
}

var intField = []column.Field{{Name: "i", Type: column.Int}}

func TestEmptyChunksAreLeftOut(t *testing.T) {
	inEveryPlace(t, func(t *testing.T, n *Node) {
		w, err := n.Create(t.Context(), "t")
		must(t, err)
		for _, seq := range []int{3, 0, 2, 4, 1} {
			a := ints()
			if seq%2 == 1 {
				a = ints(int64(seq), 10*int64(seq))
			}
			must(t, w.Write(t.Context(), seq, []*column.Array{a}))
		}
		tab, err := w.Commit(t.Context(), intField, make([]*column.Dict, 1))
		must(t, err)
		defer tab.Release()
		var got []int64
		for chunk := range tab.Chunks() {
			a, err := tab.Column(t.Context(), chunk, 0)
			must(t, err)
			for i := range a.N {
				got = append(got, a.Value(i).Int)
			}
		}
		if want := []int64{1, 10, 3, 30}; !slices.Equal(got, want) || tab.Chunks() != 2 {
			t.Errorf("%d chunks of %v, want 2 of %v", tab.Chunks(), got, want)
		}
	})
}

func TestCommitRefusesWhatIsNoTable(t *testing.T) {
	coded := func() *column.Array {
		b := column.NewBuilder(column.String, column.NewDictBuilder(8))
		b.AppendString("x")
		return b.Finish()
	}
	text := []column.Field{{Name: "s", Type: column.String}}
	none := make([]*column.Dict, 1)
	cases := []struct {
		name   string
		write  map[int][]*column.Array
		fields []column.Field
		dicts  []*column.Dict
		want   string
	}{
		{"a gap", map[int][]*column.Array{0: {ints(1)}, 2: {ints(1)}}, intField, none, "chunk 1 is missing"},
		{"too few arrays", map[int][]*column.Array{0: {}}, intField, none, "0 arrays for 1 columns"},
		{"too many arrays", map[int][]*column.Array{0: {ints(1), ints(1)}}, intField, none, "2 arrays for 1 columns"},
		{"another type", map[int][]*column.Array{0: {ints(1)}}, text, none, "column s is STRING, its array INT"},
		{"no dictionary", map[int][]*column.Array{0: {coded()}}, text, none, "column s has codes, but no dictionary"},
		{"too few dictionaries", map[int][]*column.Array{0: {ints(1)}}, intField, nil, "1 columns, but 0 dictionaries"},
		{"a name that is not UTF-8", nil, []column.Field{{Name: "\xff"}}, none, "not UTF-8"},
	}
	inEveryPlace(t, func(t *testing.T, n *Node) {
		for _, c := range cases {
			w, err := n.Create(t.Context(), "t")
			must(t, err)
			for seq, arrays := range c.write {
				must(t, w.Write(t.Context(), seq, arrays))
			}
			_, err = w.Commit(t.Context(), c.fields, c.dicts)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "load table t") {
				t.Errorf("%s: error is %v, want %q", c.name, err, c.want)
			}
			_, err = n.Table(t.Context(), "t")
			wantErr(t, err, ErrNoTable)
		}
	})
}

func TestWriteRefusesWhatIsNoChunk(t *testing.T) {
	cases := []struct {
		name   string
		seq    int
		arrays []*column.Array
		want   string
	}{
		{"unequal lengths", 1, []*column.Array{ints(1), ints(1, 2)}, "column 1 has 2 rows, column 0 has 1"},
		{"a number twice", 0, []*column.Array{ints(1)}, "written before"},
		{"a negative number", -1, []*column.Array{ints(1)}, "numbered from 0"},
	}
	inEveryPlace(t, func(t *testing.T, n *Node) {
		for _, c := range cases {
			w, err := n.Create(t.Context(), "t")
			must(t, err)
			must(t, w.Write(t.Context(), 0, []*column.Array{ints(1)}))
			err = w.Write(t.Context(), c.seq, c.arrays)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: error is %v, want %q", c.name, err, c.want)
			}
			if err := w.Write(t.Context(), 1, []*column.Array{ints(1)}); err == nil {
				t.Errorf("%s: a Write after it was accepted", c.name)
			}
			if _, err := w.Commit(t.Context(), intField, make([]*column.Dict, 1)); err == nil {
				t.Errorf("%s: committed", c.name)
			}
		}
	})
}

func TestAbortLeavesNothing(t *testing.T) {
	inEveryPlace(t, func(t *testing.T, n *Node) {
		w, err := n.Create(t.Context(), "t")
		must(t, err)
		must(t, w.Write(t.Context(), 0, []*column.Array{ints(1)}))
		must(t, w.Abort())
		must(t, w.Abort())
		wantErr(t, w.Write(t.Context(), 1, []*column.Array{ints(1)}), ErrClosed)
		_, err = w.Commit(t.Context(), intField, make([]*column.Dict, 1))
		wantErr(t, err, ErrClosed)
		if names := n.Tables(); len(names) != 0 {
			t.Errorf("tables: %v", names)
		}
		must(t, small.load(n, "t")) // the name is free
	})
}

func TestCancelledLoadIsNoTable(t *testing.T) {
	inEveryPlace(t, func(t *testing.T, n *Node) {
		ctx, cancel := context.WithCancel(t.Context())
		w, err := n.Create(ctx, "t")
		must(t, err)
		cancel()
		wantErr(t, w.Write(ctx, 0, []*column.Array{ints(1)}), context.Canceled)
		_, err = w.Commit(t.Context(), intField, make([]*column.Dict, 1))
		wantErr(t, err, context.Canceled)
		w, err = n.Create(t.Context(), "t")
		must(t, err)
		_, err = w.Commit(ctx, intField, make([]*column.Dict, 1))
		wantErr(t, err, context.Canceled)
		_, err = n.Create(ctx, "t")
		wantErr(t, err, context.Canceled)
		wantErr(t, n.Drop(ctx, "t"), context.Canceled)
		wantErr(t, n.Rename(ctx, "t", "u"), context.Canceled)
		_, err = n.Table(ctx, "t")
		wantErr(t, err, context.Canceled)
	})
}

func TestNamesAreTakenOnce(t *testing.T) {
	inEveryPlace(t, func(t *testing.T, n *Node) {
		ctx := t.Context()
		late, err := n.Create(ctx, "t")
		must(t, err)
		must(t, small.load(n, "t"))
		_, err = n.Create(ctx, "t")
		wantErr(t, err, ErrTableExists)
		_, err = late.Commit(ctx, intField, make([]*column.Dict, 1))
		wantErr(t, err, ErrTableExists)
		must(t, small.load(n, "u"))
		wantErr(t, n.Rename(ctx, "t", "u"), ErrTableExists)
		must(t, n.Rename(ctx, "t", "t"))
		must(t, small.check(n, "t"))
		if got := n.Tables(); !slices.Equal(got, []string{"t", "u"}) {
			t.Errorf("tables: %v", got)
		}
		for _, name := range []string{"", "\xff", strings.Repeat("x", 5000)} {
			if _, err := n.Create(ctx, name); err == nil {
				t.Errorf("%.10q was created", name)
			}
			if err := n.Rename(ctx, "t", name); err == nil {
				t.Errorf("t was renamed to %.10q", name)
			}
		}
	})
}

func TestWhatIsNotThereIsAnError(t *testing.T) {
	inEveryPlace(t, func(t *testing.T, n *Node) {
		_, err := n.Table(t.Context(), "t")
		wantErr(t, err, ErrNoTable)
		wantErr(t, n.Drop(t.Context(), "t"), ErrNoTable)
		wantErr(t, n.Rename(t.Context(), "t", "u"), ErrNoTable)
		wantErr(t, n.Rename(t.Context(), "t", "t"), ErrNoTable)
		var e *Error
		if !errors.As(err, &e) || e.Table != "t" || e.Chunk != -1 {
			t.Errorf("error is %#v", e)
		}
	})
}

func TestRenameMovesTheTable(t *testing.T) {
	inEveryPlace(t, func(t *testing.T, n *Node) {
		must(t, small.load(n, "t"))
		before, err := n.Table(t.Context(), "t")
		must(t, err)
		defer before.Release()
		must(t, n.Rename(t.Context(), "t", "u"))
		must(t, small.check(n, "u"))
		_, err = n.Table(t.Context(), "t")
		wantErr(t, err, ErrNoTable)
		other := sample{seed: 9, rows: 3, chunkRows: 3}
		must(t, other.load(n, "t"))
		must(t, other.check(n, "t"))
		must(t, small.compare(before))
		after, err := n.Table(t.Context(), "u")
		must(t, err)
		defer after.Release()
		if before.Name() != "t" || after.Name() != "u" || before.ID() != after.ID() {
			t.Errorf("%s %s became %s %s", before.Name(), before.ID(), after.Name(), after.ID())
		}
	})
}

func TestDroppedTableStaysForThoseWhoHoldIt(t *testing.T) {
	inEveryPlace(t, func(t *testing.T, n *Node) {
		must(t, small.load(n, "t"))
		first, err := n.Table(t.Context(), "t")
		must(t, err)
		second, err := first.Acquire()
		must(t, err)
		must(t, n.Drop(t.Context(), "t"))
		must(t, first.Release())
		must(t, small.compare(second))
		must(t, second.Release())
		_, err = second.Column(t.Context(), 0, 0)
		wantErr(t, err, ErrClosed)
	})
}

func TestClosedNodeRefuses(t *testing.T) {
	inEveryPlace(t, func(t *testing.T, n *Node) {
		ctx := t.Context()
		must(t, small.load(n, "t"))
		held, err := n.Table(ctx, "t")
		must(t, err)
		w, err := n.Create(ctx, "u")
		must(t, err)
		must(t, n.Close())
		must(t, n.Close())
		must(t, small.compare(held))
		must(t, held.Release())
		_, err = w.Commit(ctx, nil, nil)
		wantErr(t, err, ErrClosed)
		_, err = n.Create(ctx, "u")
		wantErr(t, err, ErrClosed)
		_, err = n.Table(ctx, "t")
		wantErr(t, err, ErrClosed)
		wantErr(t, n.Drop(ctx, "t"), ErrClosed)
		wantErr(t, n.Rename(ctx, "t", "u"), ErrClosed)
		wantErr(t, n.Store().Put(ctx, Key{Name: "k"}, nil), ErrClosed)
	})
}

func TestLongAndOddBoundsAreLeftOut(t *testing.T) {
	long := strings.Repeat("x", longestBound+1)
	inEveryPlace(t, func(t *testing.T, n *Node) {
		texts, floats := column.NewBuilder(column.String, nil), column.NewBuilder(column.Float, nil)
		for _, s := range []string{"a", long} {
			texts.AppendString(s)
			floats.AppendFloat(float64(len(s)))
		}
		arrays := []*column.Array{texts.Finish(), floats.Finish()}
		arrays[0].Stats.Min, arrays[0].Stats.Max = column.StringValue("a"), column.StringValue(long)
		arrays[1].Stats.Max = column.FloatValue(math.NaN())
		w, err := n.Create(t.Context(), "t")
		must(t, err)
		must(t, w.Write(t.Context(), 0, arrays))
		tab, err := w.Commit(t.Context(), []column.Field{{Name: "s", Type: column.String}, {Name: "f", Type: column.Float}}, make([]*column.Dict, 2))
		must(t, err)
		defer tab.Release()
		text, float := tab.ChunkStats(0, 0), tab.ChunkStats(0, 1)
		if text.Min != column.StringValue("a") || text.Max != column.Null(column.String) {
			t.Errorf("bounds %.10v to %.10v", text.Min, text.Max)
		}
		if float.Min != column.FloatValue(1) || float.Max != column.Null(column.Float) {
			t.Errorf("bounds %v to %v", float.Min, float.Max)
		}
		a, err := tab.Column(t.Context(), 0, 0)
		must(t, err)
		if a.Value(1).Str != long {
			t.Error("the long string was not kept")
		}
	})
}
