package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/eau2db/eau2/cluster/gossip"
	"github.com/eau2db/eau2/cluster/wire"
)

// startPeer starts a node that meets others on loopback.
func startPeer(t *testing.T, name, dir string, replicas int, seeds ...string) *Node {
	t.Helper()
	n, err := openPeer(t.Context(), name, dir, replicas, seeds...)
	must(t, err)
	return n
}

func openPeer(ctx context.Context, name, dir string, replicas int, seeds ...string) (*Node, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s, err := wire.New(wire.Options{Listener: l})
	if err != nil {
		return nil, err
	}
	n, err := Open(ctx, Options{Dir: dir, Replicas: replicas})
	if err != nil {
		return nil, err
	}
	err = n.Join(ctx, Peers(PeerOptions{
		Server: s,
		Gossip: gossip.Options{
			Name: name, Data: l.Addr().String(), Bind: "127.0.0.1:0", Seeds: seeds, Log: slog.New(slog.DiscardHandler),
			Timing: gossip.Timing{Probe: 500 * time.Millisecond, ProbeTimeout: 300 * time.Millisecond, Gossip: 20 * time.Millisecond, Rejoin: 200 * time.Millisecond},
		},
	}))
	if err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

// cut ends a node's traffic as its death would, without a farewell.
func cut(n *Node) {
	p := n.net.(*peers)
	p.opt.Server.Close()
	p.pool.Close()
	p.gossip.Load().Close()
}

func TestPeersShareTablesAndValues(t *testing.T) {
	a := startPeer(t, "a", t.TempDir(), 2)
	seed := a.Self().Gossip
	nodes := []*Node{a, startPeer(t, "b", t.TempDir(), 2, seed), startPeer(t, "c", "", 2, seed)}
	for i, n := range nodes {
		must(t, sample{seed: int64(i), rows: 500, chunkRows: 7}.load(n, fmt.Sprint("t", i)))
	}
	for _, n := range nodes {
		for i := range nodes {
			must(t, sample{seed: int64(i), rows: 500, chunkRows: 7}.check(n, fmt.Sprint("t", i)))
		}
	}
	k := Key{"k", nodes[1].ID()}
	got := make(chan error)
	go func() {
		v, err := nodes[2].Store().GetAndWait(t.Context(), k)
		if err == nil && len(v) != 20<<20 {
			err = fmt.Errorf("%d bytes", len(v))
		}
		got <- err
	}()
	must(t, nodes[0].Store().Put(t.Context(), k, make([]byte, 20<<20)))
	must(t, <-got)
	_, err := nodes[0].Store().Get(t.Context(), Key{"other", nodes[1].ID()})
	wantErr(t, err, ErrNoValue)
	must(t, nodes[1].Drop(t.Context(), "t0"))
	wantErr(t, sample{}.check(nodes[2], "t0"), ErrNoTable)
	for _, n := range nodes {
		must(t, n.Close())
	}
}

func TestPeersOutliveOne(t *testing.T) {
	a := startPeer(t, "a", t.TempDir(), 2)
	seed := a.Self().Gossip
	dir := t.TempDir()
	b, c := startPeer(t, "b", dir, 2, seed), startPeer(t, "c", t.TempDir(), 2, seed)
	s := sample{seed: 1, rows: 500, chunkRows: 7}
	must(t, s.load(a, "t"))
	cut(b)
	must(t, s.check(a, "t"))
	must(t, s.check(c, "t"))
	_ = b.Close()
	for len(a.Members()) > 2 { // until the others have missed it
		<-a.net.Changed()
	}
	for len(c.Members()) > 2 {
		<-c.net.Changed()
	}
	must(t, s.load(c, "u"))
	b = startPeer(t, "b", dir, 2, seed)
	must(t, s.check(b, "u"))
	must(t, s.check(b, "t"))
	for _, n := range []*Node{a, b, c} {
		must(t, n.Close())
	}
}

// A node that leaves beside one that has just died ends in good order.
func TestPeerLeavesADeadOne(t *testing.T) {
	a := startPeer(t, "a", t.TempDir(), 2)
	b := startPeer(t, "b", t.TempDir(), 2, a.Self().Gossip)
	cut(b)
	must(t, a.Close())
	_ = b.Close()
}

func TestPeerOfNobodySaysSo(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	nobody := l.Addr().String()
	must(t, l.Close())
	_, err = openPeer(t.Context(), "a", t.TempDir(), 1, nobody)
	if !errors.Is(err, gossip.ErrNoSeed) || !strings.Contains(err.Error(), nobody) {
		t.Errorf("error is %v", err)
	}
}
