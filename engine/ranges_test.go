package engine

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/eau2db/eau2/cluster"
)

// randomSoR is text of rows, some of them malformed, of mixed types or too wide, and ended in several ways.
func randomSoR(r *rand.Rand, rows int) string {
	var b strings.Builder
	end := []string{"\n", "\r\n"}[r.IntN(2)]
	oddness := []int{0, 1, 5}[r.IntN(3)]
	odd := func() bool { return r.IntN(100) < oddness }
	distinct := 1 + r.IntN(1+rows/2)
	for i := range rows {
		switch {
		case odd():
			b.WriteString([]string{"<1><\n", "no row", "", "<\"a", "<<>>"}[r.IntN(5)] + end)
			continue
		case odd():
			fmt.Fprintf(&b, "<x%d><not a number><><><>", r.IntN(9))
		}
		fmt.Fprintf(&b, "<%d> <%d>", i, r.IntN(2))
		if odd() {
			b.WriteString("<\"several words\">")
		} else {
			fmt.Fprintf(&b, "<%.3f>", r.Float64())
		}
		if r.IntN(10) == 0 {
			b.WriteString("<>")
		} else {
			fmt.Fprintf(&b, "<\"word %d>\">", r.IntN(distinct))
		}
		fmt.Fprintf(&b, "<unique%d>%s", r.Uint64(), end)
	}
	if r.IntN(2) == 0 {
		return strings.TrimRight(b.String(), "\r\n")
	}
	return b.String()
}

// loaded is what a load comes to.
type loaded struct {
	report LoadReport
	err    string
	table  string // all rows, in order
}

func loadAs(t *testing.T, e *Engine, path string, o LoadOptions) loaded {
	t.Helper()
	var l loaded
	o.Report = &l.report
	if _, err := e.Load(t.Context(), "t", path, o); err != nil {
		return loaded{err: err.Error()}
	}
	l.table = result(t, e, "SELECT * FROM t", false)
	if _, err := e.Query(t.Context(), "DROP TABLE t"); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestNodesLoadTogetherWhatOneLoadsAlone(t *testing.T) {
	for seed := range uint64(15) {
		r := rand.New(rand.NewPCG(seed, 7))
		rows := []int{0, 1, 3, 40, 300, 900}[r.IntN(6)]
		path := write(t, "t.sor", randomSoR(r, rows))
		one := open(t, Options{Threads: 2})
		n := 1 + r.IntN(5)
		nodes := openNodes(t, n, Options{Threads: 1 + r.IntN(2), replicas: 1 + r.IntN(2)})
		for _, e := range nodes {
			e.rangeBytes, e.chunkRows = 1, 1+r.IntN(100)
		}
		for range 3 {
			o := LoadOptions{}
			if r.IntN(3) == 0 {
				o.From = int64(r.IntN(50 * (rows + 1)))
			}
			if r.IntN(3) == 0 {
				o.Len = 1 + int64(r.IntN(50*(rows+1)))
			}
			if r.IntN(3) == 0 {
				o.Columns = []LoadColumn{{Name: "row"}, {Name: "b", Type: String, Typed: true}, {Name: "c", Type: Int, Typed: r.IntN(2) == 0}}
			}
			if r.IntN(4) == 0 {
				o.OnError = FailLoad
			}
			if r.IntN(2) == 0 {
				o.OnMismatch = MismatchSkip
				if r.IntN(3) == 0 {
					o.OnMismatch = MismatchFail
				}
			}
			o.Sample = []int{0, 5, -1}[r.IntN(3)]
			want := loadAs(t, one, path, o)
			together := o
			together.FromAll = true
			for _, e := range []*Engine{nodes[0], nodes[n-1]} {
				if got := loadAs(t, e, path, together); !reflect.DeepEqual(got, want) {
					t.Fatalf("seed %d, %d nodes, options %+v give\n%+v\n%s\n%.300s\nwant\n%+v\n%s\n%.300s", seed, n, o,
						got.report, got.err, got.table, want.report, want.err, want.table)
				}
			}
		}
	}
}

// The dictionary of a column is one, whoever has read its chunks.
func TestChunksOfAllNodesShareADictionary(t *testing.T) {
	nodes := openNodes(t, 3, Options{Threads: 2, replicas: 1})
	var b strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&b, "<%d><\"word %d\">\n", i, i%700)
	}
	path := write(t, "t.sor", b.String())
	for _, e := range nodes {
		e.rangeBytes, e.chunkRows = 1, 100
	}
	if _, err := nodes[1].Load(t.Context(), "t", path, LoadOptions{FromAll: true}); err != nil {
		t.Fatal(err)
	}
	table, err := nodes[2].node.Table(t.Context(), "t")
	if err != nil {
		t.Fatal(err)
	}
	defer table.Release()
	d, err := table.Dict(t.Context(), 1)
	if err != nil || d == nil || d.Len() != 700 {
		t.Fatalf("dictionary %v, %v", d, err)
	}
	for i, node := range nodes {
		got := fmt.Sprint(mustQuery(t, node, "SELECT c1, COUNT(*) FROM t WHERE c1 IN ('word 5', 'word 699') GROUP BY c1 ORDER BY c1"))
		if got != "[[word 5 5] [word 699 4]]" {
			t.Errorf("node %d gives %s", i, got)
		}
	}
}

