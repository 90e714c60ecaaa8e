package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eau2db/eau2/cluster/gossip"
	"github.com/eau2db/eau2/cluster/simulate"
	"github.com/eau2db/eau2/cluster/vfs/vfstest"
	"github.com/eau2db/eau2/cluster/wire"
)

// world is whole nodes, gossip and data plane and all, on a simulated network and simulated disks.
type world struct {
	t        *testing.T
	network  *simulate.Network
	random   *rand.Rand
	replicas int
	hosts    []*machine
}

// machine is a host with a disk, and the node that runs on it, if any.
type machine struct {
	w    *world
	name string
	ip   string
	host *simulate.Host
	disk *vfstest.Disk // nil once lost for good
	node *Node         // nil while down
	id   string        // once it has been a member
}

const (
	gossipPort = 3283
	dataPort   = 3282
)

// simulatedLAN is the network while all is well.
var simulatedLAN = simulate.Options{Latency: time.Millisecond}

// slow has gossip take ten times as long as usual, so that hours take seconds.
var slow = gossip.Timing{
	Probe: 10 * time.Second, ProbeTimeout: 5 * time.Second, PushPull: 5 * time.Minute, Gossip: 2 * time.Second,
	Stream: 50 * time.Second, Resend: 10 * time.Second, Rejoin: 20 * time.Second, RejoinMax: 10 * time.Minute,
}

// newWorld starts nodes.
func newWorld(t *testing.T, seed uint64, nodes, replicas int) *world {
	w := &world{t: t, network: simulate.New(seed, simulatedLAN), random: rand.New(rand.NewPCG(seed, 1)), replicas: replicas}
	t.Cleanup(w.close)
	for range nodes {
		must(t, w.add().start())
	}
	return w
}

// add adds a machine that does not run.
func (w *world) add() *machine {
	i := len(w.hosts)
	m := &machine{w: w, name: fmt.Sprint("n", i), ip: fmt.Sprintf("10.0.%d.%d", i/200, i%200+1), disk: vfstest.NewDisk()}
	m.host = w.network.Host(m.ip)
	w.network.Name(m.name, m.ip)
	w.hosts = append(w.hosts, m)
	return m
}

// close ends all nodes.
func (w *world) close() {
	for _, m := range w.running() {
		if err := m.node.Close(); err != nil {
			w.t.Errorf("close %s: %v", m.name, err)
		}
		m.node = nil
	}
	time.Sleep(10 * time.Minute) // memberlist ends what it does not wait for
}

func (w *world) running() []*machine {
	return slices.DeleteFunc(slices.Clone(w.hosts), func(m *machine) bool { return m.node == nil })
}

// stopped are those that can be started again.
func (w *world) stopped() []*machine {
	return slices.DeleteFunc(slices.Clone(w.hosts), func(m *machine) bool { return m.node != nil || m.disk == nil || m.id == "" })
}

// worldLog is silent, unless EAU2_TEST_LOG says otherwise.
func worldLog(on string) *slog.Logger {
	var to io.Writer = io.Discard
	if os.Getenv("EAU2_TEST_LOG") != "" {
		to = os.Stderr
	}
	return slog.New(slog.NewTextHandler(to, nil)).With("on", on)
}

// start starts the node. Its seeds are all other machines.
func (m *machine) start() error {
	var seeds []string
	for _, o := range m.w.hosts {
		if o != m && o.id != "" && o.disk != nil {
			seeds = append(seeds, fmt.Sprintf("%s:%d", o.name, gossipPort))
		}
	}
	return m.startWith(seeds...)
}

func (m *machine) startWith(seeds ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	n, err := Open(ctx, Options{Dir: dataDir, FS: m.disk, Replicas: m.w.replicas})
	if err != nil {
		m.w.t.Fatalf("open %s: %v", m.name, err) // a crash must not keep it from being opened
	}
	err = m.join(ctx, n, seeds)
	if err != nil {
		m.host.Kill()
		if closed := n.Close(); closed != nil {
			m.w.t.Errorf("close %s: %v", m.name, closed)
		}
		return err
	}
	m.node, m.id = n, n.ID()
	return nil
}

