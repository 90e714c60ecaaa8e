package gossip

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/memberlist"
)

// State says what is known of a member.
type State byte

// States of a member.
const (
	Alive State = iota + 1
	Dead
	Left // said so itself, and is not waited for
)

// String returns the state in lower case.
func (s State) String() string {
	return [...]string{"unknown", "alive", "dead", "left"}[min(s, 3)]
}

// Member is a node as this one knows it.
type Member struct {
	ID      string // for good
	Name    string // given by people; need not be unique
	Data    string // address of its data plane, host:port
	Gossip  string // address of its gossip, ip:port
	Build   string // of its program
	Session uint64 // greater at each start
	State   State
	Since   time.Time // when the state was found, by this node's clock
}

// name is what memberlist calls the session of a node.
func sessionName(id string, session uint64) string {
	return id + "." + strconv.FormatUint(session, 36)
}

func parseSessionName(name string) (id string, session uint64, err error) {
	id, digits, _ := strings.Cut(name, ".")
	session, err = strconv.ParseUint(digits, 36, 64)
	if err != nil || id == "" || sessionName(id, session) != name {
		return "", 0, fmt.Errorf("%w: %.100q is not the name of a session", errMessage, name)
	}
	return id, session, nil
}

// metaVersion begins what memberlist carries with every member: then come cluster, name, data and build, strings each.
const metaVersion = 1

func encodeMeta(cluster string, m Member) []byte {
	b := []byte{metaVersion}
	for _, s := range []string{cluster, m.Name, m.Data, m.Build} {
		b = appendString(b, s)
	}
	return b
}

// parseNode returns the member that memberlist's node is, without State and Since, and the cluster it is of.
func parseNode(n *memberlist.Node) (m Member, cluster string, err error) {
	if m.ID, m.Session, err = parseSessionName(n.Name); err != nil {
		return Member{}, "", err
	}
	r := reader{b: n.Meta}
	if v := r.byte(); r.err == nil && v != metaVersion {
		return Member{}, "", fmt.Errorf("member %s has metadata of version %d, this program knows %d", m.ID, v, metaVersion)
	}
	const limit = memberlist.MetaMaxSize
	cluster, m.Name, m.Data, m.Build = r.string(limit), r.string(limit), r.string(limit), r.string(limit)
	if r.err != nil || len(r.b) > 0 {
		return Member{}, "", fmt.Errorf("%w: metadata of member %s", errMessage, m.ID)
	}
	m.Gossip = net.JoinHostPort(n.Addr.String(), strconv.Itoa(int(n.Port)))
	return m, cluster, nil
}

func sortMembers(members []Member) {
	slices.SortFunc(members, func(a, b Member) int { return cmp.Compare(a.ID, b.ID) })
}