func TestFilesThatNodesSeeDifferently(t *testing.T) {
	text := strings.Repeat("<1><a>\n", 1000)
	for name, c := range map[string]struct {
		there func(path string) error // changes what other nodes see
		want  []string
	}{
		"none":     {os.Remove, []string{"node node", "no such file"}},
		"longer":   {func(p string) error { return os.WriteFile(p, []byte(text+"<2><b>\n"), 0o600) }, []string{"has 7007 bytes here, and 7000 at node node0"}},
		"contents": {func(p string) error { return os.WriteFile(p, []byte("<2"+text[2:]), 0o600) }, []string{"has other contents here than at node node0"}},
		"a folder": {func(p string) error { return errors.Join(os.Remove(p), os.Mkdir(p, 0o700)) }, []string{"it is a directory"}},
	} {
		nodes := openNodes(t, 3, Options{Threads: 1, replicas: 2})
		nodes[0].rangeBytes = 1
		path := write(t, "t.sor", text)
		for _, e := range nodes[1:] {
			e.node.Handle(kindRange, func(ctx context.Context, request []byte, out func([]byte) error) error {
				other := filepath.Join(t.TempDir(), "t.sor")
				if err := errors.Join(os.WriteFile(other, []byte(text), 0o600), c.there(other)); err != nil {
					return err
				}
				var q rangeRequest
				if err := decode(request, &q); err != nil {
					return err
				}
				q.Path = []byte(other)
				return e.serveRange(ctx, encode(q), out)
			})
		}
		got := loadAs(t, nodes[0], path, LoadOptions{FromAll: true}).err
		for _, want := range append(c.want, "load "+path, "node node") {
			if !strings.Contains(got, want) {
				t.Errorf("%s: error is %q, want %q", name, got, want)
			}
		}
		wantNothing(t, nodes)
	}
}

// wantNothing makes sure that no node has a table, or anything left of one.
func wantNothing(t *testing.T, nodes []*Engine) {
	t.Helper()
	for i, e := range nodes {
		if tables := e.Tables(); len(tables) > 0 {
			t.Errorf("node %d has %v", i, tables)
		}
		if e.opt.Dir == "" {
			continue
		}
		files, err := filepath.Glob(filepath.Join(e.opt.Dir, "*.pack*"))
		if err != nil || len(files) > 0 {
			t.Errorf("node %d has %v, %v", i, files, err)
		}
	}
}

// directories are nodes with one each.
func directories(t *testing.T, n int) ([]*Engine, *cluster.Mesh) {
	mesh := cluster.NewMesh()
	var nodes []*Engine
	for i := range n {
		e := open(t, Options{Dir: t.TempDir(), Threads: 2, replicas: 2, mesh: mesh.Join(fmt.Sprint("node", i))})
		e.folders = folders{"/"}
		e.rangeBytes, e.chunkRows = 1, 20
		nodes = append(nodes, e)
	}
	return nodes, mesh
}

// A node that is lost, or gives up, at any point of its part, ends the load, and nothing is left anywhere.
func TestNodeLostWhileItLoadsItsRangeLeavesNothing(t *testing.T) {
	path := write(t, "t.sor", randomSoR(rand.New(rand.NewPCG(1, 1)), 2000))
	for name, answer := range map[string]func(mesh *cluster.Mesh, e *Engine, block int) error{
		"lost": func(mesh *cluster.Mesh, e *Engine, _ int) error {
			mesh.Kill(e.node.ID())
			return cluster.ErrUnavailable
		},
		"fails": func(*cluster.Mesh, *Engine, int) error { return errors.New("disk full") },
	} {
		for _, at := range []int{0, 1, 2, 3, 4, 5, 100} {
			if name == "fails" && at > 1 {
				continue
			}
			nodes, mesh := directories(t, 4)
			e, blocks := nodes[2], 0
			e.node.Handle(kindRange, func(ctx context.Context, request []byte, out func([]byte) error) error {
				if at == 0 {
					return answer(mesh, e, 0)
				}
				return e.serveRange(ctx, request, func(b []byte) error {
					if blocks++; blocks == at {
						return answer(mesh, e, at)
					}
					return out(b)
				})
			})
			got := loadAs(t, nodes[0], path, LoadOptions{FromAll: true})
			if at <= 4 != strings.Contains(got.err, "node node2") || got.err == "" && at <= blocks {
				t.Errorf("%s at block %d of %d: error is %q", name, at, blocks, got.err)
			}
			wantNothing(t, nodes)
		}
	}
}

