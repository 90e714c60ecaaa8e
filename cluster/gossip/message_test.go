package gossip

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/memberlist"
	"github.com/zeebo/xxh3"
	"pgregory.net/rapid"
)

func drawMessage(t *rapid.T) *message {
	m := &message{
		kind:    kind(rapid.IntRange(int(kindAnnounce), int(kindEntries)).Draw(t, "kind")),
		flags:   rapid.Byte().Draw(t, "flags"),
		cluster: rapid.StringN(0, 5, MaxID).Draw(t, "cluster"),
		from:    rapid.StringN(0, 5, MaxID).Draw(t, "from"),
		session: rapid.Uint64().Draw(t, "session"),
		seq:     rapid.Uint64().Draw(t, "seq"),
	}
	if m.kind == kindDigest {
		for i := range m.digest {
			m.digest[i] = uint64(i) * rapid.Uint64().Draw(t, "sum")
		}
		return m
	}
	for _, e := range drawEntries(t, "entries") {
		m.entries = append(m.entries, e.normal())
	}
	return m
}

func TestMessagesComeAsTheyWereSent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMessage(t)
		got, err := decodeMessage(m.encode())
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, m) {
			t.Fatalf("sent %+v, got %+v", m, got)
		}
	})
}

func TestGarbledMessagesAreNotTaken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawMessage(t).encode()
		switch rapid.IntRange(0, 2).Draw(t, "how") {
		case 0:
			b = b[:rapid.IntRange(0, len(b)-1).Draw(t, "length")]
		case 1:
			b[rapid.IntRange(0, len(b)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		case 2:
			b = append(b, rapid.Byte().Draw(t, "more"))
		}
		if m, err := decodeMessage(b); err == nil {
			t.Fatalf("taken for %+v", m)
		}
	})
}

// seal puts a new checksum on a message.
func seal(b []byte) []byte {
	b = b[:len(b)-checksumSize]
	return binary.LittleEndian.AppendUint64(b, xxh3.Hash(b))
}

func TestMessagesThatNobodySendsAreNotTaken(t *testing.T) {
	live := Entry{ID: "i", Name: "n"}
	with := func(change func(e *Entry)) *message {
		e := live
		change(&e)
		return &message{kind: kindAnnounce, entries: []Entry{e}}
	}
	many := (&message{kind: kindAck}).encode()
	many = seal(append(many[:len(many)-checksumSize-1], append(binary.AppendUvarint(nil, 1<<60), make([]byte, checksumSize)...)...))
	newer := (&message{kind: kindAck}).encode()
	newer[1]++
	for _, test := range []struct {
		name    string
		message []byte
		says    string
	}{
		{"nothing", nil, "0 bytes"},
		{"too long", make([]byte, maxMessage+1), "begin"},
		{"a newer version", seal(newer), "version 2, this program knows 1"},
		{"an unknown kind", (&message{kind: 77}).encode(), "unknown kind 77"},
		{"a long cluster id", (&message{kind: kindAck, cluster: strings.Repeat("x", MaxID+1)}).encode(), "at most 64"},
		{"more entries than bytes", many, "cut off"},
		{"no id", with(func(e *Entry) { e.ID = "" }).encode(), "an id of 0 bytes"},
		{"no name", with(func(e *Entry) { e.Name = "" }).encode(), "a name of 0 bytes"},
		{"not UTF-8", with(func(e *Entry) { e.Name = "\xff" }).encode(), "not UTF-8"},
		{"a counter without successor", with(func(e *Entry) { e.Made.Count = 1 << 63 }).encode(), "bounds"},
		{"too many replicas", with(func(e *Entry) { e.Replicas = 1 << 40 }).encode(), "replicas"},
		{"a long payload", with(func(e *Entry) { e.Payload = make([]byte, MaxPayload+1) }).encode(), "at most 4096"},
	} {
		if _, err := decodeMessage(test.message); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.says)
		}
	}
}

func TestManyEntriesGoInSeveralMessages(t *testing.T) {
	if got := chunks(nil); len(got) != 1 || len(got[0]) != 0 {
		t.Error("no entries are cut into", got)
	}
	var entries []Entry
	for i := range 1000 {
		entries = append(entries, Entry{ID: string(rune('a' + i)), Name: "n", Payload: bytes.Repeat([]byte("x"), MaxPayload)})
	}
	var again []Entry
	for _, part := range chunks(entries) {
		if n := len((&message{kind: kindAnnounce, entries: part}).encode()); n > maxMessage || len(part) == 0 {
			t.Errorf("a part of %d entries has %d bytes", len(part), n)
		}
		again = append(again, part...)
	}
	if !reflect.DeepEqual(again, entries) {
		t.Error("parts are not the whole")
	}
}

func FuzzMessage(f *testing.F) {
	f.Add((&message{kind: kindAnnounce, cluster: "c", from: "a", entries: []Entry{{ID: "i", Name: "n", Payload: []byte("p")}, {ID: "j", Dropped: true}}}).encode())
	f.Add((&message{kind: kindDigest, flags: flagAsked}).encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= checksumSize {
			b = seal(bytes.Clone(b))
		}
		m, err := decodeMessage(b)
		if err != nil {
			return
		}
		again, err := decodeMessage(m.encode())
		if err != nil || !reflect.DeepEqual(again, m) {
			t.Errorf("%+v comes back as %+v, %v", m, again, err)
		}
	})
}

func FuzzMeta(f *testing.F) {
	f.Add("a.1", encodeMeta("c", Member{Name: "n", Data: "d", Build: "b"}))
	f.Fuzz(func(t *testing.T, name string, meta []byte) {
		m, cluster, err := parseNode(&memberlist.Node{Name: name, Meta: meta, Addr: net.IPv4(10, 0, 0, 1), Port: 1})
		if err != nil {
			return
		}
		if sessionName(m.ID, m.Session) != name {
			t.Errorf("%q is taken for session %d of %q", name, m.Session, m.ID)
		}
		again, c, err := parseNode(&memberlist.Node{Name: name, Meta: encodeMeta(cluster, m), Addr: net.IPv4(10, 0, 0, 1), Port: 1})
		if err != nil || again != m || c != cluster {
			t.Errorf("%+v comes back as %+v, %v", m, again, err)
		}
	})
}

func TestMetadataOfANewerVersionIsNotTaken(t *testing.T) {
	_, _, err := parseNode(&memberlist.Node{Name: "a.1", Meta: []byte{metaVersion + 1}})
	if err == nil || errors.Is(err, errMessage) || !strings.Contains(err.Error(), "version 2") {
		t.Error(err)
	}
}
