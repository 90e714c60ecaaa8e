package gossip_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eau2db/eau2/cluster/gossip"
	"github.com/eau2db/eau2/cluster/simulate"
)

var lan = simulate.Options{Latency: time.Millisecond}

// simulated runs a test in a world of its own.
func simulated(t *testing.T, f func(t *testing.T, w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, lan)
		f(t, w)
		w.close()
		time.Sleep(time.Minute) // memberlist ends its last probes
	})
}

// cluster starts n nodes, all of which have the first as seed.
func (w *world) cluster(n int) {
	w.node(0).start()
	for i := 1; i < n; i++ {
		w.node(i).start(w.node(0).seed())
	}
	w.converge(10 * time.Minute)
}

func (n *node) announce(entries ...gossip.Entry) {
	n.w.t.Helper()
	missing, err := n.g.Announce(context.Background(), entries)
	if err != nil || len(missing) > 0 {
		n.w.t.Fatalf("announce on %s: missing %v, error %v", n.id, missing, err)
	}
}

func (n *node) state(of *node) gossip.State {
	for _, m := range n.g.Members() {
		if m.ID == of.id {
			return m.State
		}
	}
	return 0
}

// until waits until members or catalogue of n are such that f holds.
func (n *node) until(f func() bool) {
	n.w.t.Helper()
	end := time.After(10 * time.Minute)
	for {
		_, members := n.g.WatchMembers()
		_, snapshot := n.g.WatchSnapshot()
		if f() {
			return
		}
		select {
		case <-members:
		case <-snapshot:
		case <-end:
			n.w.t.Fatal("it did not happen within 10 minutes")
		}
	}
}

func TestNodesJoinAndAgree(t *testing.T) {
	simulated(t, func(t *testing.T, w *world) {
		w.cluster(5)
		n := w.node(3)
		n.announce(n.entry("t1", "commits"))
		for _, n := range w.running() {
			if _, ok := n.g.Snapshot().Lookup("commits"); !ok {
				t.Error(n.id, "does not know what was announced")
			}
		}
	})
}

func TestStartReturnsWithTheCatalogue(t *testing.T) {
	simulated(t, func(t *testing.T, w *world) {
		w.cluster(3)
		n := w.node(0)
		var entries []gossip.Entry
		for i := range 1000 {
			e := n.entry("table"+strings.Repeat("x", i%40)+string(rune('a'+i%26))+time.Duration(i).String(), "name")
			e.Payload = make([]byte, 100)
			entries = append(entries, e)
		}
		n.announce(entries...)
		w.node(4).start(w.node(1).seed())
		if got := len(w.node(4).g.Snapshot().Entries()); got != len(entries) {
			t.Errorf("a node that has started knows %d of %d entries", got, len(entries))
		}
		w.converge(time.Minute)
	})
}

// TestNothingAcknowledgedIsMissing announces without pause while nodes join: whatever has been acknowledged is on every node
// that has started, from the moment on at which both are true.
func TestNothingAcknowledgedIsMissing(t *testing.T) {
	simulated(t, func(t *testing.T, w *world) {
		const first, last = 3, 8
		w.cluster(first)
		var mu sync.Mutex
		var acknowledged []gossip.Entry
		started := w.running()
		check := func(nodes []*node, entries []gossip.Entry) {
			for _, n := range nodes {
				for _, e := range entries {
					if !n.has(e) {
						t.Errorf("%s has not %s, which was acknowledged", n.id, e.ID)
					}
				}
			}
		}
		var announcing sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		for i := range first {
			n := w.node(i)
			announcing.Go(func() {
				for k := 0; ctx.Err() == nil; k++ {
					e := n.entry(fmt.Sprint(n.id, "-", k), "t")
					if _, err := n.g.Announce(ctx, []gossip.Entry{e}); err == nil {
						mu.Lock()
						acknowledged = append(acknowledged, e)
						check(started, acknowledged[len(acknowledged)-1:])
						mu.Unlock()
					}
					time.Sleep(20 * time.Millisecond)
				}
			})
		}
		begin := time.Now()
		for i := first; i < last; i++ {
			w.node(i).start(w.node(i % first).seed())
			mu.Lock()
			started = append(started, w.node(i))
			check(started[len(started)-1:], acknowledged)
			mu.Unlock()
		}
		t.Logf("%v for each of %d nodes to start, while %d tables were announced", time.Since(begin)/(last-first), last-first, len(acknowledged))
		stop()
		announcing.Wait()
	})
}

