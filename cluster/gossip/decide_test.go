package gossip

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
)

// TestWhatFollowsFromTheSeedsReplies is the table of the package. A reply is written KIND or KIND:CLUSTER, and is at the
// address of its place in the list.
func TestWhatFollowsFromTheSeedsReplies(t *testing.T) {
	for _, test := range []struct {
		own     string
		replies string
		options Options
		next    step
		cluster string
		err     error
	}{
		{"", "", Options{}, stepFound, "", nil},
		{"mine", "", Options{}, stepJoined, "", nil},
		{"", "other:x silent none", Options{}, stepAdopt, "x", nil},
		{"", "other:x key", Options{Bootstrap: true}, stepAdopt, "x", nil},
		{"", "other:x other:x", Options{}, stepAdopt, "x", nil},
		{"", "other:x other:y", Options{}, stepFail, "", ErrOtherCluster},
		{"", "none silent", Options{}, stepWait, "", nil},
		{"", "none silent", Options{Bootstrap: true}, stepFound, "", nil},
		{"", "silent silent", Options{}, stepFail, "", ErrNoSeed},
		{"", "silent", Options{Bootstrap: true}, stepFound, "", nil},
		{"", "silent unresolved", Options{Wait: true}, stepWait, "", ErrNoSeed},
		{"", "silent key", Options{Wait: true}, stepFail, "", ErrKey},
		{"", "unresolved", Options{}, stepFail, "", ErrNoSeed},
		{"", "self none none", Options{}, stepFound, "", nil},
		{"", "self none silent", Options{}, stepFound, "", nil},
		{"", "self silent silent", Options{}, stepWait, "", nil},
		{"", "self silent silent", Options{Bootstrap: true}, stepFound, "", nil},
		{"", "self none silent silent", Options{}, stepWait, "", nil},
		{"", "self none unresolved", Options{}, stepWait, "", nil},
		{"", "none self none", Options{}, stepWait, "", nil},
		{"", "silent self none", Options{}, stepWait, "", nil},
		{"", "self", Options{}, stepFound, "", nil},
		{"", "self none other:x", Options{}, stepAdopt, "x", nil},
		{"mine", "joined silent", Options{}, stepJoined, "", nil},
		{"mine", "other:x joined", Options{}, stepJoined, "", nil},
		{"mine", "other:x", Options{}, stepFail, "", ErrOtherCluster},
		{"mine", "other:x", Options{Rejoin: true}, stepAlone, "", ErrOtherCluster},
		{"mine", "silent unresolved", Options{}, stepFail, "", ErrNoSeed},
		{"mine", "silent none", Options{Rejoin: true}, stepAlone, "", ErrNoSeed},
		{"mine", "self silent", Options{}, stepAlone, "", ErrNoSeed},
		{"", "key", Options{}, stepFail, "", ErrKey},
		{"", "self key none", Options{}, stepFail, "", ErrKey},
		{"mine", "key", Options{}, stepFail, "", ErrKey},
		{"mine", "key", Options{Rejoin: true}, stepAlone, "", ErrKey},
		{"", "refused", Options{}, stepFail, "", errRefused},
		{"mine", "refused", Options{Rejoin: true}, stepAlone, "", errRefused},
	} {
		next, cluster, err := decide(test.own, test.options, parseReplies(test.replies))
		if next != test.next || cluster != test.cluster || test.err != nil && !errors.Is(err, test.err) {
			t.Errorf("own %q, replies %q, %+v: got %d %q %v, want %d %q %v",
				test.own, test.replies, test.options, next, cluster, err, test.next, test.cluster, test.err)
		}
	}
}

func parseReplies(text string) []reply {
	kinds := map[string]replyKind{
		"silent": replySilent, "joined": replyJoined, "self": replySelf, "none": replyNone, "other": replyOther,
		"key": replyKey, "refused": replyRefused, "unresolved": replySilent,
	}
	var replies []reply
	for i, word := range strings.Fields(text) {
		name, cluster, _ := strings.Cut(word, ":")
		r := reply{seed: word, is: kinds[name], cluster: cluster}
		if name == "none" {
			r.node = string(rune('a' + i))
		}
		if name != "unresolved" {
			r.address = netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 7946)
		}
		replies = append(replies, r)
	}
	return replies
}

func TestOptionsThatCannotBe(t *testing.T) {
	good := Options{ID: "a", Name: "a"}
	for _, test := range []struct {
		says   string
		change func(o *Options)
	}{
		{"id of the node", func(o *Options) { o.ID = "" }},
		{"id of the node", func(o *Options) { o.ID = "a.b" }},
		{"id of the cluster", func(o *Options) { o.Cluster = strings.Repeat("x", 65) }},
		{"name of the node", func(o *Options) { o.Name = strings.Repeat("x", 129) }},
		{"too long together", func(o *Options) { o.Build = strings.Repeat("x", 500) }},
		{"15 bytes in place of 16", func(o *Options) { o.Key = make([]byte, 15) }},
		{"label", func(o *Options) { o.Label = strings.Repeat("x", 256) }},
		{"no greater number", func(o *Options) { o.Session = 1<<64 - 1 }},
		{"bind", func(o *Options) { o.Bind = "nonsense" }},
		{"not an IP", func(o *Options) { o.Bind = "localhost:0" }},
		{"advertise", func(o *Options) { o.Bind, o.Advertise = "127.0.0.1:0", "0.0.0.0:7946" }},
		{"listen on [::]:0", func(o *Options) { o.Bind = "[::]:0" }},
		{"an id of 0 bytes", func(o *Options) { o.Bind, o.Entries = "127.0.0.1:0", []Entry{{}} }},
	} {
		o := good
		test.change(&o)
		g, err := Start(t.Context(), o)
		if err == nil {
			t.Errorf("%s: it started: %v", test.says, g.Close())
		} else if !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v", test.says, err)
		}
	}
}
