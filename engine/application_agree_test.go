package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eau2db/eau2/cluster"
)

// crowd is nodes of one mesh that start and end on their own.
type crowd struct {
	t    *testing.T
	mesh *cluster.Mesh
	ends sync.WaitGroup

	mu     sync.Mutex
	ran    [][]string        // the names that each who ran saw, by index
	cancel map[string]func() // of nodes by id
}

func newCrowd(t *testing.T) *crowd {
	return &crowd{t: t, mesh: cluster.NewMesh(), cancel: map[string]func(){}}
}

// kill cuts a node off, and ends its waiting for others.
func (c *crowd) kill(id string) {
	c.mesh.Kill(id)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cancel[id]()
	delete(c.cancel, id)
}

// end ends who waits, and waits for all.
func (c *crowd) end() {
	c.mu.Lock()
	for _, cancel := range c.cancel {
		cancel()
	}
	c.mu.Unlock()
	c.ends.Wait()
}

// start starts a node for a run of n. Its error goes into the channel. The run ends when all have seen each other.
func (c *crowd) start(name string, n int) (e *Engine, ended chan error) {
	r := newRun(n, ApplicationFunc(func(ctx context.Context, node *Node) error {
		var names []string
		for i := range node.Size() {
			names = append(names, node.Name(i))
		}
		c.mu.Lock()
		c.ran = append(c.ran, names)
		c.mu.Unlock()
		return node.Barrier(ctx, "seen")
	}))
	e, err := Open(c.t.Context(), Options{run: r, mesh: c.mesh.Join(name)})
	if err != nil {
		c.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(c.t.Context())
	c.mu.Lock()
	c.cancel[e.node.ID()] = cancel
	c.mu.Unlock()
	ended = make(chan error, 1)
	c.ends.Go(func() {
		err := r.run(ctx, e)
		if closing := e.Close(); closing != nil {
			c.t.Error(closing)
		}
		ended <- err
	})
	return e, ended
}

func TestNodesComeOneByOne(t *testing.T) {
	c := newCrowd(t)
	var all []chan error
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		_, ended := c.start(name, 5)
		all = append(all, ended)
	}
	for _, ended := range all {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	c.end()
	for _, names := range c.ran {
		if len(c.ran) != 5 || !slices.Equal(names, c.ran[0]) {
			t.Errorf("nodes see %v", c.ran)
		}
	}
}

func TestWhoIsWaitedForIsTold(t *testing.T) {
	here := []cluster.Member{{Name: "a"}, {Name: "b"}}
	for n, want := range map[int]string{2: "node a to begin", 3: "1 more node; here: a b", 5: "3 more nodes; here: a b"} {
		if got := waitsFor(here, n); got != want {
			t.Errorf("%d nodes wait for %q, not %q", n, got, want)
		}
	}
	c := newCrowd(t)
	_, ended := c.start("a", 2)
	c.end()
	if err := <-ended; !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "waits for 1 more node; here: a") {
		t.Errorf("error is %v", err)
	}
}

func TestNodeThatIsTooManyIsTold(t *testing.T) {
	c := newCrowd(t)
	mesh := c.mesh
	begun, end := make(chan bool, 2), make(chan bool)
	var ran sync.WaitGroup
	ran.Go(func() {
		for _, err := range runAll(t, 2, mesh, ApplicationFunc(func(ctx context.Context, node *Node) error {
			begun <- true
			<-end
			return nil
		})) {
			if err != nil {
				t.Error(err)
			}
		}
	})
	<-begun
	<-begun
	for range 4 { // with lower and higher ids
		_, late := c.start("late", 2)
		if err := <-late; !errors.Is(err, errSurplus) {
			t.Errorf("the node that is too many ends with %v", err)
		}
	}
	close(end)
	ran.Wait()
	c.end()
}

func TestNodesThatExpectOtherNumbersAreTold(t *testing.T) {
	c := newCrowd(t)
	c.start("a", 3)
	_, b := c.start("b", 2)
	c.start("c", 3)
	if err := <-b; !errors.Is(err, errSizes) {
		t.Errorf("error is %v", err)
	}
	c.end()
}

// A proposer, or a member, that dies before all have begun makes the others start over.
func TestDeathBeforeTheStart(t *testing.T) {
	for _, what := range []string{askPropose, askFollow} { // what a node is asked as the proposer dies
		c := newCrowd(t)
		var engines []*Engine
		var all []chan error
		var once sync.Once
		died := ""
		for _, name := range []string{"a", "b", "c"} {
			e, ended := c.start(name, 4)
			engines, all = append(engines, e), append(all, ended)
		}
		for _, e := range engines {
			e.node.Handle(kindRun, func(ctx context.Context, request []byte, out func([]byte) error) error {
				var q runRequest
				if err := decode(request, &q); err != nil {
					return err
				}
				if q.Ask == what {
					once.Do(func() {
						c.mu.Lock()
						died = q.From
						c.mu.Unlock()
						c.kill(q.From)
					})
				}
				return e.serveRun(ctx, request, out)
			})
		}
		fourth, ended := c.start("d", 4)
		engines, all = append(engines, fourth), append(all, ended)
		if what == askPropose { // nobody has begun: a fifth takes the place
			e, ended := c.start("e", 4)
			engines, all = append(engines, e), append(all, ended)
		}
		for i, ended := range all {
			err := <-ended
			c.mu.Lock()
			dead := engines[i].node.ID() == died
			c.mu.Unlock()
			switch {
			case dead:
			case what == askPropose && err != nil:
				t.Errorf("%s: node %d of the others ends with %v", what, i, err)
			case what == askFollow && err != nil && !errors.Is(err, ErrGone):
				t.Errorf("%s: node %d of the others ends with %v", what, i, err)
			}
		}
		c.end()
	}
}

// A node that has joined, but does not run yet, is asked again, not without a pause, and it is told once that it is waited for.
func TestNodeThatIsNotReadyIsAskedAgain(t *testing.T) {
	c := newCrowd(t)
	engines, runs, said := make([]*Engine, 2), make([]*run, 2), make(chan slog.Record, 1000)
	for i := range engines {
		runs[i] = newRun(2, ApplicationFunc(func(ctx context.Context, node *Node) error { return nil }))
		var err error
		if engines[i], err = Open(t.Context(), Options{run: runs[i], mesh: c.mesh.Join(fmt.Sprint(i)), Logger: slog.New(records{slog.DiscardHandler, said})}); err != nil {
			t.Fatal(err)
		}
		defer engines[i].Close()
	}
	first := 0
	if engines[1].node.ID() < engines[0].node.ID() {
		first = 1
	}
	var ends sync.WaitGroup
	defer ends.Wait()
	start := func(i int) {
		ends.Go(func() {
			if err := runs[i].run(t.Context(), engines[i]); err != nil {
				t.Error(err)
			}
		})
	}
	begin := time.Now()
	start(first)
	told := 0
	const asked = 5
	for n := 0; n < asked; {
		r := <-said
		if r.Message == notYet {
			n++
		}
		if r.Level >= slog.LevelInfo {
			told++
		}
	}
	if took := time.Since(begin); took < (asked-1)*proposeAgain/2 {
		t.Errorf("asked %d times in %v", asked, took)
	}
	if told > 2 { // what it waits for, and why
		t.Errorf("told %d times", told)
	}
	start(1 - first)
}

// records sends what is logged.
type records struct {
	slog.Handler
	to chan slog.Record
}

func (h records) Enabled(context.Context, slog.Level) bool { return true }

func (h records) Handle(_ context.Context, r slog.Record) error {
	select {
	case h.to <- r:
	default:
	}
	return nil
}
