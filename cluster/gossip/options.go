package gossip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"time"

	"github.com/hashicorp/memberlist"
)

// Options say who a node is, where it listens and whom it asks. ID and Bind, or Transport, must be given.
type Options struct {
	ID      string // of the node, for good
	Name    string // for people; "" is the id
	Data    string // address of the data plane, for the others
	Build   string // of the program
	Session uint64 // the greatest number a session of this id may have had; it begins one that is greater and not before the clock
	Cluster string // id of the cluster; "" when the node is of none yet

	Bind      string // ip:port to listen on; port 0 takes any
	Advertise string // ip:port that the others reach it by; "" is where it listens
	Key       []byte // secret of the cluster: 16, 24 or 32 bytes; nil is none
	Label     string // clusters with other labels are not heard; "" is "eau2"

	Seeds     []string // host:port of nodes to ask; may name this one. Hosts are resolved each time
	Bootstrap bool     // found a cluster when no seed knows of one
	Wait      bool     // when no seed answers ask again, until the context of Start ends
	Rejoin    bool     // the node was a member before: when it finds nobody it starts alone and goes on trying
	Known     []Member // members seen in earlier sessions, to be asked as well

	// Entries are those of the catalogue that the node has. Store makes changed entries durable before they are seen; what
	// it refuses does not happen. It is called by one goroutine at a time, and must not call the Gossip.
	Entries []Entry
	Store   func(changed []Entry) error

	// Accept refuses a member, of another build perhaps, by its error. Who refuses another must be refused by it. It must
	// not wait or call the Gossip.
	Accept func(Member) error

	Transport memberlist.Transport                                             // in place of sockets at Bind
	Resolve   func(ctx context.Context, host string) (ips []string, err error) // in place of net.DefaultResolver
	Carrier   Carrier                                                          // of messages, in place of memberlist's streams
	Timing    Timing
	Log       *slog.Logger // nil is slog.Default()
}

// Timing has what takes how long. What is zero is as it says, and good for a local network.
type Timing struct {
	Probe        time.Duration // 1s: each node probes another one
	ProbeTimeout time.Duration // 500ms: until it asks others to
	PushPull     time.Duration // 30s: a pair of nodes compare their states
	Gossip       time.Duration // 200ms: news go on
	Stream       time.Duration // 5s: for one exchange over a stream
	Resend       time.Duration // 1s: until what is not acknowledged is sent again
	Rejoin       time.Duration // 2s: until a lost member is asked again, at first
	RejoinMax    time.Duration // 60s: and in the end
}

func (t Timing) withDefaults() Timing {
	for _, d := range []struct {
		of       *time.Duration
		duration time.Duration
	}{
		{&t.Probe, time.Second}, {&t.ProbeTimeout, 500 * time.Millisecond}, {&t.PushPull, 30 * time.Second},
		{&t.Gossip, 200 * time.Millisecond}, {&t.Stream, 5 * time.Second}, {&t.Resend, time.Second},
		{&t.Rejoin, 2 * time.Second}, {&t.RejoinMax, time.Minute},
	} {
		if *d.of <= 0 {
			*d.of = d.duration
		}
	}
	return t
}

func (o Options) withDefaults() (Options, error) {
	switch {
	case o.ID == "" || len(o.ID) > MaxID:
		return o, fmt.Errorf("id of the node: %d bytes in place of 1 to %d", len(o.ID), MaxID)
	case len(o.Cluster) > MaxID:
		return o, fmt.Errorf("id of the cluster: %d bytes, more than %d", len(o.Cluster), MaxID)
	case len(o.Label) > memberlist.LabelMaxSize:
		return o, fmt.Errorf("label: %d bytes, more than %d", len(o.Label), memberlist.LabelMaxSize)
	}
	if o.Name == "" {
		o.Name = o.ID
	}
	if len(o.Name) > MaxMaker {
		return o, fmt.Errorf("name of the node: %d bytes, more than %d", len(o.Name), MaxMaker)
	}
	if _, _, err := parseSessionName(sessionName(o.ID, 1)); err != nil {
		return o, fmt.Errorf("id of the node: %w", err)
	}
	// An id of a cluster that is still to be learnt has to fit as well.
	if n := len(encodeMeta(string(make([]byte, MaxID)), Member{Name: o.Name, Data: o.Data, Build: o.Build})); n > memberlist.MetaMaxSize {
		return o, fmt.Errorf("name, address and build of the node are too long together: %d bytes, more than %d", n, memberlist.MetaMaxSize)
	}
	if k := o.Key; k != nil {
		if err := memberlist.ValidateKey(k); err != nil {
			return o, fmt.Errorf("gossip key: %d bytes in place of 16, 24 or 32", len(k))
		}
	}
	if o.Session == math.MaxUint64 {
		return o, errors.New("session: there is no greater number")
	}
	o.Session = max(o.Session+1, uint64(time.Now().UnixNano()))
	if o.Label == "" {
		o.Label = "eau2"
	}
	if o.Resolve == nil {
		o.Resolve = net.DefaultResolver.LookupHost
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	o.Timing = o.Timing.withDefaults()
	return o, nil
}
