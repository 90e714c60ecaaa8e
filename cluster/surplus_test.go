package cluster

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/eau2db/eau2/cluster/vfs/vfstest"
)

// grow starts one node more.
func (m *mesh) grow(disk bool) *Node {
	m.t.Helper()
	m.nodes, m.disks = append(m.nodes, nil), append(m.disks, nil)
	if disk {
		m.disks[len(m.disks)-1] = vfstest.NewDisk()
	}
	return m.start(len(m.nodes) - 1)
}

// packBytes is how much of a disk is packs.
func packBytes(disk *vfstest.Disk) (n int) {
	for file, b := range disk.Files(dataDir) {
		if strings.HasSuffix(file, packSuffix) {
			n += len(b)
		}
	}
	return n
}

func TestSurplusGoesWhenTheHomesHaveIt(t *testing.T) {
	for _, disks := range []bool{true, false} {
		m := startMesh(t, 3, 2, disks)
		s := sample{seed: 1, rows: 400, chunkRows: 7}
		for _, n := range m.nodes {
			if disks {
				n.place.(*directory).packSize = 8 << 10 // several packs
			}
		}
		must(t, s.load(m.nodes[0], "t"))
		before := m.copies("t")
		m.grow(disks)
		bytes := 0
		for _, n := range m.nodes[:3] {
			wantErr(t, n.repair.all(), errUnconfirmed)
			if disks {
				bytes += packBytes(m.disks[slices.Index(m.nodes, n)])
			}
		}
		for i, n := range m.copies("t") {
			if n < before[i] {
				t.Fatalf("chunk %d is on %d nodes, was on %d, and the new one has nothing", i, n, before[i])
			}
		}
		must(t, m.nodes[3].repair.all())
		m.repairAll()
		for i, n := range m.copies("t") {
			if n != 2 {
				t.Errorf("chunk %d is on %d nodes", i, n)
			}
		}
		for _, n := range m.nodes {
			must(t, s.check(n, "t"))
		}
		if !disks {
			continue
		}
		for _, d := range m.disks[:3] {
			bytes -= packBytes(d)
		}
		if bytes <= 0 {
			t.Errorf("the packs have grown by %d bytes", -bytes)
		}
		for i := range m.nodes { // what is on disk is what was in memory
			m.kill(i)
		}
		for i := range m.nodes {
			m.start(i)
		}
		m.wantHomes()
		for _, n := range m.nodes {
			must(t, s.check(n, "t"))
		}
	}
}

func TestNothingIsSurplusWhereNodesAreFew(t *testing.T) {
	m := startMesh(t, 3, 3, true)
	s := sample{seed: 1, rows: 100, chunkRows: 7}
	must(t, s.load(m.nodes[0], "t"))
	m.kill(1)
	m.repairAll()
	m.kill(2)
	m.repairAll()
	must(t, s.check(m.nodes[0], "t"))
	if n := m.nodes[0].Progress().Removed; n != 0 {
		t.Errorf("%d chunks were removed", n)
	}
}

// A query that has begun reads on what it holds; the mapping goes with it.
func TestHeldTableKeepsWhatIsRemoved(t *testing.T) {
	m := startMesh(t, 2, 1, true)
	s := sample{seed: 1, rows: 400, chunkRows: 7}
	must(t, s.load(m.nodes[0], "t"))
	held, err := m.nodes[0].Table(t.Context(), "t")
	must(t, err)
	again, err := held.Acquire()
	must(t, err)
	mapped, _ := m.disks[0].Open()
	m.grow(true)
	m.repairAll()
	if m.nodes[0].Progress().Removed == 0 {
		t.Fatal("nothing was removed")
	}
	more, _ := m.disks[0].Open()
	if more <= mapped {
		t.Errorf("%d mappings, there were %d", more, mapped)
	}
	m.nodes[0].remote.node = nil // it must not ask others
	for i := range held.Chunks() {
		if held.content.values.has(i) {
			_, err := held.Column(t.Context(), i, 0)
			must(t, err)
		}
	}
	m.nodes[0].remote.node = m.nodes[0]
	must(t, held.Release())
	must(t, s.compare(again))
	must(t, again.Release())
	packs := 0
	for file := range m.disks[0].Files(dataDir) {
		if strings.HasSuffix(file, packSuffix) {
			packs++
		}
	}
	if after, _ := m.disks[0].Open(); after != packs {
		t.Errorf("%d mappings stay of %d packs", after, packs)
	}
}

