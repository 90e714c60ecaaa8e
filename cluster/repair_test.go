package cluster

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/eau2db/eau2/cluster/vfs/vfstest"
)

// repairAll makes every live node copy what it lacks, and then remove what is surplus.
func (m *mesh) repairAll() {
	m.t.Helper()
	for _, n := range m.alive() {
		if err := n.repair.all(); err != nil && !errors.Is(err, errUnconfirmed) {
			m.t.Fatal(err)
		}
	}
	for _, n := range m.alive() {
		must(m.t, n.repair.all())
	}
	m.wantHomes()
}

// wantHomes checks that all chunks are at their homes and nowhere else.
func (m *mesh) wantHomes() {
	m.t.Helper()
	for i, n := range m.nodes {
		if n == nil {
			continue
		}
		for _, name := range n.Tables() {
			tab, err := n.Table(m.t.Context(), name)
			must(m.t, err)
			e, _ := n.entry(tab.ID())
			lacks, surplus := n.misplaced(tab, newPlacement(tab.ID(), n.Members(), e.Replicas))
			if len(lacks)+len(surplus) > 0 {
				m.t.Errorf("node %d lacks %v of %s and has %v, of which it is no home", i, lacks, name, surplus)
			}
			must(m.t, tab.Release())
		}
	}
}

func TestChunksOfALostNodeAreCopiedAnew(t *testing.T) {
	for _, disks := range []bool{false, true} {
		m := startMesh(t, 4, 2, disks)
		s := sample{seed: 1, rows: 400, chunkRows: 7}
		must(t, s.load(m.nodes[0], "t"))
		must(t, sample{seed: 2, rows: 0}.load(m.nodes[1], "empty"))
		for _, lost := range []int{1, 3, 0} {
			m.kill(lost)
			m.repairAll()
			for i, n := range m.copies("t") {
				if want := min(2, len(m.alive())); n != want {
					t.Fatalf("after the loss of node %d chunk %d is on %d nodes", lost, i, n)
				}
			}
			for _, n := range m.alive() {
				must(t, s.check(n, "t"))
				must(t, sample{seed: 2}.check(n, "empty"))
			}
		}
		if !disks {
			continue
		}
		m.kill(2) // the last, which has all of it on its disk
		must(t, s.check(m.start(2), "t"))
		for i := range m.nodes {
			if m.nodes[i] == nil {
				m.start(i)
			}
		}
		m.repairAll()
		for _, n := range m.nodes {
			must(t, s.check(n, "t"))
		}
	}
}

func TestNewNodeTakesItsShare(t *testing.T) {
	m := startMesh(t, 2, 1, true)
	s := sample{seed: 1, rows: 400, chunkRows: 2}
	must(t, s.load(m.nodes[0], "t"))
	m.nodes, m.disks = append(m.nodes, nil), append(m.disks, nil)
	m.start(2)
	tab, err := m.nodes[2].Table(t.Context(), "t")
	must(t, err)
	defer tab.Release()
	m.repairAll()
	must(t, s.compare(tab)) // one that was held before
	m.kill(0)
	m.kill(1)
	again, err := m.nodes[2].Table(t.Context(), "t")
	must(t, err)
	here := 0
	for i := range again.Chunks() {
		if again.content.values.has(i) {
			here++
		}
	}
	if n := again.Chunks(); here < n/5 || here > n/2 {
		t.Errorf("the new node has %d of %d chunks", here, n)
	}
	must(t, again.Release())
}

func TestRepairLeavesNothingOfADroppedTable(t *testing.T) {
	m := startMesh(t, 3, 2, true)
	must(t, sample{seed: 1, rows: 100, chunkRows: 7}.load(m.nodes[0], "t"))
	m.kill(1)
	m.repairAll()
	must(t, m.nodes[0].Drop(t.Context(), "t"))
	m.start(1)
	m.repairAll()
	for i, d := range m.disks {
		for file := range d.Files(dataDir) {
			if strings.Contains(file, packSuffix) {
				t.Errorf("node %d: %s is left", i, file)
			}
		}
	}
}

// Repair begins by itself some time after the members have changed.
func TestRepairBeginsByItself(t *testing.T) {
	m := startMesh(t, 3, 2, false)
	for _, n := range m.nodes {
		n.repair.close()
		n.startRepair(time.Millisecond)
	}
	must(t, sample{seed: 1, rows: 100, chunkRows: 7}.load(m.nodes[0], "t"))
	m.kill(1)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		few := 0
		for _, n := range m.copies("t") {
			if n < 2 {
				few++
			}
		}
		if few == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d chunks have less than two copies", few)
		}
	}
}