// The node that was asked is lost.
func TestCoordinatorLostWhileNodesLoadLeavesNothing(t *testing.T) {
	path := write(t, "t.sor", randomSoR(rand.New(rand.NewPCG(1, 1)), 2000))
	for _, kind := range []string{kindRange, kindCodes} {
		nodes, mesh := directories(t, 4)
		kill := func() { mesh.Kill(nodes[0].node.ID()) }
		if kind == kindRange {
			nodes[1].node.Handle(kindRange, func(ctx context.Context, request []byte, out func([]byte) error) error {
				return nodes[1].serveRange(ctx, request, func(b []byte) error { kill(); return out(b) })
			})
		} else {
			nodes[0].node.Handle(kindCodes, func(ctx context.Context, request []byte, out func([]byte) error) error {
				return nodes[0].serveCodes(ctx, request, func(b []byte) error { kill(); return out(b) })
			})
		}
		if got := loadAs(t, nodes[0], path, LoadOptions{FromAll: true}); got.err == "" {
			t.Errorf("%s: the load succeeds", kind)
		}
		for _, e := range nodes {
			if err := e.Leave(); err != nil { // waits for what the others still do
				t.Error(err)
			}
		}
		wantNothing(t, nodes)
	}
}

func TestCancelledLoadOfAllNodesEndsEverywhere(t *testing.T) {
	path := write(t, "t.sor", randomSoR(rand.New(rand.NewPCG(1, 1)), 2000))
	for at := range 4 {
		nodes, _ := directories(t, 3)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		nodes[1].node.Handle(kindRange, func(rctx context.Context, request []byte, out func([]byte) error) error {
			blocks := 0
			err := nodes[1].serveRange(rctx, request, func(b []byte) error {
				if blocks++; blocks > at {
					cancel()
					<-rctx.Done()
				}
				return out(b)
			})
			ended <- err
			return err
		})
		if _, err := nodes[0].Query(ctx, "LOAD '"+path+"' INTO t WITH (from_all=true)"); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
		if err := <-ended; err == nil {
			t.Error("the range ends well")
		}
		cancel()
		for _, e := range nodes {
			e.Leave()
		}
		wantNothing(t, nodes)
	}
}

// The row that ends a load is the first one in the file, whichever node is the first to meet one; nobody waits for nodes
// that are behind it.
func TestTheFirstBadRowEndsTheLoad(t *testing.T) {
	var b strings.Builder
	for i := range 400 {
		if i == 150 || i == 350 { // of ranges 1 and 3
			b.WriteString("<bad\n")
		}
		fmt.Fprintf(&b, "<%06d>\n", i)
	}
	path := write(t, "t.sor", b.String())
	for name, wait := range map[string]func(ctx context.Context, index int, third <-chan struct{}){
		"the last node is first": func(ctx context.Context, index int, third <-chan struct{}) {
			if index == 1 || index == 2 {
				<-third
			}
		},
		"the last node is still reading": func(ctx context.Context, index int, _ <-chan struct{}) {
			if index > 1 {
				<-ctx.Done()
			}
		},
	} {
		nodes := openNodes(t, 4, Options{Threads: 1, replicas: 1})
		third := make(chan struct{})
		for _, e := range nodes {
			e.rangeBytes = 1
			e.node.Handle(kindRange, func(ctx context.Context, request []byte, out func([]byte) error) error {
				var q rangeRequest
				if err := decode(request, &q); err != nil {
					return err
				}
				wait(ctx, q.Index, third)
				err := e.serveRange(ctx, request, out)
				if q.Index == 3 {
					close(third)
				}
				return err
			})
		}
		got := loadAs(t, nodes[0], path, LoadOptions{FromAll: true, OnError: FailLoad})
		want := loadAs(t, open(t, Options{}), path, LoadOptions{OnError: FailLoad})
		if got.err != want.err || !strings.Contains(got.err, "line 151 ") {
			t.Errorf("%s: error is %q, want %q", name, got.err, want.err)
		}
	}
}