func TestTableThatIsDroppedWhileItIsRepairedLeavesNothing(t *testing.T) {
	m := startMesh(t, 2, 1, true)
	must(t, sample{seed: 1, rows: 400, chunkRows: 7}.load(m.nodes[0], "t"))
	m.grow(true)
	must(t, m.nodes[2].repair.all())
	var drop sync.Once
	m.disks[0].Fail(func(o vfstest.Op) error {
		if o.Kind == "rename" && strings.HasSuffix(o.To, packSuffix) {
			drop.Do(func() {
				e, _ := m.nodes[0].entry(m.nodes[0].catalogue.id("t"))
				e.Dropped = true
				for _, n := range m.nodes[1:] {
					must(t, n.merge([]Entry{e}))
				}
				// On this node the drop waits for the disk, which waits here: it comes right after.
				go func() { _ = m.nodes[0].merge([]Entry{e}) }()
			})
		}
		return nil
	})
	for len(m.nodes[0].Tables()) > 0 {
		_ = m.nodes[0].repair.all()
	}
	_ = m.nodes[0].repair.all()
	for i, d := range m.disks {
		if n := packBytes(d); n > 0 {
			t.Errorf("node %d has %d bytes of packs", i, n)
		}
	}
}

// aloneTable opens a disk with a table in several packs.
func aloneTable(t *testing.T, disk *vfstest.Disk, s sample) (*Node, *stored) {
	t.Helper()
	n, err := openDisk(disk)
	must(t, err)
	n.place.(*directory).packSize = 2 << 10
	must(t, s.load(n, "t"))
	return n, n.tables[n.catalogue.id("t")]
}

// A crash in the middle of a removal leaves each chunk that was to go whole or gone, and everything else as it was.
func TestCrashWhileChunksAreRemoved(t *testing.T) {
	s := sample{seed: 1, rows: 24, chunkRows: 2}
	for name, goes := range map[string]map[int]bool{
		"some": {1: true, 2: true, 7: true},
		"all":  {0: true, 1: true, 2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true, 9: true, 10: true, 11: true},
	} {
		t.Run(name, func(t *testing.T) {
			for change, crashed := 0, true; crashed; change++ {
				disk := vfstest.NewDisk()
				n, st := aloneTable(t, disk, s)
				c, err := st.loadHere()
				must(t, err)
				died := dieAt(disk, change)
				v, err := n.place.shrink(st.id, c.values, goes)
				crashed = died()
				if crashed {
					wantErr(t, err, vfstest.ErrCrashed)
				} else {
					must(t, err)
					must(t, v.close())
				}
				for _, l := range losses {
					after := disk.Clone().Crash(l.kind, rand.New(rand.NewPCG(l.seed, uint64(change))))
					wantWithout(t, after, s, goes, !crashed)
				}
				disk.Fail(nil)
				must(t, c.release())
				must(t, n.Close())
			}
		})
	}
}

// wantWithout checks a table of which some chunks may be gone, or must be.
func wantWithout(t *testing.T, disk *vfstest.Disk, s sample, goes map[int]bool, gone bool) {
	t.Helper()
	n, err := openDisk(disk)
	must(t, err)
	defer n.Close()
	tab, err := n.Table(t.Context(), "t")
	must(t, err)
	defer tab.Release()
	first := 0
	for i := range tab.Chunks() {
		has := tab.content.values.has(i)
		if !has && !goes[i] || has && goes[i] && gone {
			t.Fatalf("chunk %d: it is there: %v", i, has)
		}
		for col := range s.fields() {
			a, err := tab.Column(t.Context(), i, col)
			if !has {
				wantErr(t, err, ErrNoValue)
				continue
			}
			must(t, err)
			for k := range a.N {
				if a.Value(k) != s.value(first+k, col) {
					t.Fatalf("chunk %d has another value", i)
				}
			}
		}
		first += tab.ChunkRows(i)
	}
	for file := range disk.Files(dataDir) {
		if strings.HasSuffix(file, temporary) {
			t.Fatalf("%s is left", file)
		}
	}
}

// copyLacks copies what a node lacks, and removes nothing.
func (n *Node) copyLacks() error {
	n.repair.members, n.repair.right = n.Members(), map[string]bool{}
	tables, err := n.repair.tables()
	for _, t := range tables {
		if len(t.lacks) > 0 {
			err = also(err, n.repair.copy(t.Table, t.lacks))
		}
		err = also(err, t.Release())
	}
	n.repair.right = map[string]bool{}
	return err
}

