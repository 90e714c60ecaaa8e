package cluster

import (
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eau2db/eau2/cluster/gossip"
	"github.com/eau2db/eau2/cluster/vfs/vfstest"
)

// Nodes that are started with nothing but their directories find each other, even when their seed is gone for good.
func TestNodesFindEachOtherAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, 4, 2)
		must(t, stepSample(9).load(w.hosts[0].node, "t"))
		w.settled(time.Hour)
		w.hosts[2].leave()
		for _, m := range w.running() {
			m.crash()
		}
		w.hosts[0].disk = nil // which all the others had joined
		for _, m := range w.stopped() {
			must(t, m.startWith())
		}
		w.settled(time.Hour)
		if n := len(w.hosts[1].node.Members()); n != 3 {
			t.Errorf("%d members", n)
		}
		for _, m := range w.running() {
			must(t, stepSample(9).check(m.node, "t"))
		}
	})
}

func TestKnownMembersAreKept(t *testing.T) {
	want := []gossip.Member{
		{ID: "a", Name: "τ", Data: "h:1", Gossip: "10.0.0.1:2", Session: 1 << 60, State: gossip.Dead},
		{ID: "b", State: gossip.Left},
	}
	alive := slices.Clone(want)
	alive[0].State = gossip.Alive
	b := encodeKnown(append(alive, gossip.Member{ID: "self"}), "self")
	disk := vfstest.NewDisk()
	n, err := openDisk(disk)
	must(t, err)
	must(t, n.place.setPeers([]byte("before")))
	must(t, n.place.setPeers(b))
	must(t, n.Close())
	n, err = openDisk(disk.Crash(vfstest.Forget, nil))
	must(t, err)
	if got := parseKnown(n.place.peers()); !slices.Equal(got, want) {
		t.Errorf("known are %v, want %v", got, want)
	}
	must(t, n.Close())
	if got := parseKnown(nil); got != nil {
		t.Errorf("of nothing, %v are known", got)
	}
}

// It is a hint: a directory is opened without it.
func TestKnownMembersThatAreDamagedAreNobody(t *testing.T) {
	disk := vfstest.NewDisk()
	n, err := openDisk(disk)
	must(t, err)
	must(t, n.place.setPeers([]byte("[]")))
	must(t, n.Close())
	file := filepath.Join(dataDir, membersFile)
	for at := range disk.Files(dataDir)[file] {
		damaged := disk.Clone()
		must(t, damaged.Edit(file, func(b []byte) []byte { b[at] ^= 1; return b }))
		n, err := openDisk(damaged)
		must(t, err)
		if b := n.place.peers(); b != nil {
			t.Errorf("byte %d: %q is known", at, b)
		}
		must(t, n.Close())
	}
}

func FuzzKnown(f *testing.F) {
	f.Add([]byte(`[{"id":"a","gossip":"x:1"}]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		members := parseKnown(b)
		for _, m := range members {
			if m.ID == "" {
				t.Error("a member has no id")
			}
		}
		if again := parseKnown(encodeKnown(members, "")); len(members) > 0 && !slices.Equal(again, members) {
			t.Errorf("%v became %v", members, again)
		}
	})
}
