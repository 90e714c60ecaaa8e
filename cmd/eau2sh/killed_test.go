package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// siege is a cluster whose nodes are killed and started again under a steady load of loads, drops and queries.
type siege struct {
	*program
	replicas int
	seeds    string // for a node that is started again

	mu    sync.Mutex
	nodes []*server
	dead  map[int]bool

	ended              chan struct{}
	answered, refused  atomic.Int64
	loaded             atomic.Int64
	kept, gone, unsure []string // tables: loaded for sure, dropped for sure, and those where the last statement failed
}

const (
	siegeRows     = 150_000
	siegeDeadline = 20 * time.Second // of a statement
)

// start starts a node, with its directory of before if it had one.
func (s *siege) start(i int) {
	name := fmt.Sprint("n", i)
	args := []string{"--dir", name, "--name", name, "--replicas", fmt.Sprint(s.replicas)}
	if s.seeds != "" {
		args = append(args, "--join", s.seeds)
	}
	n := s.serve(args...)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nodes[i] = n
	delete(s.dead, i)
	s.seeds = s.nodes[0].join
}

// kill ends nodes as the loss of their processes does, all at once.
func (s *siege) kill(victims ...int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range victims {
		s.nodes[i].Process.Kill()
		s.dead[i] = true
	}
	for _, i := range victims {
		s.nodes[i].Wait()
	}
}

// any is a node, and whether it was dead when it was chosen.
func (s *siege) any() (addr string, dead bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := rand.IntN(len(s.nodes))
	return s.nodes[i].addr, s.dead[i]
}

// ask runs a statement at a node. One that fails must say why, in time.
func (s *siege) ask(addr string, args ...string) (stdout, stderr string, ok bool) {
	begin := time.Now()
	stdout, stderr, code := s.run(append([]string{"--connect", addr, "--timeout", siegeDeadline.String()}, args...)...)
	if took := time.Since(begin); took > 2*siegeDeadline {
		s.t.Errorf("%q ends after %v", args, took)
	}
	if code != 0 && (stdout != "" || stderr == "") {
		s.t.Errorf("%q fails with exit code %d, %q, %q", args, code, stdout, stderr)
	}
	return stdout, stderr, code == 0
}

func (s *siege) over() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// query asks anybody until the siege is over.
func (s *siege) query() {
	for !s.over() {
		for query, want := range sums(siegeRows) {
			if s.over() {
				return
			}
			addr, dead := s.any()
			stdout, stderr, ok := s.ask(addr, "-e", query)
			switch {
			case ok && stdout != want:
				s.t.Errorf("%s gives %q for %s, want %q", addr, stdout, query, want)
			case ok:
				s.answered.Add(1)
			default:
				s.refused.Add(1)
				if !dead {
					s.t.Logf("%s: %s", query, strings.TrimSpace(stderr))
				}
			}
		}
	}
}

// change loads tables, and drops some, until the siege is over.
func (s *siege) change() {
	for i := 0; !s.over(); i++ {
		name := fmt.Sprint("small", i)
		addr, _ := s.any()
		if _, _, ok := s.ask(addr, "--load", name+"=small.sor:i,d,w"); !ok {
			s.unsure = append(s.unsure, name)
			continue
		}
		s.loaded.Add(1)
		if i%3 > 0 {
			s.kept = append(s.kept, name)
			continue
		}
		addr, _ = s.any()
		if _, _, ok := s.ask(addr, "-e", "DROP TABLE "+name); ok {
			s.gone = append(s.gone, name)
		} else {
			s.unsure = append(s.unsure, name)
		}
	}
}

// until waits until a count has grown.
func (s *siege) until(count *atomic.Int64, by int64) {
	s.t.Helper()
	want := count.Load() + by
	for deadline := time.Now().Add(time.Minute); count.Load() < want; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatal("nothing goes on")
		}
	}
}

// tables waits until all nodes list the same tables, and returns those.
func (s *siege) tables() []string {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		var lists [][]string // of each node
		for _, n := range s.nodes {
			stdout, _, _ := s.ask(n.addr, "--no-header", "-e", "SHOW TABLES")
			nodes, _, _ := s.ask(n.addr, "--no-header", "-e", "SHOW NODES")
			list := []string{fmt.Sprint(strings.Count(nodes, "\n"))}
			for line := range strings.Lines(stdout) {
				name, _, _ := strings.Cut(line, "\t")
				list = append(list, name)
			}
			lists = append(lists, list)
		}
		if len(slices.CompactFunc(slices.Clone(lists), slices.Equal)) == 1 && lists[0][0] == fmt.Sprint(len(s.nodes)) {
			return lists[0][1:]
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("the nodes do not agree: %q", lists)
		}
	}
}

// check asks all nodes for everything after the siege.
func (s *siege) check() {
	s.t.Helper()
	names := s.tables()
	for _, name := range s.kept {
		if !slices.Contains(names, name) {
			s.t.Errorf("table %s is lost", name)
		}
	}
	for _, name := range s.gone {
		if slices.Contains(names, name) {
			s.t.Errorf("table %s was dropped and is there", name)
		}
	}
	var queries []string
	var wanted string
	for _, name := range names {
		if name != "t" {
			queries, wanted = append(queries, "-e", "SELECT COUNT(*) n, SUM(i) s FROM "+name), wanted+"n\ts\n10\t45\n"
		}
	}
	for query, want := range sums(siegeRows) {
		queries, wanted = append(queries, "-e", query), wanted+want
	}
	for i, n := range s.nodes {
		if stdout, stderr, _ := s.ask(n.addr, queries...); stdout != wanted {
			s.t.Errorf("after all, node %d gives %q, %q for %q, want %q", i, stdout, stderr, queries, wanted)
		}
	}
}

func TestNodesThatAreKilledChangeNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		nodes, replicas int
		kills           [][]int // who dies together; they are started again before the next
	}{
		{3, 2, [][]int{{1}, {2}}},
		{5, 3, [][]int{{1, 3}}},
	} {
		t.Run(fmt.Sprintf("%d nodes", c.nodes), func(t *testing.T) {
			p := newProgram(t)
			write(t, filepath.Join(p.dir, "t.sor"), numbers(siegeRows))
			write(t, filepath.Join(p.dir, "small.sor"), numbers(10))
			s := &siege{program: p, replicas: c.replicas, nodes: make([]*server, c.nodes), dead: map[int]bool{}, ended: make(chan struct{})}
			for i := range c.nodes {
				s.start(i)
			}
			if _, stderr, ok := s.ask(s.nodes[0].addr, "--load", "t=t.sor:i,d,w"); !ok {
				t.Fatalf("LOAD: %s", stderr)
			}
			var workers sync.WaitGroup
			end := sync.OnceFunc(func() {
				close(s.ended)
				workers.Wait()
			})
			defer end()
			workers.Go(s.query)
			workers.Go(s.change)
			for _, victims := range c.kills {
				s.until(&s.loaded, 1)
				s.kill(victims...)
				s.until(&s.answered, 3)
				if len(victims) > 1 { // until the others have missed them, which takes some seconds
					s.until(&s.loaded, 1)
				}
				for _, i := range victims {
					s.start(i)
				}
				s.until(&s.answered, 1)
			}
			end()
			t.Logf("%d queries were answered, %d refused; %d tables were loaded, %d dropped, %d are uncertain",
				s.answered.Load(), s.refused.Load(), s.loaded.Load(), len(s.gone), len(s.unsure))
			s.check()
		})
	}
}