func TestAllNodesMayHaveTheSameSeedsAndStartAtOnce(t *testing.T) {
	for _, size := range []int{1, 2, 3, 5} {
		simulated(t, func(t *testing.T, w *world) {
			var seeds []string
			for i := range size {
				n := w.node(i)
				w.network.Name("host-"+n.id, n.ip)
				seeds = append(seeds, "host-"+n.id+":7946")
			}
			done := make(chan error, size)
			for i := range size {
				n, o := w.node(i), w.node(i).options(slices.Concat(seeds[i:], seeds[:i])...)
				go func() { done <- n.tryStart(t.Context(), o) }()
			}
			for range size {
				if err := <-done; err != nil {
					t.Fatal(err)
				}
			}
			t.Log(size, "nodes converge in", w.converge(time.Minute))
		})
	}
}

func TestNoNodeFoundsAClusterWhileItHearsFromFew(t *testing.T) {
	simulated(t, func(t *testing.T, w *world) {
		seeds := []string{w.node(0).seed(), w.node(1).seed(), w.node(2).seed()}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		err := w.node(0).tryStart(ctx, w.node(0).options(seeds...))
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no cluster yet") {
			t.Error("one of three:", err)
		}
		done := make(chan error, 2)
		for i := range 2 {
			n, o := w.node(i), w.node(i).options(seeds...)
			go func() { done <- n.tryStart(t.Context(), o) }()
		}
		for range 2 {
			if err := <-done; err != nil {
				t.Error("two of three:", err)
			}
		}
	})
}

func TestStartFailsAndSaysWhy(t *testing.T) {
	key, other := []byte("0123456789abcdef"), []byte("fedcba9876543210")
	refuse := func(gossip.Member) error { return errors.New("another build") }
	for _, test := range []struct {
		name  string
		first func(o *gossip.Options) // the node that runs
		start func(o *gossip.Options)
		seeds []string
		is    error
		says  string
	}{
		{"nobody there", nil, nil, []string{"10.0.0.1:1"}, gossip.ErrNoSeed, "10.0.0.1:1: dial tcp: 10.0.0.1:1: connection refused"},
		{"cut off", nil, nil, []string{"10.0.0.8:7946"}, gossip.ErrNoSeed, "10.0.0.8:7946"},
		{"unknown name", nil, nil, []string{"nowhere:7946"}, gossip.ErrNoSeed, "nowhere:7946: lookup nowhere: no such host"},
		{"not a port", nil, nil, []string{"10.0.0.1:x"}, gossip.ErrNoSeed, "not a port"},
		{"another key", func(o *gossip.Options) { o.Key = key }, func(o *gossip.Options) { o.Key = other }, nil, gossip.ErrKey, "10.0.0.1"},
		{"a key where none is", nil, func(o *gossip.Options) { o.Key = other }, nil, gossip.ErrKey, ""},
		{"no key where one is", func(o *gossip.Options) { o.Key = key }, nil, nil, gossip.ErrKey, ""},
		{"another label", func(o *gossip.Options) { o.Label = "x" }, nil, nil, gossip.ErrKey, ""},
		{"another cluster", nil, func(o *gossip.Options) { o.Cluster = "mine" }, nil, gossip.ErrOtherCluster, "10.0.0.1"},
		{"we refuse them", nil, func(o *gossip.Options) { o.Accept = refuse }, nil, nil, "another build"},
	} {
		t.Run(test.name, func(t *testing.T) {
			simulated(t, func(t *testing.T, w *world) {
				w.network.Host("10.0.0.8").Down()
				o := w.node(0).options()
				if test.first != nil {
					test.first(&o)
				}
				if err := w.node(0).tryStart(t.Context(), o); err != nil {
					t.Fatal(err)
				}
				o = w.node(1).options(w.node(0).seed())
				if test.start != nil {
					test.start(&o)
				}
				if test.seeds != nil {
					o.Seeds = test.seeds
				}
				begin := time.Now()
				err := w.node(1).tryStart(t.Context(), o)
				if err == nil || test.is != nil && !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.says) {
					t.Fatalf("got %v, want %v with %q", err, test.is, test.says)
				}
				if d := time.Since(begin); d > 20*time.Second {
					t.Errorf("it took %v to fail", d)
				}
				if strings.Contains(err.Error(), "refusal") {
					t.Error("the error has our mark in it:", err)
				}
				if len(w.node(0).g.Members()) > 1 {
					t.Error("the first node has taken up the other one:", w.node(0).g.Members())
				}
			})
		})
	}
}

func TestTheContextInterruptsStart(t *testing.T) {
	simulated(t, func(t *testing.T, w *world) {
		w.network.Host("10.0.0.8").Down()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		err := w.node(0).tryStart(ctx, w.node(0).options("10.0.0.8:7946"))
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if d := time.Since(begin); d > time.Second {
			t.Errorf("it took %v", d)
		}
	})
}

