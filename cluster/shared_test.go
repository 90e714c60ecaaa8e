package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eau2db/eau2/cluster/vfs/vfstest"
	"golang.org/x/sync/errgroup"
)

// mesh is nodes of one process, each with a disk of its own or in memory.
type mesh struct {
	*Mesh
	t        *testing.T
	replicas int
	disks    []*vfstest.Disk
	nodes    []*Node // nil where killed
}

// startMesh starts nodes, on disks or in memory.
func startMesh(t *testing.T, nodes, replicas int, disks bool) *mesh {
	m := &mesh{Mesh: NewMesh(), t: t, replicas: replicas, disks: make([]*vfstest.Disk, nodes), nodes: make([]*Node, nodes)}
	for i := range nodes {
		if disks {
			m.disks[i] = vfstest.NewDisk()
		}
		m.start(i)
	}
	t.Cleanup(func() {
		for _, n := range m.nodes {
			if n != nil {
				must(t, n.Close())
			}
		}
	})
	return m
}

// start starts node i, again where it was killed.
func (m *mesh) start(i int) *Node {
	m.t.Helper()
	o := Options{Replicas: m.replicas}
	if m.disks[i] != nil {
		o.Dir, o.FS = dataDir, m.disks[i]
	}
	n, err := Open(context.Background(), o)
	must(m.t, err)
	must(m.t, n.Join(context.Background(), m.Join(fmt.Sprint("n", i))))
	m.nodes[i] = n
	return n
}

// kill cuts node i off, and ends it as a crash would, but for what it keeps in memory.
func (m *mesh) kill(i int) {
	m.t.Helper()
	m.Kill(m.nodes[i].ID())
	must(m.t, m.nodes[i].Close())
	m.nodes[i] = nil
}

func (m *mesh) alive() []*Node {
	return slices.DeleteFunc(slices.Clone(m.nodes), func(n *Node) bool { return n == nil })
}

// each runs f for every combination of places, numbers of nodes and replicas.
func eachMesh(t *testing.T, f func(t *testing.T, m *mesh)) {
	for _, nodes := range []int{1, 2, 3, 5} {
		for _, replicas := range []int{1, 2, 3} {
			for _, disks := range []bool{false, true} {
				t.Run(fmt.Sprintf("%d nodes, %d replicas, disks %v", nodes, replicas, disks), func(t *testing.T) {
					f(t, startMesh(t, nodes, replicas, disks))
				})
			}
		}
	}
}

func TestTableIsTheSameFromEveryNode(t *testing.T) {
	eachMesh(t, func(t *testing.T, m *mesh) {
		for rows := range 4 {
			s := sample{seed: int64(rows), rows: []int{0, 1, 2, 300}[rows], chunkRows: 7}
			name := fmt.Sprint("t", rows)
			must(t, s.load(m.nodes[rows%len(m.nodes)], name))
			for i, n := range m.nodes {
				if err := s.check(n, name); err != nil {
					t.Errorf("node %d: %v", i, err)
				}
			}
		}
	})
}

// copies counts on how many nodes each chunk is.
func (m *mesh) copies(name string) []int {
	var counts []int
	for _, n := range m.alive() {
		tab, err := n.Table(m.t.Context(), name)
		must(m.t, err)
		if counts == nil {
			counts = make([]int, tab.Chunks())
		}
		for i := range counts {
			if tab.content.values.has(i) {
				counts[i]++
			}
		}
		must(m.t, tab.Release())
	}
	return counts
}

func TestChunksHaveTheirReplicas(t *testing.T) {
	eachMesh(t, func(t *testing.T, m *mesh) {
		must(t, sample{seed: 1, rows: 400, chunkRows: 2}.load(m.nodes[0], "t"))
		want := min(m.replicas, len(m.nodes))
		for i, n := range m.copies("t") {
			if n != want {
				t.Errorf("chunk %d is on %d nodes", i, n)
			}
		}
		for i, n := range m.nodes {
			tab, err := n.Table(t.Context(), "t")
			must(t, err)
			here := 0
			for c := range tab.Chunks() {
				if tab.content.values.has(c) {
					here++
				}
			}
			if err := uneven(tab.Chunks()*want, len(m.nodes), here); err != nil {
				t.Errorf("node %d: %v", i, err)
			}
			must(t, tab.Release())
		}
	})
}

func TestLostNodeIsMadeUpForByReplicas(t *testing.T) {
	m := startMesh(t, 3, 2, true)
	s := sample{seed: 1, rows: 300, chunkRows: 7}
	must(t, s.load(m.nodes[0], "t"))
	m.kill(1)
	must(t, s.check(m.nodes[0], "t"))
	must(t, s.check(m.nodes[2], "t"))
	must(t, stepSample(5).load(m.nodes[2], "while away"))
	must(t, m.nodes[0].Rename(t.Context(), "t", "u"))
	m.start(1)
	for _, n := range m.nodes {
		must(t, s.check(n, "u"))
		must(t, stepSample(5).check(n, "while away"))
	}
}

