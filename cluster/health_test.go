package cluster

import (
	"context"
	"reflect"
	"testing"
)

func TestHealthTellsOfChunksAndRepair(t *testing.T) {
	m := startMesh(t, 3, 2, true)
	must(t, sample{seed: 1, rows: 60, chunkRows: 2}.load(m.nodes[0], "t"))
	must(t, sample{seed: 2, rows: 0, chunkRows: 2}.load(m.nodes[0], "empty"))
	well := []TableHealth{{Name: "empty", Copies: 2}, {Name: "t", Chunks: 30, Copies: 2}}
	want := func(what string, from int, tables []TableHealth) Health {
		t.Helper()
		h, err := m.nodes[from].Health(t.Context())
		must(t, err)
		if tables != nil && !reflect.DeepEqual(h.Tables, tables) {
			t.Errorf("%s: the tables are %+v, want %+v", what, h.Tables, tables)
		}
		return h
	}
	h := want("at first", 1, well)
	chunks := 0
	for _, n := range h.Nodes {
		chunks += n.Chunks
		if n.Lacks != 0 || n.Err != nil || n.Repair != (Repair{}) {
			t.Errorf("at first a node is %+v", n)
		}
	}
	if chunks != 60 || len(h.Nodes) != 3 {
		t.Errorf("%d nodes have %d chunks", len(h.Nodes), chunks)
	}
	m.kill(1)
	h = want("after a loss", 0, nil)
	few := h.Tables[1].Few
	if few < 15 || few > 25 || h.Tables[1].None != 0 || h.Tables[1].Surplus != 0 {
		t.Errorf("after a loss the table is %+v", h.Tables[1])
	}
	lacks := 0
	for i, n := range []*Node{m.nodes[0], m.nodes[2]} {
		here, err := n.Lacks(t.Context())
		must(t, err)
		if here != h.Nodes[i].Lacks && here != h.Nodes[1-i].Lacks { // by id
			t.Errorf("a node lacks %d chunks, %+v", here, h.Nodes)
		}
		lacks += here
	}
	if lacks != few {
		t.Errorf("%d chunks have too few copies, and nodes lack %d", few, lacks)
	}
	m.repairAll()
	h = want("when repaired", 2, well)
	copied, bytes := 0, int64(0)
	for _, n := range h.Nodes {
		copied += int(n.Repair.AllCopied)
		bytes += n.Repair.AllBytes
		if n.Repair.Running || n.Repair.Failed != "" || n.Lacks != 0 {
			t.Errorf("when repaired a node is %+v", n)
		}
	}
	if copied != few || bytes < int64(few)*100 {
		t.Errorf("%d chunks of %d bytes were copied, want %d", copied, bytes, few)
	}
	m.start(1)
	if h = want("with the node back", 0, nil); h.Tables[1].Surplus != few {
		t.Errorf("with the node back the table is %+v", h.Tables[1])
	}
	m.repairAll()
	want("in the end", 0, well)
	m.kill(0)
	m.kill(1)
	h = want("alone", 2, nil)
	if h.Tables[1].None == 0 || h.Tables[1].Few != 30 {
		t.Errorf("alone the table is %+v", h.Tables[1])
	}
	m.start(0)
	m.start(1)
}

func TestHealthOfOne(t *testing.T) {
	n := open(t, Options{})
	must(t, small.load(n, "t"))
	h, err := n.Health(t.Context())
	must(t, err)
	if len(h.Nodes) != 1 || h.Nodes[0].Chunks != 4 || !reflect.DeepEqual(h.Tables, []TableHealth{{Name: "t", Chunks: 4, Copies: 1}}) {
		t.Errorf("it is %+v", h)
	}
	lacks, err := n.Lacks(t.Context())
	if lacks != 0 || err != nil {
		t.Errorf("it lacks %d chunks, %v", lacks, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = n.Health(ctx)
	wantErr(t, err, context.Canceled)
}

func TestReportReadsBack(t *testing.T) {
	r := report{
		repair: Repair{Running: true, Copied: 1, Bytes: 2, ToCopy: 3, AllCopied: 4, AllBytes: 5, Removed: 6, Failed: "τ"},
		have:   map[string][]byte{"a": {1, 2}, "b": {}},
	}
	got, err := parseReport(r.bytes())
	must(t, err)
	if !reflect.DeepEqual(got, r) {
		t.Errorf("%+v became %+v", r, got)
	}
	for i := range r.bytes() {
		_, err := parseReport(r.bytes()[:i])
		wantErr(t, err, ErrCorrupt)
	}
}

func FuzzReport(f *testing.F) {
	f.Add(report{}.bytes())
	f.Add(report{repair: Repair{ToCopy: 9, Failed: "x"}, have: map[string][]byte{"t": {255}}}.bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := parseReport(b)
		if err != nil {
			return
		}
		again, err := parseReport(r.bytes())
		if err != nil || !reflect.DeepEqual(r, again) {
			t.Errorf("%+v became %+v, %v", r, again, err)
		}
	})
}
