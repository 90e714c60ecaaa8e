package gossip

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Stamp is a logical time: a Lamport counter, and the node that counted. Stamps of one node differ.
type Stamp struct {
	Count uint64
	Node  string // id
}

// Compare orders stamps: one that was made knowing another is greater.
func (s Stamp) Compare(t Stamp) int {
	return cmp.Or(cmp.Compare(s.Count, t.Count), cmp.Compare(s.Node, t.Node))
}

// Entry is what the catalogue has of a table. Its byte slice is not to be changed once the entry is given away.
type Entry struct {
	ID      string // of the table, never used again
	Dropped bool   // the other fields are zero then

	Name  string // as it was given; Snapshot says what it is called
	Named Stamp  // version of the name

	// Facts, which are the same in all versions.
	Made     Stamp  // when it was made; who was first keeps its name
	Home     string // id of the node that keeps the manifest
	Maker    string // name of the node that made it, for NAME@MAKER
	Replicas int
	Payload  []byte // of the caller, small
}

// Limits of an entry: Apply and Announce refuse others, and so do those who receive them.
const (
	MaxID      = 64 // bytes of an id
	MaxName    = 4096
	MaxMaker   = 128
	MaxPayload = 4096
	maxCount   = 1 << 62 // of a stamp, so that there is always a greater one
	maxCopies  = 1 << 20
)

// Merge returns the entry that knows what a and b know of one table. See the package for its rules.
func Merge(a, b Entry) Entry {
	if a.Dropped || b.Dropped {
		return Entry{ID: a.ID, Dropped: true}
	}
	e := a
	if cmp.Or(b.Named.Compare(a.Named), cmp.Compare(b.Name, a.Name)) > 0 {
		e.Name, e.Named = b.Name, b.Named
	}
	if compareFacts(b, a) > 0 {
		e.Made, e.Home, e.Maker, e.Replicas, e.Payload = b.Made, b.Home, b.Maker, b.Replicas, b.Payload
	}
	return e
}

func compareFacts(a, b Entry) int {
	return cmp.Or(a.Made.Compare(b.Made), cmp.Compare(a.Home, b.Home), cmp.Compare(a.Maker, b.Maker),
		cmp.Compare(a.Replicas, b.Replicas), bytes.Compare(a.Payload, b.Payload))
}

// Equal reports whether two entries say the same.
func (e Entry) Equal(f Entry) bool {
	return e.ID == f.ID && e.Dropped == f.Dropped && e.Name == f.Name && e.Named == f.Named && compareFacts(e, f) == 0
}

// normal is the one form of entries that are equal.
func (e Entry) normal() Entry {
	if e.Dropped {
		return Entry{ID: e.ID, Dropped: true}
	}
	if len(e.Payload) == 0 {
		e.Payload = nil
	}
	return e
}

func (e Entry) check() error {
	switch {
	case e.ID == "" || len(e.ID) > MaxID:
		return fmt.Errorf("an id of %d bytes in place of 1 to %d", len(e.ID), MaxID)
	case e.Dropped:
		return nil
	case e.Name == "" || len(e.Name) > MaxName:
		return fmt.Errorf("a name of %d bytes in place of 1 to %d", len(e.Name), MaxName)
	case !utf8.ValidString(e.Name):
		return errors.New("a name that is not UTF-8")
	case e.Named.Count > maxCount || e.Made.Count > maxCount:
		return errors.New("a version beyond all bounds")
	case len(e.Named.Node) > MaxID || len(e.Made.Node) > MaxID || len(e.Home) > MaxID || len(e.Maker) > MaxMaker:
		return errors.New("the id or name of a node is too long")
	case e.Replicas < 0 || e.Replicas > maxCopies:
		return fmt.Errorf("%d replicas", e.Replicas)
	case len(e.Payload) > MaxPayload:
		return fmt.Errorf("a payload of %d bytes, more than %d", len(e.Payload), MaxPayload)
	}
	return nil
}
