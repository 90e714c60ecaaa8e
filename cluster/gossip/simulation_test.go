package gossip_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eau2db/eau2/cluster/gossip"
	"github.com/eau2db/eau2/cluster/simulate"
)

var (
	simHours = flag.Int("hours", 1, "virtual hours of each simulation")
	simSeeds = flag.Int("seeds", 3, "simulations")
	simFirst = flag.Uint64("seed", 1, "seed of the first simulation")
)

// slow is ten times slower than usual, so that hours take seconds. Faults come every few minutes.
var slow = gossip.Timing{
	Probe: 10 * time.Second, ProbeTimeout: 5 * time.Second, PushPull: 5 * time.Minute, Gossip: 2 * time.Second,
	Stream: 50 * time.Second, Resend: 10 * time.Second, Rejoin: 20 * time.Second, RejoinMax: 10 * time.Minute,
}

// TestSimulation runs a cluster through joins, leaves, crashes, restarts, new addresses, lost disks, partitions, one-way
// cuts and packet loss, while tables are made, renamed and dropped, and checks what the package promises.
func TestSimulation(t *testing.T) {
	sizes := []int{3, 5, 2, 4, 8}
	for i := range *simSeeds {
		seed := *simFirst + uint64(i)
		size := sizes[seed%uint64(len(sizes))]
		t.Run(fmt.Sprintf("seed=%d,nodes=%d", seed, size), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newSimulation(t, seed, size)
				s.run(time.Duration(*simHours) * time.Hour)
				s.close()
				time.Sleep(10 * time.Minute)
				t.Logf("%d operations, %d announcements acknowledged of %d, %d tables, converged within %v",
					s.operations, s.acked, s.announced, s.tables, s.slowest)
			})
		})
	}
}

// simulation is a world to which things happen.
type simulation struct {
	*world
	random *rand.Rand
	size   int // nodes that are there when all is well
	next   int // node that is made next

	mu       sync.Mutex
	created  map[string]bool // ids: announced and acknowledged
	renamed  map[string]gossip.Entry
	dropped  map[string]bool // announced and acknowledged
	dropping map[string]bool // announced
	calls    sync.WaitGroup

	operations, announced, acked, tables int
	slowest                              time.Duration
}

func newSimulation(t *testing.T, seed uint64, size int) *simulation {
	s := &simulation{
		world: newWorld(t, seed, lan), random: rand.New(rand.NewPCG(seed, 1)), size: size,
		created: map[string]bool{}, renamed: map[string]gossip.Entry{}, dropped: map[string]bool{}, dropping: map[string]bool{},
	}
	s.timing = slow
	s.cluster(size)
	s.next = size
	return s
}

func (s *simulation) run(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		for range 10 + s.random.IntN(20) {
			time.Sleep(time.Duration(s.random.ExpFloat64() * float64(2*time.Minute)))
			s.operations++
			s.operate()
		}
		s.settle()
	}
}

// operate does one thing at random.
func (s *simulation) operate() {
	running := s.running()
	switch k := s.random.IntN(100); {
	case k < 40:
		if len(running) > 0 {
			s.change(s.pick(running))
		}
	case k < 50:
		if len(running) > 0 {
			s.pick(running).kill()
		}
	case k < 65:
		s.restart(s.random.IntN(3) == 0)
	case k < 70:
		s.fresh()
	case k < 73:
		s.lose()
	case k < 76:
		if len(running) > 1 {
			s.leave(s.pick(running))
		}
	case k < 83:
		s.partition(running)
	case k < 88:
		if len(running) > 1 {
			s.network.Cut(s.pick(running).ip, s.pick(running).ip)
		}
	case k < 92:
		s.network.Heal()
	case k < 96:
		s.network.SetOptions(simulate.Options{Latency: time.Duration(1+s.random.IntN(500)) * time.Millisecond, Loss: 0.3 * s.random.Float64()})
	default:
		s.network.SetOptions(lan)
	}
}

func (s *simulation) pick(nodes []*node) *node { return nodes[s.random.IntN(len(nodes))] }

func (s *simulation) stopped() []*node {
	var stopped []*node
	for _, id := range slices.Sorted(maps.Keys(s.nodes)) {
		if n := s.nodes[id]; n.g == nil && n.cluster != "" {
			stopped = append(stopped, n)
		}
	}
	return stopped
}

func (s *simulation) restart(move bool) {
	stopped := s.stopped()
	if len(stopped) == 0 {
		return
	}
	n := s.pick(stopped)
	if move {
		n.move(fmt.Sprintf("10.0.%d.%d", 1+s.random.IntN(100), 1+s.random.IntN(200)))
	}
	s.try(n)
}

// fresh starts a node that was never there; in times like these that may fail.
func (s *simulation) fresh() {
	if len(s.nodes) >= 2*s.size {
		return
	}
	n := s.node(s.next)
	s.next++
	s.try(n)
	if n.g == nil {
		s.remove(n)
	}
}

