package cluster

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/cluster/simulate"
)

var (
	simMinutes = flag.Int("minutes", 12, "virtual minutes of each simulation")
	simSeeds   = flag.Int("seeds", simulations, "simulations")
	simFirst   = flag.Uint64("seed", 1, "seed of the first simulation")
	simNodes   = flag.Int("nodes", 0, "nodes in each simulation; 0 is 3 to 5")
)

// TestSimulation runs whole nodes through joins, leaves, crashes, restarts, lost disks, partitions, one-way cuts and loss of
// packets, while tables are made and dropped and values put, and checks what the package promises. A hundred hours are
//
//	go test ./cluster -run TestSimulation -minutes 600 -seeds 10 -timeout 1h
func TestSimulation(t *testing.T) {
	for i := range *simSeeds {
		seed := *simFirst + uint64(i)
		nodes, replicas := []int{4, 3, 5}[seed%3], []int{2, 2, 3, 1}[seed%4]
		if *simNodes > 0 {
			nodes = *simNodes
		}
		t.Run(fmt.Sprintf("seed=%d,nodes=%d,replicas=%d", seed, nodes, replicas), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &simulation{
					world: newWorld(t, seed, nodes, replicas), size: nodes,
					made: map[string]sample{}, dropping: map[string]bool{}, dropped: map[string]bool{}, put: map[Key]string{},
				}
				t.Cleanup(s.calls.Wait)
				for end := time.Now().Add(time.Duration(*simMinutes) * time.Minute); time.Now().Before(end); {
					s.trouble()
					s.settle()
				}
				t.Logf("%d operations, %d tables made and %d dropped, %d values put, %d chunks copied and %d removed, settled within %v",
					s.operations, len(s.made), len(s.dropped), len(s.put), s.copied, s.removed, s.slowest)
			})
		})
	}
}

// simulation is a world to which things happen.
type simulation struct {
	*world
	size  int // nodes that there are when all is well
	calls sync.WaitGroup

	mu       sync.Mutex
	made     map[string]sample // acknowledged, by id
	dropping map[string]bool   // asked for, by id
	dropped  map[string]bool   // acknowledged
	put      map[Key]string    // acknowledged

	operations      int
	copied, removed int64
	slowest         time.Duration
}

// trouble has things happen at random.
func (s *simulation) trouble() {
	for range 8 + s.random.IntN(16) {
		time.Sleep(time.Duration(s.random.ExpFloat64() * float64(30*time.Second)))
		s.operations++
		s.operate()
	}
}

func (s *simulation) pick(from []*machine) *machine { return from[s.random.IntN(len(from))] }

// operate does one thing at random.
func (s *simulation) operate() {
	running := s.running()
	if len(running) == 0 {
		s.restart()
		return
	}
	m := s.pick(running)
	switch k := s.random.IntN(100); {
	case k < 25:
		s.load(m)
	case k < 32:
		s.drop(m)
	case k < 42:
		s.putValue(m)
	case k < 50:
		s.read(m)
	case k < 60:
		m.crash()
	case k < 75:
		s.restart()
	case k < 79:
		if len(running) < 2*s.size {
			if n := s.add(); n.start() != nil { // in times like these that may fail
				n.disk = nil
			}
		}
	case k < 82:
		if len(running) > 1 {
			m.leave()
		}
	case k < 88:
		groups := make([][]string, 2)
		for _, m := range running {
			i := s.random.IntN(len(groups))
			groups[i] = append(groups[i], m.ip)
		}
		s.network.Partition(groups...)
	case k < 91:
		s.network.Cut(m.ip, s.pick(running).ip)
	case k < 95:
		s.network.Heal()
	default:
		s.network.SetOptions(simulate.Options{Latency: time.Duration(1+s.random.IntN(200)) * time.Millisecond, Loss: 0.2 * s.random.Float64()})
	}
}

func (s *simulation) restart() {
	if stopped := s.stopped(); len(stopped) > 0 {
		_ = s.pick(stopped).start()
	}
}

// call does something that may take long, while other things happen.
func (s *simulation) call(what string, m *machine, f func(ctx context.Context, n *Node) error) {
	n := m.node
	s.calls.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		if err := f(ctx, n); err != nil && !expected(err) {
			s.t.Errorf("%s at %s: %v", what, m.name, err)
		}
	})
}

func (s *simulation) load(m *machine) {
	data := sample{seed: s.random.Int64(), rows: s.random.IntN(60), chunkRows: 1, columns: 2}
	name := fmt.Sprint("name", s.random.IntN(20))
	s.call("load "+name, m, func(ctx context.Context, n *Node) error {
		id, err := data.loadAs(ctx, n, name)
		s.mu.Lock()
		defer s.mu.Unlock()
		if err == nil {
			s.made[id] = data
		}
		return err
	})
}

