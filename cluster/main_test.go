package cluster

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/cluster/vfs/vfstest"
	"github.com/eau2db/eau2/column"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		runChild(dir)
		return
	}
	// memberlist does not wait for its last probe, which ends by itself within some intervals.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/hashicorp/memberlist.(*Memberlist).probeNode"))
}

// sample is a table whose every value follows from its seed, so that a table that was read can be checked whole.
type sample struct {
	seed      int64
	rows      int
	chunkRows int
	columns   int // how many of sampleFields it has; 0 is all
}

var sampleFields = []column.Field{
	{Name: "count", Type: column.Int},
	{Name: "kind", Type: column.String}, // with a dictionary
	{Name: "flag", Type: column.Bool},
	{Name: "ratio", Type: column.Float},
	{Name: "note", Type: column.String}, // without
}

const kindColumn = 1

func (s sample) fields() []column.Field {
	if s.columns == 0 {
		return sampleFields
	}
	return sampleFields[:s.columns]
}

func (s sample) value(row, col int) column.Value {
	r := rand.New(rand.NewPCG(uint64(s.seed), uint64(row*len(sampleFields)+col)))
	if r.IntN(5) == 0 {
		return column.Null(sampleFields[col].Type)
	}
	switch col {
	case 0:
		return column.IntValue(r.Int64N(1 << 40))
	case 1:
		return column.StringValue(fmt.Sprintf("kind %d", r.IntN(4)))
	case 2:
		return column.BoolValue(r.IntN(2) == 0)
	case 3:
		return column.FloatValue(r.Float64())
	}
	return column.StringValue(fmt.Sprintf("%d \xff %x", s.seed, r.Uint64()))
}

// arrays builds the chunks.
func (s sample) arrays() (chunks [][]*column.Array, dicts []*column.Dict) {
	db := column.NewDictBuilder(1 << 10)
	var builders []*column.Builder
	for col, f := range s.fields() {
		if col == kindColumn {
			builders = append(builders, column.NewBuilder(f.Type, db))
		} else {
			builders = append(builders, column.NewBuilder(f.Type, nil))
		}
	}
	for from := 0; from < s.rows; from += s.chunkRows {
		var arrays []*column.Array
		for col, b := range builders {
			for row := from; row < min(from+s.chunkRows, s.rows); row++ {
				b.Append(s.value(row, col))
			}
			arrays = append(arrays, b.Finish())
		}
		chunks = append(chunks, arrays)
	}
	dicts = make([]*column.Dict, len(builders))
	if kindColumn < len(builders) {
		dicts[kindColumn] = db.Dict()
	}
	return chunks, dicts
}

// load loads the sample, its chunks at the same time.
func (s sample) load(n *Node, name string) error { return s.loadAt(n, name, "") }

// loadAt makes a table of it that has a home.
func (s sample) loadAt(n *Node, name, home string) error {
	ctx := context.Background()
	w, err := n.CreateAt(ctx, name, home)
	if err != nil {
		return err
	}
	chunks, dicts := s.arrays()
	var g errgroup.Group
	for seq, arrays := range chunks {
		g.Go(func() error { return w.Write(ctx, seq, arrays) })
	}
	if err := g.Wait(); err != nil {
		return errors.Join(err, w.Abort())
	}
	t, err := w.Commit(ctx, s.fields(), dicts)
	if err != nil {
		return err
	}
	return t.Release()
}

// check reads the table whole and says how it differs from the sample.
func (s sample) check(n *Node, name string) error {
	t, err := n.Table(context.Background(), name)
	if err != nil {
		return err
	}
	return errors.Join(s.compare(t), t.Release())
}

func (s sample) compare(t *Table) error {
	if t.Rows() != int64(s.rows) {
		return fmt.Errorf("%d rows in place of %d", t.Rows(), s.rows)
	}
	if !slices.Equal(t.Fields(), s.fields()) {
		return fmt.Errorf("the columns are %v", t.Fields())
	}
	first := 0
	for chunk := range t.Chunks() {
		for col := range s.fields() {
			a, err := t.Column(context.Background(), chunk, col)
			if err != nil {
				return err
			}
			if a.N != t.ChunkRows(chunk) {
				return fmt.Errorf("chunk %d column %d has %d rows in place of %d", chunk, col, a.N, t.ChunkRows(chunk))
			}
			for i := range a.N {
				if got, want := a.Value(i), s.value(first+i, col); got != want {
					return fmt.Errorf("row %d column %d is %v in place of %v", first+i, col, got, want)
				}
			}
		}
		first += t.ChunkRows(chunk)
	}
	if first != s.rows {
		return fmt.Errorf("the chunks have %d rows in place of %d", first, s.rows)
	}
	return nil
}

// inEveryPlace runs a test on a node in memory, on a simulated disk and in a real directory. reopen closes the node
// and opens it again, where that keeps what is in it.
func inEveryPlace(t *testing.T, test func(t *testing.T, n *Node)) {
	t.Run("memory", func(t *testing.T) { test(t, open(t, Options{})) })
	t.Run("disk", func(t *testing.T) {
		disk := vfstest.NewDisk()
		t.Cleanup(func() {
			if mappings, files := disk.Open(); mappings != 0 || files != 0 {
				t.Errorf("%d mappings and %d files are still open", mappings, files)
			}
		})
		test(t, open(t, Options{Dir: "/data", FS: disk}))
	})
	t.Run("directory", func(t *testing.T) { test(t, open(t, Options{Dir: filepath.Join(t.TempDir(), "data")})) })
}

func open(t *testing.T, o Options) *Node {
	t.Helper()
	n, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
}
