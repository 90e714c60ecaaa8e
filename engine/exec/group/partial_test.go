package group

import (
	"bytes"
	"context"
	"fmt"
	"math/rand"
	"strings"
	"testing"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

// parted says how an aggregation is spread.
type parted struct {
	feed
	parts int
	local bool // the first part's rows go straight to the merging side
}

// set puts the limits of a feed in an aggregation.
func (f feed) set(a *Aggregation) {
	if f.table == 0 {
		return
	}
	a.tableWords = f.table
	if f.window <= 64 {
		a.hotRows = 64
	}
}

// runParted deals the batches out to parts, ships their state and merges it.
func runParted(t testing.TB, n *plan.Aggregate, tab *fakeTable, data [][]column.Value, f parted) (out, kept [][]column.Value, err error) {
	t.Helper()
	jobs, kept := f.jobs(tab, data)
	r := rand.New(rand.NewSource(f.seed + 1))
	dealt := make([][]job, f.parts)
	for _, j := range jobs {
		p := r.Intn(f.parts)
		dealt[p] = append(dealt[p], j)
	}
	merge, err := New(n, f.workers, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer merge.Release()
	f.set(merge)
	for i, jobs := range dealt {
		if i == 0 && f.local {
			if err := pushJobs(merge, jobs, tab, f.feed); err != nil {
				return nil, kept, err
			}
			continue
		}
		batches, err := runPart(t, n, tab, jobs, f)
		if err != nil {
			return nil, kept, err
		}
		r.Shuffle(len(batches), func(i, j int) { batches[i], batches[j] = batches[j], batches[i] })
		for _, b := range batches {
			memory := ownText(b)
			if err := merge.Worker(r.Intn(f.workers)).PushState(b); err != nil {
				return nil, kept, err
			}
			for i := range memory {
				memory[i] = '!' // as a reused buffer would be
			}
		}
	}
	out, err = readAll(merge, f.workers)
	return out, kept, err
}

// pushJobs pushes batches by all workers at once.
func pushJobs(a *Aggregation, jobs []job, tab *fakeTable, f feed) error {
	var g errgroup.Group
	for w := range f.workers {
		g.Go(func() error {
			var b vector.Batch
			for i := w; i < len(jobs); i += f.workers {
				if err := a.Worker(w).Push(jobs[i].load(&b, tab, f)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// runPart returns the state of some batches, as it comes from another process.
func runPart(t testing.TB, n *plan.Aggregate, tab *fakeTable, jobs []job, f parted) ([]*vector.Batch, error) {
	t.Helper()
	p, err := NewPartial(n, f.workers, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Release()
	f.set(p.Aggregation)
	for _, ph := range p.phases[1:] {
		f.set(ph.child)
	}
	if err := pushJobs(p.Aggregation, jobs, tab, f.feed); err != nil {
		return nil, err
	}
	ctx := context.Background()
	if err := p.Finish(ctx); err != nil {
		return nil, err
	}
	fields, err := StateFields(n)
	if err != nil {
		t.Fatal(err)
	}
	got := make([][]*vector.Batch, f.workers)
	var g errgroup.Group
	for w := range f.workers {
		g.Go(func() error {
			for m := w; m < p.Morsels(); m += f.workers {
				err := p.Read(ctx, w, m, func(b *vector.Batch) error {
					if b.Len() == 0 || b.Len() > vector.Size {
						t.Errorf("a batch of %d rows", b.Len())
					}
					if len(got[w]) < 3 {
						b = ship(t, b, fields)
					} else {
						b = copied(b)
					}
					got[w] = append(got[w], b)
					return nil
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	err = g.Wait()
	var all []*vector.Batch
	for _, bs := range got {
		all = append(all, bs...)
	}
	return all, err
}

// copied returns b as it comes where both sides have the dictionaries.
func copied(b *vector.Batch) *vector.Batch {
	cols := make([]*vector.Vec, b.Width())
	for c := range cols {
		cols[c] = b.Col(c).Clone()
	}
	return vector.NewBatch(b.Len(), cols)
}

// ownText moves all strings of b but those of dictionaries to new memory, which it returns.
func ownText(b *vector.Batch) []byte {
	size := 0
	for c := range b.Width() {
		for _, s := range b.Col(c).Str {
			size += len(s)
		}
	}
	memory := make([]byte, 0, size+1)
	for c := range b.Width() {
		v := b.Col(c)
		if v.Dict != nil {
			continue
		}
		for i, s := range v.Str {
			from := len(memory)
			memory = append(memory, s...)
			v.Str[i] = unsafe.String(unsafe.SliceData(memory[from:]), len(s))
		}
	}
	return memory
}

// exactly is vector.Make without room for more rows.
func exactly(t column.Type, n int) *vector.Vec {
	return &vector.Vec{Type: t, Bool: make([]bool, n), Int: make([]int64, n), Float: make([]float64, n), Str: make([]string, n)}
}

// ship returns b as it comes out of an Arrow stream.
func ship(t testing.TB, b *vector.Batch, fields []column.Field) *vector.Batch {
	t.Helper()
	if b.Width() != len(fields) {
		t.Fatalf("%d columns, want %d", b.Width(), len(fields))
	}
	types := map[column.Type]arrow.DataType{column.Bool: arrow.FixedWidthTypes.Boolean, column.Int: arrow.PrimitiveTypes.Int64,
		column.Float: arrow.PrimitiveTypes.Float64, column.String: arrow.BinaryTypes.String}
	var fs []arrow.Field
	for _, f := range fields {
		fs = append(fs, arrow.Field{Name: f.Name, Type: types[f.Type], Nullable: true})
	}
	schema := arrow.NewSchema(fs, nil)
	builder := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for c := range fields {
		v := b.Col(c)
		for i := range b.Len() {
			switch x := v.Value(i); {
			case !x.Valid:
				builder.Field(c).AppendNull()
			case x.Type == column.Bool:
				builder.Field(c).(*array.BooleanBuilder).Append(x.Bool())
			case x.Type == column.Int:
				builder.Field(c).(*array.Int64Builder).Append(x.Int)
			case x.Type == column.Float:
				builder.Field(c).(*array.Float64Builder).Append(x.Float)
			default:
				builder.Field(c).(*array.StringBuilder).Append(x.Str)
			}
		}
	}
	var buf bytes.Buffer
	w := ipc.NewWriter(&buf, ipc.WithSchema(schema))
	if err := w.Write(builder.NewRecordBatch()); err != nil {
		t.Fatal(err)
	}
	w.Close()
	rd, err := ipc.NewReader(&buf)
	if err != nil || !rd.Next() {
		t.Fatal(err)
	}
	rec := rd.RecordBatch()
	cols := make([]*vector.Vec, len(fields))
	for c, f := range fields {
		v := exactly(f.Type, b.Len())
		for i := range b.Len() {
			a := rec.Column(c)
			if a.IsNull(i) {
				v.Set(i, column.Null(f.Type))
				continue
			}
			switch a := a.(type) {
			case *array.Boolean:
				v.Bool[i] = a.Value(i)
			case *array.Int64:
				v.Int[i] = a.Value(i)
			case *array.Float64:
				v.Float[i] = a.Value(i)
			case *array.String:
				v.Str[i] = a.Value(i)
			}
		}
		cols[c] = v
	}
	return vector.NewBatch(b.Len(), cols)
}

// checkParted compares one spread aggregate with the model.
func checkParted(t *testing.T, n *plan.Aggregate, tab *fakeTable, data [][]column.Value, f parted) {
	t.Helper()
	got, kept, err := runParted(t, n, tab, data, f)
	if err != nil {
		t.Fatalf("%s: %v", n, err)
	}
	compareRows(t, n, got, model(t, n, kept))
}

var partings = []parted{
	{parts: 1},
	{parts: 2, local: true},
	{parts: 3},
	{parts: 5},
	{parts: 4},
	{parts: 2},
	{parts: 5, local: true},
}

func TestPartsGiveWhatTheWholeGives(t *testing.T) {
	for i, f := range feeds {
		p := partings[i]
		p.feed = f
		t.Run(fmt.Sprintf("%+v", p), func(t *testing.T) {
			r := rand.New(rand.NewSource(int64(i)))
			tab, data := newTable(r, 350, 90)
			all := everyAgg(tab)
			for k, keys := range keySets {
				if (k+i)%3 != 0 {
					continue // the others have their turn with another feed
				}
				tab.noStats = !tab.noStats
				r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
				checkParted(t, aggregateOf(tab, keys, all[:12]), tab, data, p)
				if len(keys) > 0 {
					checkParted(t, aggregateOf(tab, keys, nil), tab, data, p)
				}
			}
		})
	}
}

func TestEachAggregateAloneInParts(t *testing.T) {
	tab, data := newTable(rand.New(rand.NewSource(7)), 300, 90)
	for i, keys := range [][]string{{}, {"tinynull"}, {"overflow", "f"}} {
		p := partings[2+i]
		p.feed = feeds[2]
		for k, a := range everyAgg(tab) {
			if k%3 == i {
				checkParted(t, aggregateOf(tab, keys, []plan.Agg{a}), tab, data, p)
			}
		}
	}
}

func TestLargestAndSmallestInParts(t *testing.T) {
	tab, data := newTable(rand.New(rand.NewSource(3)), 300, 90)
	for i, keys := range [][]string{{}, {"tinynull"}, {"overflow", "f"}} {
		p := partings[2+i]
		p.feed = feeds[2]
		for k, aggs := range topAggs(tab) {
			if k%3 != i {
				continue
			}
			checkParted(t, aggregateOf(tab, keys, aggs), tab, data, p)
		}
	}
}

// A list of many values takes several rows of state, which different workers may get.
func TestLongListsAreShippedInPieces(t *testing.T) {
	r := rand.New(rand.NewSource(4))
	var rows [][]column.Value
	for i := range 3 * pieceWords {
		rows = append(rows, []column.Value{column.IntValue(int64(r.Intn(3))), column.FloatValue(float64(i)), column.StringValue(strings.Repeat("x", i%7))})
	}
	tab := tableOf([]column.Field{{Name: "k", Type: column.Int}, {Name: "x", Type: column.Float}, {Name: "s", Type: column.String}}, 20000, rows)
	for _, keys := range [][]string{{}, {"k"}} {
		aggs := one(plan.Quantile, column.Float, tab.col("x"))
		aggs = append(aggs, plan.Agg{Kind: plan.GroupConcat, Args: []plan.Expr{tab.col("s")}, T: column.String, OrderBy: []plan.SortKey{{Expr: tab.col("x"), Desc: true}}})
		aggs = append(aggs, one(plan.CountRows, column.Int)...)
		aggs = append(aggs, one(plan.Max, column.String, tab.col("s"))...)
		n := aggregateOf(tab, keys, aggs)
		checkParted(t, n, tab, rows, parted{feed: feed{workers: 2, window: 2048, keep: 1}, parts: 2})
	}
}

func TestSketchesOfManyValuesInParts(t *testing.T) {
	var rows [][]column.Value
	for i := range 20000 {
		rows = append(rows, []column.Value{column.IntValue(int64(i % 5)), column.IntValue(int64(i * 7 % 5000))})
	}
	tab := tableOf([]column.Field{{Name: "k", Type: column.Int}, {Name: "x", Type: column.Int}}, 3000, rows)
	n := aggregateOf(tab, []string{"k"}, one(plan.ApproxCountDistinct, column.Int, tab.col("x")))
	f := feed{workers: 2, window: 500, keep: 1}
	want, _, err := run(t, n, tab, rows, f)
	if err != nil {
		t.Fatal(err)
	}
	for _, parts := range []int{1, 3} {
		got, _, err := runParted(t, n, tab, rows, parted{feed: f, parts: parts})
		if err != nil {
			t.Fatal(err)
		}
		compareRows(t, n, got, want)
	}
}

func TestNoRowsInParts(t *testing.T) {
	tab, data := newTable(rand.New(rand.NewSource(9)), 40, 10)
	all := everyAgg(tab)
	for _, keys := range [][]string{{}, {"tinynull"}, {"plain"}} {
		checkParted(t, aggregateOf(tab, keys, all[:30]), tab, data, parted{feed: feed{workers: 2, window: 5, keep: 0}, parts: 3})
	}
}