// try starts a node. Its seeds are the names of all nodes, since two that have moved while they did not see each other find
// each other by name only.
func (s *simulation) try(n *node) {
	var seeds []string
	for _, id := range slices.Sorted(maps.Keys(s.nodes)) {
		s.network.Name("host-"+id, s.nodes[id].ip)
		if id != n.id {
			seeds = append(seeds, fmt.Sprintf("host-%s:%d", id, port))
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if err := n.tryStart(ctx, n.options(seeds...)); err != nil {
		n.host.Kill()
	}
}

// lose ends a node and its disk for good, where two others are left that run.
func (s *simulation) lose() {
	running := s.running()
	if len(running) < 4 {
		return
	}
	n := s.pick(running)
	others := slices.DeleteFunc(slices.Clone(running), func(o *node) bool { return o == n })
	n.mu.Lock()
	disk := maps.Clone(n.disk)
	n.mu.Unlock()
	for _, e := range disk { // what it alone has is lost, and nobody is to expect it
		if !slices.ContainsFunc(others, func(o *node) bool { return o.has(e) }) {
			return
		}
	}
	n.kill()
	s.remove(n)
	for _, o := range s.running() {
		o.g.Forget(n.id)
	}
}

// has reports whether a node's disk has all that e says.
func (n *node) has(e gossip.Entry) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	mine, ok := n.disk[e.ID]
	return ok && gossip.Merge(mine, e).Equal(mine)
}

func (s *simulation) leave(n *node) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	_ = n.g.Leave(ctx) // it may be cut off
	n.kill()
}

func (s *simulation) partition(running []*node) {
	groups := make([][]string, 2+s.random.IntN(2))
	for _, n := range running {
		i := s.random.IntN(len(groups))
		groups[i] = append(groups[i], n.ip)
	}
	s.network.Partition(groups...)
}

// change announces a table that is made, renamed or dropped; meanwhile other things happen.
func (s *simulation) change(n *node) {
	s.announced++
	e := n.entry(fmt.Sprintf("t%04d", s.announced), fmt.Sprintf("name%d", s.random.IntN(5)))
	if live := n.g.Snapshot().Names(); len(live) > 0 && s.random.IntN(2) == 0 {
		old, _ := n.g.Snapshot().Lookup(live[s.random.IntN(len(live))])
		if s.random.IntN(2) == 0 {
			e = gossip.Entry{ID: old.ID, Dropped: true}
		} else {
			old.Name, old.Named = e.Name, e.Named
			e = old
		}
	} else {
		s.tables++
	}
	s.mu.Lock()
	if e.Dropped {
		s.dropping[e.ID] = true
	}
	s.mu.Unlock()
	g := n.g
	s.calls.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
		defer cancel()
		if _, err := g.Announce(ctx, []gossip.Entry{e}); err == nil {
			s.acknowledged(g, e)
		}
	})
}

// acknowledged notes what must not get lost from now on, and checks that all whom the announcer sees alive have it.
func (s *simulation) acknowledged(g *gossip.Gossip, e gossip.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acked++
	if e.Dropped {
		s.dropped[e.ID] = true
	} else {
		s.created[e.ID] = true
		s.renamed[e.ID+e.Name+fmt.Sprint(e.Named)] = e
	}
	for _, m := range g.Members() {
		n, session := s.find(m.ID)
		if m.State != gossip.Alive || time.Since(m.Since) < time.Second || n == nil || session != m.Session {
			continue
		}
		if !n.has(e) {
			s.t.Errorf("%s is alive and has not %+v, which was acknowledged", n.id, e)
		}
	}
}

// settle ends all faults and checks that all is well, and that nothing is lost.
func (s *simulation) settle() {
	s.network.Heal()
	s.network.SetOptions(lan)
	for _, n := range s.stopped() {
		s.try(n)
		if n.g == nil {
			s.t.Fatalf("%s could not be started again", n.id)
		}
	}
	s.calls.Wait()
	s.slowest = max(s.slowest, s.converge(30*time.Minute))
	for len(s.running()) > s.size {
		running := s.running()
		n := s.pick(running)
		if err := n.g.Leave(context.Background()); err != nil {
			s.t.Fatal(err)
		}
		n.kill()
		s.remove(n)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	view := s.running()[0].g.Snapshot()
	for id := range s.created {
		if e, ok := view.Entry(id); !ok || e.Dropped && !s.dropping[id] {
			s.t.Errorf("%s was acknowledged and is lost: %+v", id, e)
		}
	}
	for id := range s.dropped {
		if e, _ := view.Entry(id); !e.Dropped {
			s.t.Errorf("%s was dropped and is back: %+v", id, e)
		}
	}
	for _, e := range s.renamed {
		if now, _ := view.Entry(e.ID); !now.Dropped && now.Named.Compare(e.Named) < 0 {
			s.t.Errorf("%s was acknowledged as %s and has an older name: %+v", e.ID, e.Name, now)
		}
	}
}
