package engine

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"strings"

	"github.com/eau2db/eau2/cluster"
	"github.com/eau2db/eau2/cluster/gossip"
	"github.com/eau2db/eau2/cluster/wire"
)

// ClusterOptions make an Engine one node of several that act as one: it finds the others by gossip, and serves them and
// clients at Listener. The tables of a cluster are everybody's.
type ClusterOptions struct {
	Name      string       // of the node, for people; "" is the host's
	Listener  net.Listener // for nodes and clients; closed with the Engine
	Advertise string       // HOST:PORT by which the others reach Listener; "" is its address
	Serve     ServeOptions // for clients; Files for other nodes, too
	NodeTLS   *tls.Config  // to call other nodes with; nil is without TLS. See NodeTLS

	Gossip          string   // IP:PORT to gossip at; "" is any port of loopback
	GossipAdvertise string   // IP:PORT by which the others reach that; "" is itself
	GossipKey       []byte   // secret of the cluster, 16, 24 or 32 bytes; nil is none. See ReadGossipKey
	Join            []string // HOST:PORT of nodes that gossip; without any the node founds a cluster, unless its directory is of one
	Replicas        int      // nodes that keep each chunk; 0 is 2
}

// NodeTLS reads what a node shows the others: its certificate, its key, and the authority that signs those of all nodes.
func NodeTLS(certFile, keyFile, caFile string) (*tls.Config, error) {
	return wire.ClientTLS(caFile, certFile, keyFile)
}

// ReadGossipKey reads a key, as eau2sh keygen prints it, from a file.
func ReadGossipKey(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(b)))
	if err == nil && len(key) != 16 && len(key) != 24 && len(key) != 32 {
		err = fmt.Errorf("%d bytes, not 16, 24 or 32", len(key))
	}
	if err != nil {
		return nil, fmt.Errorf("%s is not a gossip key: %w", path, err)
	}
	return key, nil
}

// defaultReplicas is how many nodes keep each chunk.
const defaultReplicas = 2

// join makes the engine's node one of many.
func (e *Engine) join(ctx context.Context, o *ClusterOptions) error {
	c := *o
	if c.Name == "" {
		c.Name, _ = os.Hostname()
	}
	if c.Advertise == "" {
		c.Advertise = c.Listener.Addr().String()
	}
	if c.Gossip == "" {
		c.Gossip = "127.0.0.1:0"
	}
	files, err := newFolders(c.Serve.Files)
	if err != nil {
		return errors.Join(err, c.Listener.Close())
	}
	e.folders = files
	s, err := wire.New(wire.Options{
		Listener: c.Listener, TLS: c.Serve.TLS, Token: c.Serve.Token, Insecure: c.Serve.Insecure,
		Nodes: []string{cluster.NodeNames}, Logger: e.opt.Logger, MaxMessage: 0,
	})
	if err != nil {
		return errors.Join(err, c.Listener.Close())
	}
	if err := checkAdvertised(c.Advertise); err != nil {
		s.Close()
		return errors.Join(err, c.Listener.Close())
	}
	e.served = e.register(s, c.Serve, files)
	err = e.node.Join(ctx, cluster.Peers(cluster.PeerOptions{
		Server: s,
		Client: wire.ClientOptions{TLS: c.NodeTLS, Token: c.Serve.Token},
		Gossip: gossip.Options{
			Name: c.Name, Data: c.Advertise, Build: build(), Bind: c.Gossip, Advertise: c.GossipAdvertise,
			Key: c.GossipKey, Seeds: c.Join, Log: e.opt.Logger, Accept: sameBuild,
			Wait: e.opt.run != nil, // the first of an application may not have started yet
		},
		Grace: c.Serve.Grace,
	}))
	if err != nil {
		s.Close()
	}
	return err
}

// checkAdvertised refuses addresses that mean another machine everywhere.
func checkAdvertised(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		return fmt.Errorf("the other nodes cannot reach this one at %s: it needs an address to advertise", addr)
	}
	return nil
}

// build names the program: nodes exchange plans, which mean the same only to the same one.
func build() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	text := info.Main.Path + " " + info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			text += " " + s.Value
		}
	}
	return text
}

// errBuild says that a node is of another build.
var errBuild = errors.New("it is of another build")

func sameBuild(m gossip.Member) error {
	if m.Build != build() {
		return fmt.Errorf("%w: %q, this one is %q", errBuild, m.Build, build())
	}
	return nil
}

// Self tells how others reach this node: its name, the address of its data plane, and that of its gossip. All are empty
// in an Engine that is not one of a cluster.
func (e *Engine) Self() (name, address, gossip string) {
	m := e.node.Self()
	return m.Name, m.Addr, m.Gossip
}

// fewCopies warns when a new table is kept by fewer nodes than it should be.
func (s *statement) fewCopies(table string) []string {
	want, live := s.node.Replicas(), len(s.node.Members())
	if live >= want {
		return nil
	}
	return []string{fmt.Sprintf("%s is kept by %s, not by %d, because no more are there", table, plural(live, "node"), want)}
}

// Leave takes the engine's node out of its cluster and lets go on what clients and nodes have asked for as long as
// ServeOptions.Grace says. Tables stay readable here until Close.
func (e *Engine) Leave() error { return e.node.Leave() }