func (m *machine) join(ctx context.Context, n *Node, seeds []string) error {
	l, err := m.host.Listen(dataPort)
	if err != nil {
		return err
	}
	s, err := wire.New(wire.Options{Listener: l, Insecure: true})
	if err != nil {
		return err
	}
	transport, err := m.host.Transport(gossipPort)
	if err != nil {
		return err
	}
	err = n.Join(ctx, Peers(PeerOptions{
		Server: s,
		Client: wire.ClientOptions{Dial: m.dial},
		Gossip: gossip.Options{
			Name: m.name, Data: fmt.Sprintf("%s:%d", m.ip, dataPort), Seeds: seeds, Timing: slow, Log: worldLog(m.name),
			Transport: transport, Resolve: m.w.network.Resolve,
		},
	}))
	if err != nil {
		s.Close()
	}
	return err
}

func (m *machine) dial(ctx context.Context, address string) (c net.Conn, err error) {
	return m.host.DialContext(ctx, "tcp", address)
}

// crash ends the node as the loss of power does, or the death of its process: what is not on the disk is lost.
func (m *machine) crash() {
	kinds := []vfstest.Loss{vfstest.Keep, vfstest.Forget, vfstest.Some}
	n := m.node
	m.node = nil
	m.disk = m.disk.Crash(kinds[m.w.random.IntN(len(kinds))], m.w.random)
	m.host.Kill()
	cut(n) // without a farewell
	_ = n.Close()
}

// leave ends the node in good order.
func (m *machine) leave() {
	_ = m.node.Close() // it may be cut off
	m.node = nil
	m.host.Kill()
}

// settled waits until the nodes are at one and have what they are to have.
func (w *world) settled(within time.Duration) time.Duration {
	w.t.Helper()
	begin := time.Now()
	for {
		synctest.Wait()
		err := w.atOne()
		if err == nil {
			return time.Since(begin)
		}
		if time.Since(begin) > within {
			w.t.Fatalf("after %v: %v", within, err)
		}
		time.Sleep(10 * time.Second)
	}
}

// atOne says in what the running nodes differ, or are not as they should be.
func (w *world) atOne() error {
	running := w.running()
	first := ""
	for _, m := range running {
		view := fmt.Sprintf("%d members\n", len(m.node.Members()))
		for _, e := range m.node.entries() {
			name, _ := m.node.catalogue.names.Name(e.ID)
			view += fmt.Sprintf("%s: %s %v\n", e.ID, name, e.Dropped)
		}
		if first == "" {
			first = view
		}
		if view != first || len(m.node.Members()) != len(running) {
			return fmt.Errorf("%s sees\n%s and %s\n%s of %d nodes", running[0].name, first, m.name, view, len(running))
		}
	}
	h, err := running[0].node.Health(context.Background())
	if err != nil {
		return err
	}
	for _, n := range h.Nodes {
		if n.Err != nil || n.Lacks > 0 || n.Repair.Running {
			return fmt.Errorf("node %s: %+v", n.Name, n)
		}
	}
	for _, t := range h.Tables {
		want := min(t.Copies, len(running)) == t.Copies
		if want && t.Few > 0 || t.None > 0 || t.Surplus > 0 {
			return fmt.Errorf("table %s: %+v", t.Name, t)
		}
	}
	return nil
}

// even checks that the chunks of all tables are where they are to be, and no node has too much or too little of one.
func (w *world) even() {
	running := w.running()
	for _, e := range running[0].node.entries() {
		if e.Dropped {
			continue
		}
		chunks := 0
		loads := map[string]int{}
		for _, m := range running {
			t, err := m.node.TableOf(context.Background(), e.ID)
			must(w.t, err)
			chunks = t.Chunks()
			placed := newPlacement(e.ID, m.node.Members(), e.Replicas)
			lacks, surplus := m.node.misplaced(t, placed)
			if len(lacks)+len(surplus) > 0 {
				w.t.Errorf("%s lacks %v of %s and has %v of which it is no home", m.name, lacks, e.ID, surplus)
			}
			for c := range t.Chunks() {
				if t.Has(c) {
					loads[m.name]++
				}
			}
			must(w.t, t.Release())
		}
		for _, m := range running {
			if err := uneven(chunks*min(e.Replicas, len(running)), len(running), loads[m.name]); err != nil {
				w.t.Errorf("table %s, %s: %v", e.ID, m.name, err)
			}
		}
	}
}

// expected are the errors that a node may give while others come and go.
func expected(err error) bool {
	for _, e := range []error{
		ErrUnavailable, ErrNoTable, ErrNoValue, ErrNoNode, ErrTableExists, ErrValueExists, ErrClosed, gossip.ErrClosed, vfstest.ErrCrashed,
		context.DeadlineExceeded, context.Canceled, errNotMe,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
