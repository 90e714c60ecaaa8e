package gossip_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eau2db/eau2/cluster/gossip"
)

// onSockets starts a node on loopback, and stops it when the test ends.
func onSockets(t *testing.T, id string, change func(o *gossip.Options)) (*gossip.Gossip, error) {
	t.Helper()
	o := gossip.Options{ID: id, Bind: "127.0.0.1:0", Log: testLog(id)}
	if change != nil {
		change(&o)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	g, err := gossip.Start(ctx, o)
	if err == nil {
		t.Cleanup(func() {
			if err := g.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return g, err
}

func mustStart(t *testing.T, id string, change func(o *gossip.Options)) *gossip.Gossip {
	t.Helper()
	g, err := onSockets(t, id, change)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func seededBy(g *gossip.Gossip) func(o *gossip.Options) {
	return func(o *gossip.Options) { o.Seeds = []string{g.Self().Gossip} }
}

func TestNodesOnSocketsShareACatalogue(t *testing.T) {
	a := mustStart(t, "a", nil)
	b := mustStart(t, "b", seededBy(a))
	if a.Cluster() == "" || a.Cluster() != b.Cluster() {
		t.Fatalf("clusters are %q and %q", a.Cluster(), b.Cluster())
	}
	s := b.Stamp()
	missing, err := b.Announce(t.Context(), []gossip.Entry{{ID: "1", Name: "t", Made: s, Named: s}})
	if err != nil || len(missing) > 0 {
		t.Fatal(missing, err)
	}
	if _, ok := a.Snapshot().Lookup("t"); !ok {
		t.Error("a does not know what b has announced")
	}
	if err := b.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, m := range a.Members() {
		if m.ID == "b" && m.State != gossip.Left {
			t.Error("b has left and is", m.State)
		}
	}
}

func TestAHostNameIsASeed(t *testing.T) {
	a := mustStart(t, "a", nil)
	_, port, err := net.SplitHostPort(a.Self().Gossip)
	if err != nil {
		t.Fatal(err)
	}
	mustStart(t, "b", func(o *gossip.Options) {
		o.Seeds = []string{"database:" + port}
		o.Resolve = func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil }
	})
}

func TestOnSocketsStartSaysWhyItFails(t *testing.T) {
	key := []byte("0123456789abcdef")
	plain := mustStart(t, "a", nil)
	locked := mustStart(t, "k", func(o *gossip.Options) { o.Key = key })
	for _, test := range []struct {
		name   string
		change func(o *gossip.Options)
		is     error
	}{
		{"refused", func(o *gossip.Options) { o.Seeds = []string{"127.0.0.1:1"} }, gossip.ErrNoSeed},
		{"no key", seededBy(locked), gossip.ErrKey},
		{"wrong key", func(o *gossip.Options) { seededBy(locked)(o); o.Key = []byte("fedcba9876543210") }, gossip.ErrKey},
		{"key too much", func(o *gossip.Options) { seededBy(plain)(o); o.Key = key }, gossip.ErrKey},
		{"label", func(o *gossip.Options) { seededBy(plain)(o); o.Label = "other" }, gossip.ErrKey},
		{"cluster", func(o *gossip.Options) { seededBy(plain)(o); o.Cluster = "other" }, gossip.ErrOtherCluster},
		{"port in use", func(o *gossip.Options) { o.Bind = plain.Self().Gossip }, nil},
	} {
		_, err := onSockets(t, "b", test.change)
		if err == nil || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.is)
			continue
		}
		if strings.Contains(err.Error(), "refusal") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", test.name, err)
		}
		t.Logf("%s: %v", test.name, err)
	}
}

func TestSymmetricSeedsOnSockets(t *testing.T) {
	const size = 3
	var seeds []string
	for range size { // ports that are free now
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		seeds = append(seeds, l.Addr().String())
		defer l.Close()
		l.Close()
	}
	started := make(chan *gossip.Gossip, size)
	for i := range size {
		go func() {
			g, err := onSockets(t, fmt.Sprint("n", i), func(o *gossip.Options) { o.Bind, o.Seeds = seeds[i], seeds })
			if err != nil {
				t.Error(err)
			}
			started <- g
		}()
	}
	clusters := map[string]bool{}
	for range size {
		if g := <-started; g != nil {
			clusters[g.Cluster()] = true
		}
	}
	if len(clusters) != 1 {
		t.Error("clusters are", clusters)
	}
}

// direct takes messages to nodes without a network.
type direct struct {
	mu   sync.Mutex
	to   map[string]func([]byte)
	sent int
}

type directFrom struct {
	*direct
	id string
}

func (d directFrom) Open(receive func([]byte)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.to[d.id] = receive
}

func (d directFrom) Send(_ context.Context, to gossip.Member, message []byte) error {
	d.mu.Lock()
	receive := d.to[to.ID]
	d.sent++
	d.mu.Unlock()
	receive(message)
	return nil
}

func TestMessagesMayTakeAnotherWay(t *testing.T) {
	way := &direct{to: map[string]func([]byte){}}
	a := mustStart(t, "a", func(o *gossip.Options) { o.Carrier = directFrom{way, "a"} })
	b := mustStart(t, "b", func(o *gossip.Options) {
		seededBy(a)(o)
		o.Carrier = directFrom{way, "b"}
	})
	way.to["a"]([]byte("what nobody sends"))
	way.to["a"](make([]byte, 64<<20))
	s := b.Stamp()
	if missing, err := b.Announce(t.Context(), []gossip.Entry{{ID: "1", Name: "t", Made: s, Named: s}}); err != nil || len(missing) > 0 {
		t.Fatal(missing, err)
	}
	if _, ok := a.Snapshot().Lookup("t"); !ok {
		t.Error("a does not know what b has announced")
	}
	way.mu.Lock()
	defer way.mu.Unlock()
	if way.sent < 2 {
		t.Errorf("%d messages went that way", way.sent)
	}
}

func TestCloseIsAtOnceAndTwiceIsOnce(t *testing.T) {
	a := mustStart(t, "a", nil)
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	<-a.Done()
	if !errors.Is(a.Err(), gossip.ErrClosed) {
		t.Error(a.Err())
	}
	if err := a.Leave(t.Context()); !errors.Is(err, gossip.ErrClosed) {
		t.Error(err)
	}
}
