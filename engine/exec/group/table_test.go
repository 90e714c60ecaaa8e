package group

import (
	"context"
	"fmt"
	"math"
	"math/rand"
	"testing"

	"go.uber.org/goleak"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/vector"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeTable is a table in memory.
type fakeTable struct {
	fields  []column.Field
	chunks  [][]*column.Array
	noStats bool
}

func (t *fakeTable) Name() string           { return "t" }
func (t *fakeTable) Fields() []column.Field { return t.fields }
func (t *fakeTable) Chunks() int            { return len(t.chunks) }
func (t *fakeTable) ChunkRows(c int) int    { return t.chunks[c][0].N }
func (t *fakeTable) Rows() int64            { return 0 }

func (t *fakeTable) ChunkStats(c, col int) column.Stats {
	if t.noStats {
		return column.Stats{}
	}
	return t.chunks[c][col].Stats
}

func (t *fakeTable) Column(_ context.Context, c, col int) (*column.Array, error) {
	return t.chunks[c][col], nil
}

func (t *fakeTable) scan() *plan.Scan {
	cols := make([]int, len(t.fields))
	for i := range cols {
		cols[i] = i
	}
	return &plan.Scan{Table: t, Cols: cols}
}

func (t *fakeTable) col(name string) *plan.Column {
	for i, f := range t.fields {
		if f.Name == name {
			return &plan.Column{Index: i, Name: name, T: f.Type}
		}
	}
	panic(name)
}

// generator makes the values of a column.
type generator struct {
	name  string
	typ   column.Type
	dict  int // limit of the dictionary: 0 for plain strings
	nulls float64
	value func(r *rand.Rand) column.Value
}

func ints(lo, hi int64) func(*rand.Rand) column.Value {
	return func(r *rand.Rand) column.Value {
		if hi-lo <= 0 { // the whole range
			return column.IntValue(int64(r.Uint64()) >> r.Intn(64))
		}
		return column.IntValue(lo + r.Int63n(hi-lo+1))
	}
}

func floats(r *rand.Rand) column.Value {
	switch r.Intn(4) {
	case 0:
		return column.FloatValue(math.Copysign(0, float64(r.Intn(2))-1))
	case 1:
		return column.FloatValue(float64(r.Intn(10)) / 4)
	}
	return column.FloatValue(math.Round(r.NormFloat64()*1e6) / 64)
}

func texts(n int) func(*rand.Rand) column.Value {
	return func(r *rand.Rand) column.Value {
		k := r.Intn(n)
		if k == 0 {
			return column.StringValue("")
		}
		return column.StringValue(fmt.Sprintf("text %d", k*7919%n))
	}
}

// generators are the columns of every test table.
var generators = []generator{
	{name: "flag", typ: column.Bool, nulls: 0.1, value: func(r *rand.Rand) column.Value { return column.BoolValue(r.Intn(2) == 0) }},
	{name: "tiny", typ: column.Int, value: ints(-3, 5)},
	{name: "tinynull", typ: column.Int, nulls: 0.3, value: ints(100, 120)},
	{name: "small", typ: column.Int, nulls: 0.01, value: ints(-300, 300)},
	{name: "medium", typ: column.Int, value: ints(1e6, 1e6+1e5)},
	{name: "large", typ: column.Int, nulls: 0.1, value: ints(0, 1<<40)},
	{name: "whole", typ: column.Int, nulls: 0.1, value: ints(0, 0)},
	{name: "wholefew", typ: column.Int, nulls: 0.1, value: func(r *rand.Rand) column.Value {
		return column.IntValue([]int64{math.MinInt64, math.MinInt64 + 1, 0, 1, math.MaxInt64}[r.Intn(5)])
	}},
	{name: "f", typ: column.Float, nulls: 0.1, value: floats},
	{name: "g", typ: column.Float, value: floats},
	{name: "code", typ: column.String, dict: 100, nulls: 0.1, value: texts(20)},
	{name: "codes", typ: column.String, dict: 1 << 20, value: texts(700)},
	{name: "overflow", typ: column.String, dict: 30, nulls: 0.1, value: texts(60)},
	{name: "plain", typ: column.String, nulls: 0.1, value: texts(40)},
	{name: "allnull", typ: column.Int, nulls: 1, value: ints(0, 1)},
	{name: "allnullstr", typ: column.String, nulls: 1, dict: 10, value: texts(2)},
}

// newTable makes a table of random rows, and the rows.
func newTable(r *rand.Rand, rows, chunkRows int) (*fakeTable, [][]column.Value) {
	t := &fakeTable{}
	data := make([][]column.Value, rows)
	var dicts []*column.DictBuilder
	var builders []*column.Builder
	for _, g := range generators {
		t.fields = append(t.fields, column.Field{Name: g.name, Type: g.typ})
		var d *column.DictBuilder
		if g.dict > 0 {
			d = column.NewDictBuilder(g.dict)
		}
		dicts = append(dicts, d)
		builders = append(builders, column.NewBuilder(g.typ, d))
	}
	for i := 0; i < rows; {
		n := min(chunkRows, rows-i)
		for range n {
			for k, g := range generators {
				v := column.Null(g.typ)
				if r.Float64() >= g.nulls {
					v = g.value(r)
				}
				data[i] = append(data[i], v)
				builders[k].Append(v)
			}
			i++
		}
		var chunk []*column.Array
		for _, b := range builders {
			chunk = append(chunk, b.Finish())
		}
		t.chunks = append(t.chunks, chunk)
	}
	for k, d := range dicts {
		if d == nil {
			continue
		}
		dict := d.Dict()
		for _, c := range t.chunks {
			if c[k].Layout != column.Plain {
				c[k].Dict = dict
			}
		}
	}
	return t, data
}

// feed says how rows come to an aggregation.
type feed struct {
	workers  int
	window   int
	keep     float64 // share of the rows that a filter keeps
	computed bool    // as vectors, not as windows of chunks
	table    int     // words of a hash table, 0 for the usual
	seed     int64
}

// job is a batch to push: rows of a window of a chunk.
type job struct {
	seq          uint64
	chunk, lo, n int
	sel          []int32
}

// jobs cuts the rows of tab into batches, and returns them with the rows, in order, that they have.
func (f feed) jobs(tab *fakeTable, data [][]column.Value) (jobs []job, kept [][]column.Value) {
	r := rand.New(rand.NewSource(f.seed))
	row := 0
	for c := range tab.chunks {
		for lo, rows := 0, tab.ChunkRows(c); lo < rows; lo += f.window {
			j := job{seq: uint64(len(jobs)), chunk: c, lo: lo, n: min(f.window, rows-lo)}
			for i := range j.n {
				if f.keep >= 1 || r.Float64() < f.keep {
					j.sel = append(j.sel, int32(i))
					kept = append(kept, data[row+i])
				}
			}
			row += j.n
			jobs = append(jobs, j)
		}
	}
	return jobs, kept
}

// load returns the batch, which is b or a new one.
func (j job) load(b *vector.Batch, tab *fakeTable, f feed) *vector.Batch {
	b.SetWindow(tab.chunks[j.chunk], j.lo, j.n)
	b.Select(j.sel)
	if f.computed {
		b = b.Detach()
	}
	b.Seq = j.seq
	return b
}

// run aggregates t, and returns the result and the rows, in order, that were fed.
func run(t testing.TB, n *plan.Aggregate, tab *fakeTable, data [][]column.Value, f feed) ([][]column.Value, [][]column.Value, error) {
	a, err := New(n, f.workers, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Release()
	if f.table > 0 {
		a.tableWords = f.table
		if f.window <= 64 {
			a.hotRows = 64
		}
	}
	jobs, kept := f.jobs(tab, data)
	errs := make(chan error, f.workers)
	for w := range f.workers {
		go func() {
			errs <- func() error {
				worker := a.Worker(w)
				var b vector.Batch
				for i := w; i < len(jobs); i += f.workers {
					if err := worker.Push(jobs[i].load(&b, tab, f)); err != nil {
						return err
					}
				}
				return nil
			}()
		}()
	}
	for range f.workers {
		if e := <-errs; e != nil {
			err = e
		}
	}
	if err != nil {
		return nil, kept, err
	}
	out, err := readAll(a, f.workers)
	return out, kept, err
}

// readAll finishes a and reads its result with several readers.
func readAll(a *Aggregation, readers int) ([][]column.Value, error) {
	ctx := context.Background()
	if err := a.Finish(ctx); err != nil {
		return nil, err
	}
	rows := make([][][]column.Value, readers)
	errs := make(chan error, readers)
	for w := range readers {
		go func() {
			errs <- func() error {
				for m := w; m < a.Morsels(); m += readers {
					err := a.Read(ctx, w, m, func(b *vector.Batch) error {
						for i := range b.Len() {
							var row []column.Value
							for c := range b.Width() {
								row = append(row, b.Col(c).Value(i))
							}
							rows[w] = append(rows[w], row)
						}
						return nil
					})
					if err != nil {
						return err
					}
				}
				return nil
			}()
		}()
	}
	var err error
	for range readers {
		if e := <-errs; e != nil {
			err = e
		}
	}
	var all [][]column.Value
	for _, r := range rows {
		all = append(all, r...)
	}
	return all, err
}