func TestChunkThatNoLiveNodeHasIsAnError(t *testing.T) {
	m := startMesh(t, 3, 1, true)
	s := sample{seed: 1, rows: 300, chunkRows: 7}
	must(t, s.load(m.nodes[0], "t"))
	m.kill(1)
	err := s.check(m.nodes[0], "t")
	wantErr(t, err, ErrNoValue)
	if !strings.Contains(err.Error(), "table t") || !strings.Contains(err.Error(), "chunk") {
		t.Errorf("error is %v", err)
	}
	m.start(1)
	must(t, s.check(m.nodes[0], "t"))
}

func TestDropIsSeenEverywhereAndForEver(t *testing.T) {
	m := startMesh(t, 3, 2, true)
	must(t, stepSample(9).load(m.nodes[0], "t"))
	m.kill(2)
	must(t, m.nodes[1].Drop(t.Context(), "t"))
	m.start(2)
	for _, n := range m.nodes {
		if _, err := n.Table(t.Context(), "t"); !errors.Is(err, ErrNoTable) {
			t.Errorf("error is %v", err)
		}
	}
	must(t, stepSample(8).load(m.nodes[2], "t"))
	for i := range m.nodes {
		m.kill(i)
		m.start(i)
	}
	for i, n := range m.nodes {
		must(t, stepSample(8).check(n, "t"))
		for file := range m.disks[i].Files(dataDir) {
			if strings.HasSuffix(file, temporary) {
				t.Errorf("%s is left", file)
			}
		}
	}
}

func TestNewNodeReadsWhatOthersHave(t *testing.T) {
	m := startMesh(t, 2, 2, false)
	s := sample{seed: 1, rows: 100, chunkRows: 7}
	must(t, s.load(m.nodes[0], "t"))
	m.nodes, m.disks = append(m.nodes, nil), append(m.disks, nil)
	must(t, s.check(m.start(2), "t"))
	must(t, m.nodes[2].Drop(t.Context(), "t"))
	wantErr(t, s.check(m.nodes[0], "t"), ErrNoTable)
}

func TestTablesMadeAloneAreSharedByWhoJoins(t *testing.T) {
	m := &mesh{Mesh: NewMesh(), t: t, replicas: 2, disks: []*vfstest.Disk{vfstest.NewDisk(), nil}, nodes: make([]*Node, 2)}
	alone, err := openDisk(m.disks[0])
	must(t, err)
	s := sample{seed: 1, rows: 100, chunkRows: 7}
	must(t, s.load(alone, "t"))
	must(t, alone.Close())
	for i := range m.nodes {
		defer m.start(i).Close()
	}
	must(t, s.check(m.nodes[1], "t"))
}

func TestNamesGivenApartAreBothKept(t *testing.T) {
	one, two := startMesh(t, 1, 1, true), startMesh(t, 1, 1, true)
	must(t, stepSample(3).load(one.nodes[0], "t"))
	must(t, stepSample(4).load(two.nodes[0], "t"))
	disks := []*vfstest.Disk{one.disks[0], two.disks[0]}
	one.kill(0)
	two.kill(0)
	m := &mesh{Mesh: NewMesh(), t: t, replicas: 1, disks: disks, nodes: make([]*Node, 2)}
	for i := range m.nodes {
		defer m.start(i).Close()
	}
	names := m.nodes[0].Tables()
	if len(names) != 2 || names[0] != "t" || !strings.HasPrefix(names[1], "t@") || !slices.Equal(names, m.nodes[1].Tables()) {
		t.Fatalf("tables are %v and %v", names, m.nodes[1].Tables())
	}
	for _, n := range m.nodes {
		a, b := stepSample(3).check(n, "t"), stepSample(4).check(n, names[1])
		if a != nil {
			a, b = stepSample(4).check(n, "t"), stepSample(3).check(n, names[1])
		}
		must(t, errors.Join(a, b))
	}
}

func TestLoadThatLosesANodeLeavesNothing(t *testing.T) {
	m := startMesh(t, 3, 2, true)
	ctx := t.Context()
	w, err := m.nodes[0].Create(ctx, "t")
	must(t, err)
	chunks, dicts := sample{seed: 1, rows: 300, chunkRows: 7}.arrays()
	var failed error
	for seq, arrays := range chunks {
		if seq == len(chunks)/2 {
			m.kill(1)
		}
		failed = errors.Join(failed, w.Write(ctx, seq, arrays))
	}
	_, err = w.Commit(ctx, sampleFields, dicts)
	if err = errors.Join(failed, err); !errors.Is(err, ErrUnavailable) {
		t.Errorf("error is %v", err)
	}
	m.start(1)
	for i, n := range m.nodes {
		if len(n.Tables()) > 0 {
			t.Errorf("tables %v", n.Tables())
		}
		for file := range m.disks[i].Files(dataDir) {
			if strings.Contains(file, packSuffix) {
				t.Errorf("node %d: %s is left", i, file)
			}
		}
	}
	must(t, sample{seed: 1, rows: 300, chunkRows: 7}.load(m.nodes[0], "t"))
}

