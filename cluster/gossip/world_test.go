package gossip_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eau2db/eau2/cluster/gossip"
	"github.com/eau2db/eau2/cluster/simulate"
)

const port = 7946

// world is a simulated cluster and what its nodes have on disk.
type world struct {
	t       *testing.T
	network *simulate.Network
	timing  gossip.Timing

	mu    sync.Mutex
	nodes map[string]*node
}

// node is one that may run or not. What it keeps survives.
type node struct {
	w    *world
	id   string
	ip   string
	host *simulate.Host
	g    *gossip.Gossip // nil: not running

	mu      sync.Mutex
	disk    map[string]gossip.Entry
	cluster string
	session uint64
	known   []gossip.Member
	failing bool // disk
}

func newWorld(t *testing.T, seed uint64, o simulate.Options) *world {
	w := &world{t: t, network: simulate.New(seed, o), nodes: map[string]*node{}}
	t.Cleanup(func() { w.close() })
	return w
}

func (w *world) close() {
	for _, n := range w.nodes {
		n.kill()
	}
}

// node returns the i-th node.
func (w *world) node(i int) *node {
	id := fmt.Sprintf("n%02d", i)
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.nodes[id]
	if n == nil {
		n = &node{w: w, id: id, disk: map[string]gossip.Entry{}}
		n.move(fmt.Sprintf("10.0.0.%d", i+1))
		w.nodes[id] = n
	}
	return n
}

// find returns the node of an id, or nil, and its last session.
func (w *world) find(id string) (*node, uint64) {
	w.mu.Lock()
	n := w.nodes[id]
	w.mu.Unlock()
	if n == nil {
		return nil, 0
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n, n.session
}

// remove forgets a node and its disk.
func (w *world) remove(n *node) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.nodes, n.id)
}

func (n *node) move(ip string) {
	n.ip = ip
	n.host = n.w.network.Host(ip)
}

func (n *node) store(changed []gossip.Entry) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.failing {
		return errors.New("the disk is full")
	}
	for _, e := range changed {
		if old, ok := n.disk[e.ID]; ok && (old.Dropped || old.Equal(e) || !gossip.Merge(old, e).Equal(e)) {
			n.w.t.Errorf("%s is to store %+v in place of %+v", n.id, e, old)
		}
		n.disk[e.ID] = e
	}
	return nil
}

func (n *node) options(seeds ...string) gossip.Options {
	n.mu.Lock()
	defer n.mu.Unlock()
	transport, err := n.host.Transport(port)
	if err != nil {
		n.w.t.Fatal(err)
	}
	return gossip.Options{
		ID: n.id, Name: "name-" + n.id, Data: n.ip + ":7947", Build: "test", Session: n.session, Cluster: n.cluster,
		Seeds: seeds, Rejoin: n.cluster != "", Known: n.known, Entries: slices.Collect(maps.Values(n.disk)), Store: n.store,
		Transport: transport, Resolve: n.w.network.Resolve, Timing: n.w.timing, Log: testLog(n.id),
	}
}

// testLog is silent, unless EAU2_TEST_LOG says otherwise.
func testLog(id string) *slog.Logger {
	var to io.Writer = io.Discard
	if os.Getenv("EAU2_TEST_LOG") != "" {
		to = os.Stderr
	}
	return slog.New(slog.NewTextHandler(to, &slog.HandlerOptions{Level: slog.LevelDebug})).With("on", id)
}

// start begins a session, and fails the test when it cannot.
func (n *node) start(seeds ...string) {
	n.w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if err := n.tryStart(ctx, n.options(seeds...)); err != nil {
		n.w.t.Fatalf("start %s: %v", n.id, err)
	}
}

func (n *node) tryStart(ctx context.Context, o gossip.Options) error {
	g, err := gossip.Start(ctx, o)
	if err != nil {
		return err
	}
	n.g = g
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cluster, n.session = g.Cluster(), g.Self().Session
	return nil
}

// kill ends the session as kill -9 does.
func (n *node) kill() {
	n.host.Kill()
	if n.g != nil {
		n.known = n.g.Members()
		if err := n.g.Close(); err != nil {
			n.w.t.Error(err)
		}
		n.g = nil
	}
}

func (w *world) running() []*node {
	var running []*node
	for _, id := range slices.Sorted(maps.Keys(w.nodes)) {
		if w.nodes[id].g != nil {
			running = append(running, w.nodes[id])
		}
	}
	return running
}

// agree reports what keeps the running nodes from having one view of members and catalogue.
func (w *world) agree() error {
	running := w.running()
	var first string
	for _, n := range running {
		var alive []string
		for _, m := range n.g.Members() {
			if m.State == gossip.Alive {
				alive = append(alive, fmt.Sprint(m.ID, "/", m.Session, "@", m.Gossip, " ", m.Data))
			}
		}
		if len(alive) != len(running) {
			return fmt.Errorf("%s sees %d of %d members alive", n.id, len(alive), len(running))
		}
		s := n.g.Snapshot()
		var lines []string
		for _, e := range s.Entries() {
			name, _ := s.Name(e.ID)
			lines = append(lines, fmt.Sprintf("%+v called %s", e, name))
		}
		view := strings.Join(alive, "\n") + "\n" + strings.Join(lines, "\n") + "\n" + n.g.Cluster()
		if first == "" {
			first = view
		}
		if view != first {
			return fmt.Errorf("%s sees\n%s\nand %s\n%s", running[0].id, first, n.id, view)
		}
		n.mu.Lock()
		for _, e := range s.Entries() {
			if !n.disk[e.ID].Equal(e) {
				n.mu.Unlock()
				return fmt.Errorf("%s has %+v on disk in place of %+v", n.id, n.disk[e.ID], e)
			}
		}
		n.mu.Unlock()
	}
	return nil
}

// converge waits until all agree, and returns how long that took.
func (w *world) converge(within time.Duration) time.Duration {
	w.t.Helper()
	begin := time.Now()
	for {
		synctest.Wait()
		err := w.agree()
		if err == nil {
			return time.Since(begin)
		}
		if time.Since(begin) > within {
			w.t.Fatalf("no agreement after %v: %v", within, err)
		}
		time.Sleep(100 * time.Millisecond) // of virtual time
	}
}

// entry makes one that is new.
func (n *node) entry(id, name string) gossip.Entry {
	s := n.g.Stamp()
	return gossip.Entry{ID: id, Name: name, Named: s, Made: s, Home: n.id, Maker: "name-" + n.id, Replicas: 2}
}

func (n *node) seed() string { return fmt.Sprintf("%s:%d", n.ip, port) }