// A table without chunks has a manifest all the same, which must not go with the nodes that it was loaded on.
func TestEmptyTablesOutliveTheirNodes(t *testing.T) {
	m := startMesh(t, 2, 2, true)
	must(t, sample{seed: 2, rows: 0}.load(m.nodes[1], "empty"))
	for i := range 2 {
		m.nodes, m.disks = append(m.nodes, nil), append(m.disks, vfstest.NewDisk())
		m.start(len(m.nodes) - 1)
		m.repairAll()
		m.kill(i)
		m.repairAll()
	}
	for i := range 2 { // what they have in memory is gone then
		m.kill(2 + i)
		m.start(2 + i)
	}
	for _, n := range m.alive() {
		must(t, sample{seed: 2}.check(n, "empty"))
	}
}

// copiesOf counts the nodes that keep a value.
func (m *mesh) copiesOf(k Key) (count int) {
	for _, n := range m.alive() {
		if _, err := n.place.get(k); err == nil {
			count++
		}
	}
	return count
}

// Values under keys of their own are copied anew, too: by their home, and when that is gone by who has a copy.
func TestValuesOfALostNodeAreCopiedAnew(t *testing.T) {
	for _, disks := range []bool{false, true} {
		for _, replicas := range []int{1, 2, 3} {
			m := startMesh(t, 6, replicas, disks)
			var keys []Key
			for i := range 60 {
				k := Key{fmt.Sprint("k", i), m.nodes[i%6].ID()}
				must(t, m.nodes[(i+1)%6].Store().Put(t.Context(), k, []byte(k.Name)))
				keys = append(keys, k)
			}
			if replicas == 1 { // then a value is with its home, and nowhere else
				m.kill(1)
				m.repairAll()
				for i, k := range keys {
					if n := m.copiesOf(k); (n == 0) != (i%6 == 1) || n > 1 {
						t.Errorf("%s is on %d nodes", k.Name, n)
					}
				}
				continue
			}
			for _, lost := range []int{1, 3, 0, 5} {
				m.kill(lost)
				m.repairAll()
				m.repairAll() // without anything to do
				for _, k := range keys {
					if n, want := m.copiesOf(k), min(replicas, len(m.alive())); n < want {
						t.Fatalf("after the loss of node %d %s is on %d nodes", lost, k.Name, n)
					}
					for _, n := range m.alive() {
						v, err := n.Store().Get(t.Context(), k)
						if err != nil || string(v) != k.Name {
							t.Fatalf("after the loss of node %d %s is %q, %v", lost, k.Name, v, err)
						}
					}
				}
			}
		}
	}
}

// A table that was made for a node is there, whatever becomes of the others, and of the node itself.
func TestTableOfANodeStaysThere(t *testing.T) {
	for _, replicas := range []int{1, 2} {
		for _, disks := range []bool{false, true} {
			m := startMesh(t, 4, replicas, disks)
			s := sample{seed: 1, rows: 100, chunkRows: 7}
			home := m.nodes[2].ID()
			must(t, s.loadAt(m.nodes[0], "t", home))
			here := func() int {
				t.Helper()
				tab, err := m.nodes[2].Table(t.Context(), "t")
				must(t, err)
				defer tab.Release()
				n := 0
				for chunk := range tab.Chunks() {
					if tab.Has(chunk) {
						n++
					}
				}
				return n
			}
			const chunks = 15
			if n := here(); n != chunks {
				t.Errorf("%d of %d chunks are on their node", n, chunks)
			}
			m.wantHomes()
			m.kill(1)
			m.repairAll()
			if n := here(); n != chunks {
				t.Errorf("another node has gone: %d of %d chunks are on their node", n, chunks)
			}
			if replicas > 1 {
				m.kill(2)
				m.repairAll()
				must(t, s.check(m.nodes[0], "t"))
				if disks {
					if m.start(2); m.nodes[2].ID() != home {
						t.Fatal("the node has another id")
					}
					m.repairAll()
					if n := here(); n != chunks {
						t.Errorf("it is back: %d of %d chunks are on their node", n, chunks)
					}
				}
			}
			err := s.loadAt(m.nodes[0], "nowhere", newID())
			wantErr(t, err, ErrUnavailable)
		}
	}
	alone, err := Open(t.Context(), Options{})
	must(t, err)
	s := sample{seed: 1, rows: 10, chunkRows: 7}
	must(t, s.loadAt(alone, "t", alone.ID()))
	must(t, s.check(alone, "t"))
	must(t, alone.Close())
}