// Nodes that do not answer as nodes do make the load fail, and are named.
func TestBadAnswersOfARange(t *testing.T) {
	path := write(t, "t.sor", strings.Repeat("<1><a>\n<0><b>\n", 200))
	note := func(r rangeRead) []byte { return encode(rangeNote{Read: &r}) }
	report := &LoadReport{Mismatches: []int64{0, 0}}
	for name, blocks := range map[string][][]byte{
		"nothing":                 {},
		"garbage":                 {[]byte("garbage")},
		"a note of nothing":       {[]byte("{}")},
		"no report":               {note(rangeRead{Chunks: 1})},
		"few chunks":              {note(rangeRead{Report: report, Chunks: -1})},
		"no part":                 {note(rangeRead{Report: report, Chunks: 1})},
		"a bad part":              {note(rangeRead{Report: report, Chunks: 1}), []byte("part")},
		"two parts":               {note(rangeRead{Report: report, Chunks: 1}), []byte("part"), []byte("part")},
		"a part of nothing":       {note(rangeRead{Report: report}), []byte("part")},
		"no dictionary":           {note(rangeRead{Report: report, Dicts: []int{1}})},
		"a bad dictionary":        {note(rangeRead{Report: report, Dicts: []int{1}}), []byte("dict")},
		"a dictionary of numbers": {note(rangeRead{Report: report, Dicts: []int{0}}), []byte("dict")},
		"of no column":            {note(rangeRead{Report: report, Dicts: []int{2}}), []byte("dict")},
		"of a negative column":    {note(rangeRead{Report: report, Dicts: []int{-1}}), []byte("dict")},
		"a report of one column":  {note(rangeRead{Report: &LoadReport{Mismatches: []int64{0}}})},
	} {
		nodes, _ := directories(t, 2)
		nodes[1].node.Handle(kindRange, func(_ context.Context, _ []byte, out func([]byte) error) error {
			for _, b := range blocks {
				if err := out(b); err != nil {
					return err
				}
			}
			return nil
		})
		if got := loadAs(t, nodes[0], path, LoadOptions{FromAll: true}); got.err == "" {
			t.Errorf("%s: the load succeeds", name)
		}
		wantNothing(t, nodes)
	}
	nodes, _ := directories(t, 2)
	for _, blocks := range [][]string{{}, {""}, {"\x80"}, {"\x01x"}, {"\x01"}, {"\x01", "abc"}, {"\x01", strings.Repeat("\x00", 8), ""}} {
		nodes[0].node.Handle(kindCodes, func(_ context.Context, _ []byte, out func([]byte) error) error {
			for _, b := range blocks {
				if err := out([]byte(b)); err != nil {
					return err
				}
			}
			return nil
		})
		if got := loadAs(t, nodes[0], path, LoadOptions{FromAll: true}); !strings.Contains(got.err, errAnswer.Error()) {
			t.Errorf("codes %q: error is %q", blocks, got.err)
		}
	}
	for _, request := range []string{"", "{}", `{"load":"x","index":1}`} {
		ctx := t.Context()
		err := nodes[0].node.Fetch(ctx, nodes[1].node.Self(), kindCodes, []byte(request), func([]byte) error { return nil })
		rerr := nodes[0].node.Fetch(ctx, nodes[1].node.Self(), kindRange, []byte(request), func([]byte) error { return nil })
		if err == nil || rerr == nil {
			t.Errorf("request %q succeeds", request)
		}
	}
	wantNothing(t, nodes)
}

