package gossip

import (
	"encoding/binary"
	"fmt"

	"github.com/zeebo/xxh3"
)

// A message between nodes is
//
//	magic, version, kind         a byte each
//	flags                        a byte
//	cluster, from, session       string, string, uvarint
//	seq                          uvarint
//	body                         of kindDigest: the buckets, 8 bytes each; otherwise uvarint n and n entries
//	xxh3                         8 bytes: of all before
//
// A string is a uvarint length and bytes. An entry is its id, a flag byte, and unless it is dropped name, Named, Made
// (uvarint counter, string node), Home, Maker (strings), Replicas (uvarint), Payload (string).
const (
	messageMagic   = 0xE2
	messageVersion = 1

	messageHeader = 4 // bytes that a later version will have as well
	checksumSize  = 8

	maxMessage   = 4 << 20   // what is longer is not looked at
	chunkEntries = 256 << 10 // bytes of entries in a message, about
)

// kind says what a message is for.
type kind byte

const (
	kindAnnounce kind = iota + 1 // entries to be merged, stored and acknowledged
	kindLeave                    // the sender leaves; to be acknowledged
	kindAck                      // of what the receiver sent under seq
	kindDigest                   // what the sender has; entries that differ are to be sent to it
	kindEntries                  // entries to be merged; seq is of the digest that asked for them, or 0
)

// Flags of messages and entries.
const (
	flagAsked   = 1 // kindDigest: the sender waits for kindEntries with its seq
	flagLast    = 1 // kindEntries: these are the last of those under seq
	flagDropped = 1 // of an entry
)

type message struct {
	kind    kind
	flags   byte
	cluster string
	from    string // id of the sender
	session uint64 // of the sender
	seq     uint64
	digest  digest
	entries []Entry
}

func (m *message) encode() []byte {
	b := []byte{messageMagic, messageVersion, byte(m.kind), m.flags}
	b = appendString(b, m.cluster)
	b = appendString(b, m.from)
	b = binary.AppendUvarint(b, m.session)
	b = binary.AppendUvarint(b, m.seq)
	if m.kind == kindDigest {
		for _, sum := range m.digest {
			b = binary.LittleEndian.AppendUint64(b, sum)
		}
	} else {
		b = binary.AppendUvarint(b, uint64(len(m.entries)))
		for _, e := range m.entries {
			b = appendEntry(b, e)
		}
	}
	return binary.LittleEndian.AppendUint64(b, xxh3.Hash(b))
}

func decodeMessage(b []byte) (*message, error) {
	switch {
	case len(b) < messageHeader+checksumSize || len(b) > maxMessage || b[0] != messageMagic:
		return nil, fmt.Errorf("%w: %d bytes that do not begin as one", errMessage, len(b))
	case b[1] != messageVersion:
		return nil, fmt.Errorf("message of version %d, this program knows %d", b[1], messageVersion)
	}
	body := b[:len(b)-checksumSize]
	if xxh3.Hash(body) != binary.LittleEndian.Uint64(b[len(body):]) {
		return nil, fmt.Errorf("%w: wrong checksum", errMessage)
	}
	m := &message{kind: kind(b[2]), flags: b[3]}
	r := reader{b: body[messageHeader:]}
	m.cluster = r.string(MaxID)
	m.from = r.string(MaxID)
	m.session = r.uvarint()
	m.seq = r.uvarint()
	switch m.kind {
	case kindDigest:
		for i := range m.digest {
			m.digest[i] = r.uint64()
		}
	case kindAnnounce, kindLeave, kindAck, kindEntries:
		for n := r.uvarint(); n > 0 && r.err == nil; n-- {
			m.entries = append(m.entries, r.entry())
		}
	default:
		return nil, fmt.Errorf("%w: of unknown kind %d", errMessage, m.kind)
	}
	if r.err == nil && len(r.b) > 0 {
		r.fail("%d bytes too many", len(r.b))
	}
	if r.err != nil {
		return nil, r.err
	}
	return m, nil
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendEntry(b []byte, e Entry) []byte {
	b = appendString(b, e.ID)
	if e.Dropped {
		return append(b, flagDropped)
	}
	b = appendString(append(b, 0), e.Name)
	for _, s := range []Stamp{e.Named, e.Made} {
		b = appendString(binary.AppendUvarint(b, s.Count), s.Node)
	}
	b = appendString(appendString(b, e.Home), e.Maker)
	b = binary.AppendUvarint(b, uint64(e.Replicas))
	return appendString(b, string(e.Payload))
}

// reader takes values off b until one is not there; what it returns from then on is zero.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: "+format, append([]any{errMessage}, args...)...)
	}
	r.b = nil
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail("a number is cut off or too great")
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) uint64() uint64 {
	if len(r.b) < 8 {
		r.fail("cut off")
		return 0
	}
	v := binary.LittleEndian.Uint64(r.b)
	r.b = r.b[8:]
	return v
}

func (r *reader) byte() byte {
	if len(r.b) < 1 {
		r.fail("cut off")
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *reader) string(limit uint64) string {
	n := r.uvarint()
	if n > limit || n > uint64(len(r.b)) {
		r.fail("a string of %d bytes, where %d are left of at most %d", n, len(r.b), limit)
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

func (r *reader) entry() Entry {
	e := Entry{ID: r.string(MaxID)}
	switch flags := r.byte(); flags {
	case flagDropped:
		e.Dropped = true
	case 0:
		e.Name = r.string(MaxName)
		for _, s := range []*Stamp{&e.Named, &e.Made} {
			s.Count = r.uvarint()
			s.Node = r.string(MaxID)
		}
		e.Home, e.Maker = r.string(MaxID), r.string(MaxMaker)
		replicas := r.uvarint()
		if replicas > maxCopies {
			r.fail("%d replicas", replicas)
		}
		e.Replicas = int(replicas)
		if payload := r.string(MaxPayload); payload != "" {
			e.Payload = []byte(payload)
		}
	default:
		r.fail("an entry with flags %#x", flags)
	}
	if r.err == nil {
		if err := e.check(); err != nil {
			r.fail("an entry with %w", err)
		}
	}
	return e
}

// chunks cuts entries into parts that fit a message; there is at least one.
func chunks(entries []Entry) [][]Entry {
	var parts [][]Entry
	from, size := 0, 0
	var frame []byte
	for i, e := range entries {
		frame = appendEntry(frame[:0], e)
		if size += len(frame); size > chunkEntries && i > from {
			parts = append(parts, entries[from:i])
			from, size = i, len(frame)
		}
	}
	return append(parts, entries[from:])
}