// A removal that fails is done again, and until then nobody counts on what it was to remove.
func TestRemovalThatFailsIsDoneAgain(t *testing.T) {
	for _, kind := range []string{"create", "write", "sync", "rename", "remove", "syncdir", "map"} {
		m := startMesh(t, 2, 1, true)
		if kind == "remove" { // packs of one chunk go whole
			m.nodes[0].place.(*directory).packSize = 1 << 10
		}
		s := sample{seed: 1, rows: 160, chunkRows: 2}
		must(t, s.load(m.nodes[0], "t"))
		m.grow(true)
		for _, n := range m.nodes {
			must(t, n.copyLacks())
		}
		var once sync.Once
		broken := errors.New("broken")
		m.disks[0].Fail(func(o vfstest.Op) (err error) {
			if o.Kind == kind {
				once.Do(func() { err = broken })
			}
			return err
		})
		err := m.nodes[0].repair.all()
		if !errors.Is(err, broken) {
			t.Fatalf("%s: error is %v", kind, err)
		}
		b, err := m.nodes[0].keeps(m.nodes[0].catalogue.id("t"))
		must(t, err)
		tab, err := m.nodes[0].Table(t.Context(), "t")
		must(t, err)
		e, _ := m.nodes[0].entry(tab.ID())
		_, surplus := m.nodes[0].misplaced(tab, newPlacement(tab.ID(), m.nodes[0].Members(), e.Replicas))
		for _, i := range surplus {
			if b[i/8]>>(i%8)&1 == 1 {
				t.Errorf("%s: chunk %d is promised to stay", kind, i)
			}
		}
		must(t, tab.Release())
		m.repairAll()
		m.kill(0)
		m.start(0)
		m.wantHomes()
		must(t, s.check(m.nodes[0], "t"))
	}
}

// viewed is a network whose node sees the members that it is told.
type viewed struct {
	Network
	mu      sync.Mutex
	members []Member
	late    func() // before a question is asked
	heard   func() // when it was answered
}

func (v *viewed) Members() []Member {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.members
}

func (v *viewed) Call(ctx context.Context, node, kind string, request []byte) ([]byte, error) {
	if v.late != nil {
		v.late()
	}
	b, err := v.Network.Call(ctx, node, kind, request)
	if v.heard != nil {
		v.heard()
	}
	return b, err
}

func (v *viewed) see(members ...Member) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.members = members
}

// view makes a node see what it is told, and repair by itself no more.
func (m *mesh) view(i int) *viewed {
	n := m.nodes[i]
	n.repair.close()
	v := &viewed{Network: n.net, members: n.net.Members()}
	n.net = v
	return v
}

// One node has confirmed a copy to another and then finds that the other is the home: it must not count on it.
func TestCopyThatIsAboutToGoIsNotCountedOn(t *testing.T) {
	m := startMesh(t, 1, 1, false)
	s := sample{seed: 1, rows: 60, chunkRows: 2}
	must(t, s.load(m.nodes[0], "t"))
	m.grow(false)
	must(t, m.nodes[1].copyLacks())
	stays, goes := m.view(0), m.view(1)
	both, first := stays.Members(), m.nodes[0].Self()
	repair := func(i int) error {
		r := &repairer{node: m.nodes[i], news: m.nodes[i].repair.news, ctx: t.Context()}
		return r.all()
	}
	stays.see(first)
	goes.see(first)
	var other error
	goes.heard = func() {
		stays.see(both...)
		goes.see(both...)
		other = repair(0)
	}
	if err := repair(1); !errors.Is(err, errMembersChanged) {
		t.Errorf("error is %v", err)
	}
	wantErr(t, other, errUnconfirmed)
	for i, copies := range m.copies("t") {
		if copies != 1 {
			t.Errorf("chunk %d is on %d nodes", i, copies)
		}
	}
	must(t, repair(1))
	must(t, repair(0))
	m.wantHomes()
	must(t, s.check(m.nodes[1], "t"))
}

// Whatever each node sees of the others, and whenever that changes: as many nodes as there are to be replicas keep a chunk.
func TestNoTwoNodesRemoveWhatTheOtherCountsOn(t *testing.T) {
	for seed := range uint64(15) {
		random := rand.New(rand.NewPCG(seed, 0))
		m := startMesh(t, 5, 2, false)
		s := sample{seed: 1, rows: 60, chunkRows: 2}
		must(t, s.load(m.nodes[0], "t"))
		all := m.nodes[0].Members()
		views := make([]*viewed, len(m.nodes))
		var mu sync.Mutex
		change := func(i int) {
			mu.Lock()
			defer mu.Unlock()
			var seen []Member
			for _, o := range all {
				if o.ID == m.nodes[i].ID() || random.IntN(4) > 0 {
					seen = append(seen, o)
				}
			}
			views[i].see(seen...)
		}
		for i := range m.nodes {
			views[i] = m.view(i)
			views[i].late = func() { change(i) }
		}
		for range 8 {
			var repairing sync.WaitGroup
			for i, n := range m.nodes {
				change(i)
				r := &repairer{node: n, delay: repairDelay, news: n.repair.news, ctx: t.Context()}
				repairing.Go(func() { _ = r.all() })
			}
			repairing.Wait()
			removed := 0
			for _, v := range views {
				v.see(all...)
			}
			for i, copies := range m.copies("t") {
				if copies < 2 {
					t.Fatalf("seed %d: chunk %d is on %d nodes", seed, i, copies)
				}
				removed += copies
			}
			if removed > 30*5 {
				t.Fatal(fmt.Errorf("%d copies", removed))
			}
		}
	}
}