func FuzzRequestOfARange(f *testing.F) {
	path := filepath.Join(f.TempDir(), "t.sor")
	if err := os.WriteFile(path, []byte("<1>\n<2>\n"), 0o600); err != nil {
		f.Fatal(err)
	}
	e := open(f, Options{})
	e.folders = folders{filepath.Dir(path)}
	f.Add([]byte(`{"schema":{"Fields":[{"Name":"a","Type":1}],"Typed":[true],"RowBytes":4}}`))
	f.Add([]byte(`{"schema":{}}`))
	f.Fuzz(func(t *testing.T, request []byte) {
		var q rangeRequest
		if decode(request, &q) == nil {
			q.Path = []byte(path) // no other file
			q.ChunkRows = min(q.ChunkRows, 1<<20)
			in, err := q.open(t.Context(), e.folders)
			if err == nil {
				in.Close()
			}
			q.Print.Size, request = 8, encode(q)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_ = e.serveRange(ctx, request, func([]byte) error { return nil })
		_ = e.serveCodes(ctx, request, func([]byte) error { return nil })
	})
}

// Files that cannot be cut are read by the node that is asked, and small ones, too.
func TestFilesThatOneNodeReads(t *testing.T) {
	nodes := openNodes(t, 3, Options{replicas: 1})
	for _, e := range nodes[1:] {
		e.node.Handle(kindRange, func(context.Context, []byte, func([]byte) error) error {
			t.Error("a node is asked for a range")
			return nil
		})
	}
	path := write(t, "t.sor", "<1>\n<2>\n")
	got := result(t, nodes[0], "LOAD '"+path+"' INTO t WITH (from_all=true)", false)
	if !strings.Contains(got, "t: 2 rows loaded") || strings.Contains(got, "warning") {
		t.Errorf("LOAD gives %s", got)
	}
	nodes[0].rangeBytes = 1
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte("<1>\n<2>\n")); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	path = write(t, "t.sor.gz", packed.String())
	got = result(t, nodes[0], "LOAD '"+path+"' INTO u WITH (from_all=true)", false)
	if !strings.Contains(got, "u: 2 rows loaded") || !strings.Contains(got, "warning: "+path+" was read by one node") {
		t.Errorf("LOAD gives %s", got)
	}
	alone := open(t, Options{})
	got = result(t, alone, "LOAD '"+path+"' INTO u WITH (from_all=true)", false)
	if strings.Contains(got, "warning") {
		t.Errorf("LOAD by a node that is alone gives %s", got)
	}
}

// A client's LOAD can be of files of the node, which are not the client's.
func TestAClientLoadsFilesOfNodes(t *testing.T) {
	nodes := openNodes(t, 3, Options{Threads: 1, replicas: 1})
	for _, e := range nodes {
		e.rangeBytes, e.chunkRows = 1, 10
	}
	path := write(t, "t.sor", strings.Repeat("<1><a>\n<x\n", 100))
	served := ServeOptions{Files: []string{filepath.Dir(path)}}
	c := connect(t, nodes[1], served)
	for i, option := range []string{"from_node=true", "from_all=true", "from_all=true, from_node=false"} {
		table := fmt.Sprint("t", i)
		stmt := "LOAD '" + path + "' INTO " + table + " WITH (" + option + ")"
		rows, err := c.Query(t.Context(), stmt)
		if err != nil {
			t.Fatal(err)
		}
		if got := rows.Message(); got != table+": 100 rows loaded" || len(rows.Warnings()) != 21 {
			t.Errorf("%s: %s %q", option, got, rows.Warnings())
		}
		rows.Close()
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("-", []byte("<1>\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ stmt, want string }{
		{"LOAD '-' INTO u WITH (from_node=true)", "- is standard input"},
		{"LOAD '-' INTO u WITH (from_all=true)", "- is standard input"},
		{"LOAD 'none.sor' INTO u WITH (from_node=true)", "line 1, column 6: open none.sor: there is no such file"},
		{"LOAD 'none.sor' INTO u WITH (from_all=true)", "line 1, column 6: open none.sor: there is no such file"},
		{"LOAD '" + path + "' INTO u WITH (from_all=true, on_error=fail)", "load " + path + ": read " + path + ": line 2 (byte 7): "},
		{"LOAD '" + path + "' INTO t1 WITH (from_all=true)", "table t1 exists already"},
	} {
		_, err := connect(t, nodes[2], served).Query(t.Context(), c.stmt)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want %s", c.stmt, err, c.want)
		}
	}
}

func TestProgressOfALoadOfAllNodesIsTheirSum(t *testing.T) {
	nodes := openNodes(t, 3, Options{Threads: 1, replicas: 1})
	text := strings.Repeat("<1><\"a word\">\n", 5000)
	path := write(t, "t.sor", text)
	nodes[0].rangeBytes = 1
	var last Progress
	ctx := context.WithValue(t.Context(), progressKey{}, func(p Progress) {
		if p.Bytes < last.Bytes || p.Rows < last.Rows {
			last.Statement = "less than before"
			return
		}
		last = p
	})
	if _, err := nodes[0].Query(ctx, "LOAD '"+path+"' INTO t WITH (from_all=true, sample=all)"); err != nil {
		t.Fatal(err)
	}
	want := Progress{Statement: "LOAD", Bytes: 2 * int64(len(text)), Total: 2 * int64(len(text)), Rows: 5000}
	last.Elapsed = 0
	if last != want {
		t.Errorf("progress is %+v, want %+v", last, want)
	}
}