func TestSeedsOfTwoClustersAreRefused(t *testing.T) {
	simulated(t, func(t *testing.T, w *world) {
		w.node(0).start()
		w.node(1).start()
		err := w.node(2).tryStart(t.Context(), w.node(2).options(w.node(0).seed(), w.node(1).seed()))
		if !errors.Is(err, gossip.ErrOtherCluster) {
			t.Error(err)
		}
	})
}

func TestClustersDoNotMergeWhenAddressesAreUsedAgain(t *testing.T) {
	simulated(t, func(t *testing.T, w *world) {
		w.cluster(3)
		w.node(2).kill()
		time.Sleep(time.Minute)
		other := w.node(5)
		other.move(w.node(2).ip)
		other.start()
		time.Sleep(20 * time.Minute)
		if got := other.g.Members(); len(got) != 1 {
			t.Error("the other cluster has", got)
		}
		for _, n := range w.running()[:2] {
			if got := n.g.Members(); len(got) != 3 || n.state(w.node(2)) != gossip.Dead {
				t.Error(n.id, "has", got)
			}
		}
	})
}

func TestAMemberThatFindsNobodyGoesOnTrying(t *testing.T) {
	simulated(t, func(t *testing.T, w *world) {
		w.cluster(2)
		w.node(0).kill()
		w.node(1).kill()
		w.node(1).start(w.node(0).seed())
		w.converge(time.Minute)
		time.Sleep(20 * time.Minute)
		w.node(0).start()
		t.Log("converged in", w.converge(3*time.Minute))
	})
}

func TestAKilledNodeIsBackAtOnceWithWhateverAddress(t *testing.T) {
	for _, ip := range []string{"10.0.0.3", "10.0.1.1"} {
		simulated(t, func(t *testing.T, w *world) {
			w.cluster(4)
			w.node(2).kill()
			w.node(2).move(ip)
			w.node(2).start(w.node(0).seed())
			if d := w.converge(time.Minute); d > 2*time.Second {
				t.Errorf("at %s it took %v until all saw the node again", ip, d)
			}
			time.Sleep(5 * time.Minute) // meanwhile the last session is found dead
			w.converge(0)
		})
	}
}

func TestADeadNodeIsFoundDeadAndOneThatLeavesHasLeft(t *testing.T) {
	simulated(t, func(t *testing.T, w *world) {
		w.cluster(4)
		begin := time.Now()
		w.node(3).host.Down()
		for i := range 3 {
			n := w.node(i)
			n.until(func() bool { return n.state(w.node(3)) == gossip.Dead })
		}
		t.Log("all know after", time.Since(begin))
		if err := w.node(2).g.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			if s := w.node(i).state(w.node(2)); s != gossip.Left {
				t.Error("a node that has left is", s)
			}
		}
		w.node(2).kill()
		time.Sleep(20 * time.Minute)
		for i := range 2 {
			if s := w.node(i).state(w.node(2)); s != gossip.Left {
				t.Error("a node that has left long ago is", s)
			}
		}
		w.node(3).kill()
		w.node(3).host.Up()
		w.node(2).start(w.node(0).seed())
		w.node(3).start()
		w.converge(3 * time.Minute)
	})
}

func TestOfTwoProcessesWithOneIdTheOlderStops(t *testing.T) {
	simulated(t, func(t *testing.T, w *world) {
		w.cluster(3)
		copied := w.node(7)
		copied.id, copied.cluster, copied.session = w.node(2).id, w.node(2).cluster, w.node(2).session
		copied.start(w.node(0).seed())
		<-w.node(2).g.Done()
		if err := w.node(2).g.Err(); !errors.Is(err, gossip.ErrSuperseded) {
			t.Error(err)
		}
		w.node(2).kill()
		w.converge(time.Minute)
	})
}

func TestAPartitionHeals(t *testing.T) {
	for _, size := range []int{2, 3, 5, 8} {
		simulated(t, func(t *testing.T, w *world) {
			w.cluster(size)
			var left, right []string
			for i, n := range w.running() {
				if i < size/2 {
					left = append(left, n.ip)
				} else {
					right = append(right, n.ip)
				}
			}
			w.network.Partition(left, right)
			time.Sleep(5 * time.Minute)
			a, b := w.node(0), w.node(size-1)
			a.announce(a.entry("a", "same"))
			b.announce(b.entry("b", "same"))
			w.network.Heal()
			t.Log(size, "nodes converged in", w.converge(3*time.Minute))
			if names := a.g.Snapshot().Names(); !slices.Equal(names, []string{"same", "same@name-" + b.id}) {
				t.Error("names are", names)
			}
		})
	}
}