func TestOneOfManyGetsAName(t *testing.T) {
	m := startMesh(t, 3, 2, false)
	var g errgroup.Group
	var mu sync.Mutex
	made := 0
	for range 8 {
		g.Go(func() error {
			err := stepSample(3).load(m.nodes[0], "t")
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				made++
				return nil
			}
			if errors.Is(err, ErrTableExists) {
				return nil
			}
			return err
		})
	}
	must(t, g.Wait())
	if made != 1 {
		t.Errorf("%d tables were made", made)
	}
}

func TestValuesAreFoundFromEveryNode(t *testing.T) {
	eachMesh(t, func(t *testing.T, m *mesh) {
		ctx := t.Context()
		for i, home := range m.nodes {
			k := Key{fmt.Sprint("k", i), home.ID()}
			from := m.nodes[(i+1)%len(m.nodes)].Store()
			_, err := from.Get(ctx, k)
			wantErr(t, err, ErrNoValue)
			waiting := make(chan error, len(m.nodes))
			for _, n := range m.nodes {
				go func() {
					v, err := n.Store().GetAndWait(ctx, k)
					if err == nil && string(v) != "value" {
						err = fmt.Errorf("value is %q", v)
					}
					waiting <- err
				}()
			}
			must(t, from.Put(ctx, k, []byte("value")))
			for range m.nodes {
				must(t, <-waiting)
			}
			wantErr(t, from.Put(ctx, k, []byte("other")), ErrValueExists)
			for _, n := range m.nodes {
				v, err := n.Store().Get(ctx, k)
				if err != nil || string(v) != "value" {
					t.Errorf("value %q, %v", v, err)
				}
			}
			if i == 0 && len(m.nodes) > 1 {
				must(t, from.Delete(ctx, k))
				_, err := home.Store().Get(ctx, k)
				wantErr(t, err, ErrNoValue)
			}
		}
	})
}

func TestValueOutlivesItsHome(t *testing.T) {
	m := startMesh(t, 3, 2, false)
	k := Key{"k", m.nodes[1].ID()}
	must(t, m.nodes[0].Store().Put(t.Context(), k, []byte("value")))
	m.kill(1)
	for _, n := range m.alive() {
		v, err := n.Store().GetAndWait(t.Context(), k)
		if err != nil || string(v) != "value" {
			t.Errorf("value %q, %v", v, err)
		}
	}
}

func TestWaitEndsWithItsHome(t *testing.T) {
	m := startMesh(t, 2, 2, false)
	k := Key{"k", m.nodes[1].ID()}
	ended := make(chan error)
	began := make(chan struct{})
	go func() {
		close(began)
		_, err := m.nodes[0].Store().GetAndWait(t.Context(), k)
		ended <- err
	}()
	<-began
	m.kill(1)
	wantErr(t, <-ended, ErrNoNode)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := m.nodes[0].Store().GetAndWait(ctx, Key{Name: "here"})
	wantErr(t, err, context.DeadlineExceeded)
}

func TestChangesMadeAloneAreHeardOf(t *testing.T) {
	m := startMesh(t, 2, 2, true)
	must(t, stepSample(3).load(m.nodes[0], "dropped"))
	must(t, stepSample(4).load(m.nodes[0], "named"))
	m.kill(1)
	alone, err := openDisk(m.disks[1])
	must(t, err)
	must(t, stepSample(3).check(alone, "dropped"))
	must(t, alone.Drop(t.Context(), "dropped"))
	must(t, alone.Rename(t.Context(), "named", "renamed"))
	must(t, stepSample(5).load(alone, "new"))
	must(t, alone.Close())
	m.start(1)
	for i, n := range m.nodes {
		if got := n.Tables(); !slices.Equal(got, []string{"new", "renamed"}) {
			t.Errorf("node %d has the tables %v", i, got)
		}
		must(t, stepSample(4).check(n, "renamed"))
		must(t, stepSample(5).check(n, "new"))
	}
}

func TestPartOfATableSaysThatItIsOne(t *testing.T) {
	m := startMesh(t, 3, 1, true)
	must(t, sample{seed: 1, rows: 300, chunkRows: 7}.load(m.nodes[0], "t"))
	m.kill(1)
	alone, err := openDisk(m.disks[1])
	must(t, err)
	err = sample{seed: 1, rows: 300, chunkRows: 7}.check(alone, "t")
	if !errors.Is(err, ErrNoValue) || !strings.Contains(err.Error(), "one of a cluster") {
		t.Errorf("error is %v", err)
	}
	must(t, alone.Close())
	m.start(1)
}

// Other nodes may have the entry of a table already, and ask for its chunks, while this one takes it over.
func TestTableStaysWhileItIsTakenOver(t *testing.T) {
	n := startMesh(t, 1, 1, false).nodes[0]
	for i := range 300 {
		id := newID()
		e := n.made(id, fmt.Sprint("t", i))
		must(t, n.prepare(newStored(id, n, nil)))
		merged := make(chan error, 1)
		go func() { merged <- n.merge([]Entry{e}) }()
		for asking := true; asking; {
			select {
			case err := <-merged:
				must(t, err)
				asking = false
			default:
			}
			s, _, err := n.findID(id)
			must(t, err)
			must(t, s.release())
		}
	}
}