// loadAs loads the sample and returns the table's id.
func (s sample) loadAs(ctx context.Context, n *Node, name string) (string, error) {
	w, err := n.Create(ctx, name)
	if err != nil {
		return "", err
	}
	chunks, dicts := s.arrays()
	var g errgroup.Group
	g.SetLimit(4)
	for seq, arrays := range chunks {
		g.Go(func() error { return w.Write(ctx, seq, arrays) })
	}
	if err := g.Wait(); err != nil {
		return "", also(err, w.Abort())
	}
	t, err := w.Commit(ctx, s.fields(), dicts)
	if err != nil {
		return "", err
	}
	return t.ID(), t.Release()
}

func (s *simulation) drop(m *machine) {
	names := m.node.Tables()
	if len(names) == 0 {
		return
	}
	name := names[s.random.IntN(len(names))]
	s.call("drop "+name, m, func(ctx context.Context, n *Node) error {
		t, err := n.Table(ctx, name)
		if err != nil {
			return err
		}
		id := t.ID()
		if err := t.Release(); err != nil {
			return err
		}
		n.mu.RLock() // the name may become another table's before it is dropped
		for _, e := range n.catalogue.names.Entries() {
			if e.Name == name || e.ID == id {
				s.mu.Lock()
				s.dropping[e.ID] = true
				s.mu.Unlock()
			}
		}
		n.mu.RUnlock()
		err = n.Drop(ctx, name)
		s.mu.Lock()
		defer s.mu.Unlock()
		if err == nil {
			if e, _ := n.entry(id); e.Dropped {
				s.dropped[id] = true
			}
		}
		return err
	})
}

func (s *simulation) putValue(m *machine) {
	running := s.running()
	k := Key{Name: fmt.Sprint("key", s.operations, s.random.IntN(1000)), Home: s.pick(running).id}
	value := fmt.Sprint(s.random.Int64())
	s.call("put "+k.String(), m, func(ctx context.Context, n *Node) error {
		err := n.Store().Put(ctx, k, []byte(value))
		s.mu.Lock()
		defer s.mu.Unlock()
		if err == nil {
			s.put[k] = value
		}
		return err
	})
}

// read reads a table in the middle of it all: it is right, or there is an error.
func (s *simulation) read(m *machine) {
	names := m.node.Tables()
	if len(names) == 0 {
		return
	}
	name := names[s.random.IntN(len(names))]
	s.call("read "+name, m, func(ctx context.Context, n *Node) error {
		t, err := n.Table(ctx, name)
		if err != nil {
			return err
		}
		s.mu.Lock()
		data, known := s.made[t.ID()]
		s.mu.Unlock()
		if known {
			err = data.compare(t)
		}
		return also(err, t.Release())
	})
}

// settle ends all trouble, and checks that all is well and nothing lost. Then nodes that are too many leave for good, and now
// and then as many disks are lost as there may be.
func (s *simulation) settle() {
	s.network.Heal()
	s.network.SetOptions(simulatedLAN)
	for _, m := range s.stopped() {
		if err := m.start(); err != nil {
			s.t.Fatalf("%s could not be started again: %v", m.name, err)
		}
	}
	s.calls.Wait()
	s.slowest = max(s.slowest, s.settled(2*time.Hour))
	s.even()
	s.check()
	for _, m := range s.running() {
		p := m.node.Progress()
		s.copied, s.removed = s.copied+p.AllCopied, s.removed+p.Removed
	}
	if s.replicas > 1 && s.random.IntN(2) == 0 || len(s.running()) > s.size && s.replicas > 1 {
		for range s.replicas - 1 {
			if running := s.running(); len(running) > 2 {
				s.lose(s.pick(running))
			}
		}
		s.settled(2 * time.Hour) // the next loss must find all copies
		s.check()
	}
	for len(s.running()) < s.size {
		must(s.t, s.add().start())
	}
}

// lose ends a node and its disk for good. Values under keys are not copied anew: what only it has is lost.
func (s *simulation) lose(m *machine) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.put {
		if !slices.ContainsFunc(s.running(), func(o *machine) bool {
			_, err := o.node.place.get(k)
			return o != m && err == nil
		}) {
			delete(s.put, k)
		}
	}
	m.crash()
	m.disk = nil
}

// check compares all that was acknowledged with what is there.
func (s *simulation) check() {
	s.t.Helper()
	ctx := context.Background()
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.pick(s.running())
	for id, data := range s.made {
		e, known := m.node.entry(id)
		switch {
		case !known || e.Dropped && !s.dropping[id]:
			s.t.Errorf("table %s was acknowledged and is lost: %+v", id, e)
		case !e.Dropped && s.dropped[id]:
			s.t.Errorf("table %s was dropped and is back", id)
		case !e.Dropped:
			t, err := m.node.TableOf(ctx, id)
			must(s.t, err)
			if err := data.compare(t); err != nil {
				s.t.Errorf("table %s at %s: %v", id, m.name, err)
			}
			must(s.t, t.Release())
		}
	}
	for k, want := range s.put {
		v, err := m.node.Store().Get(ctx, k)
		if err != nil || string(v) != want {
			s.t.Errorf("value %v at %s is %q, %v, want %q", k, m.name, v, err, want)
		}
	}
	if s.t.Failed() {
		s.t.FailNow()
	}
}