func TestAnnounceWaitsForEveryLiveMember(t *testing.T) {
	simulated(t, func(t *testing.T, w *world) {
		w.cluster(3)
		n, slow := w.node(0), w.node(2)
		slow.failing = true
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		missing, err := n.g.Announce(ctx, []gossip.Entry{n.entry("a", "a")})
		if !errors.Is(err, context.DeadlineExceeded) || len(missing) != 1 || missing[0].ID != slow.id {
			t.Error("a member that cannot store:", missing, err)
		}
		if len(slow.g.Snapshot().Entries()) > 0 {
			t.Error("what could not be stored is to be seen")
		}
		slow.mu.Lock()
		slow.failing = false
		slow.mu.Unlock()
		w.converge(2 * time.Minute)

		slow.host.Down()
		missing, err = n.g.Announce(t.Context(), []gossip.Entry{n.entry("b", "b")})
		if err != nil || len(missing) != 1 || missing[0].ID != slow.id || missing[0].State != gossip.Alive {
			t.Error("a member that is down:", missing, err)
		}
		if n.state(slow) != gossip.Dead {
			t.Error("Announce has returned before the member was found dead")
		}
		slow.host.Up()
		w.converge(3 * time.Minute)
	})
}

func TestWhatCannotBeStoredIsNotAnnounced(t *testing.T) {
	simulated(t, func(t *testing.T, w *world) {
		w.cluster(2)
		n := w.node(0)
		n.failing = true
		if _, err := n.g.Announce(t.Context(), []gossip.Entry{n.entry("a", "a")}); err == nil || !strings.Contains(err.Error(), "disk is full") {
			t.Error(err)
		}
		if _, err := n.g.Announce(t.Context(), []gossip.Entry{{ID: ""}}); err == nil {
			t.Error("an entry without an id was taken")
		}
		time.Sleep(time.Minute)
		if got := w.node(1).g.Snapshot().Entries(); len(got) > 0 {
			t.Error("the other has", got)
		}
	})
}

func TestADroppedTableDoesNotComeBack(t *testing.T) {
	simulated(t, func(t *testing.T, w *world) {
		w.cluster(3)
		n := w.node(0)
		e := n.entry("a", "a")
		n.announce(e)
		w.node(2).kill()
		n.until(func() bool { return n.state(w.node(2)) == gossip.Dead })
		n.announce(gossip.Entry{ID: "a", Dropped: true})
		time.Sleep(20 * time.Minute)
		w.node(2).start() // with the table on its disk
		e.Name, e.Named = "b", w.node(2).g.Stamp()
		if _, err := w.node(2).g.Apply([]gossip.Entry{e}); err != nil {
			t.Fatal(err)
		}
		w.converge(3 * time.Minute)
		if names := n.g.Snapshot().Names(); len(names) > 0 {
			t.Error("there is", names)
		}
	})
}

func TestPacketLossAndOneWayCutsAreBorne(t *testing.T) {
	simulated(t, func(t *testing.T, w *world) {
		w.cluster(4)
		w.network.SetOptions(simulate.Options{Latency: 20 * time.Millisecond, Loss: 0.2})
		w.network.Cut(w.node(0).ip, w.node(1).ip)
		for i := range 20 {
			n := w.node(i % 4)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			_, err := n.g.Announce(ctx, []gossip.Entry{n.entry(time.Duration(i).String(), "x")})
			cancel()
			if err != nil && i%4 > 1 {
				t.Error(n.id, err)
			}
		}
		w.network.Heal()
		w.network.SetOptions(lan)
		w.converge(3 * time.Minute)
	})
}

var manyNodes = flag.Int("nodes", 10, "nodes of TestManyNodes")

func TestManyNodes(t *testing.T) {
	simulated(t, func(t *testing.T, w *world) {
		size := *manyNodes
		w.node(0).start()
		for i := 1; i < size; i++ {
			w.node(i).start(w.node(i / 2).seed())
		}
		t.Log("started: agreement in", w.converge(time.Minute))
		begin := time.Now()
		n := w.node(size - 1)
		n.announce(n.entry("t", "t"))
		t.Log("announced in", time.Since(begin))
		var left, right []string
		for i, n := range w.running() {
			if i%2 == 0 {
				left = append(left, n.ip)
			} else {
				right = append(right, n.ip)
			}
		}
		w.network.Partition(left, right)
		n.until(func() bool { return n.alive() == size/2 })
		t.Log("cut: known in", time.Since(begin))
		time.Sleep(time.Minute)
		w.network.Heal()
		t.Log("healed: agreement in", w.converge(5*time.Minute))
	})
}

// alive returns how many members n sees alive.
func (n *node) alive() int {
	alive := 0
	for _, m := range n.g.Members() {
		if m.State == gossip.Alive {
			alive++
		}
	}
	return alive
}
