package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Requests that nodes send each other.
const (
	kindLoad   = "load"   // Send: the id of a table, then blocks; see spread
	kindPart   = "part"   // Send: the id of a table that a third node loads, then blocks
	kindValues = "values" // Fetch: keys of values of a table, each with its length before it; a block for each
	kindHave   = "have"   // Call: the id of a table; a bit for each chunk that is here
	kindKeep   = "keep"   // Call: the id of a table; a bit for each chunk that is here to stay
	kindHealth = "health" // Call: nothing; a report
	kindPut    = "put"    // Send: a key whose home the node is, then the value
	kindGet    = "get"    // Fetch: a key; the value
	kindWait   = "wait"   // Fetch: a key; the value, as soon as there is one
	kindDelete = "delete" // Call: a key
	kindCopy   = "copy"   // Send: a key whose home is another node, then the value
	kindUncopy = "uncopy" // Call: a key whose home is another node
	kindHold   = "hold"   // Call: keys; for each a byte, 1 when its value is here
	kindList   = "list"   // Call: the beginning of names; the keys of the values that are here, copies too
)

// handler is a Node as others see it.
type handler Node

func (h *handler) Merge(entries []Entry) error { return (*Node)(h).merge(entries) }

func (h *handler) Entries() []Entry {
	return (*Node)(h).entries()
}

func (h *handler) Call(ctx context.Context, kind string, request []byte) ([]byte, error) {
	n := (*Node)(h)
	switch kind {
	case kindHave:
		return n.have(string(request))
	case kindHealth:
		return n.report().bytes(), nil
	case kindKeep:
		return n.keeps(string(request))
	case kindHold:
		return n.holds(ctx, request)
	case kindList:
		keys, err := n.place.keys(string(request))
		return appendKeys(nil, keys), err
	case kindDelete, kindUncopy:
		k, err := parseKey(request)
		if err != nil {
			return nil, err
		}
		if kind == kindDelete {
			return nil, n.store.Delete(ctx, Key{Name: k.Name, Home: n.id})
		}
		if err := n.place.delete(k); !errors.Is(err, ErrNoValue) {
			return nil, err
		}
		return nil, nil
	}
	return nil, errKind(kind)
}

func (h *handler) Fetch(ctx context.Context, kind string, request []byte, out func([]byte) error) error {
	n := (*Node)(h)
	switch kind {
	case kindValues:
		return n.values(ctx, request, out)
	case kindGet, kindWait:
		return n.store.give(ctx, kind, request, out)
	}
	n.mu.RLock()
	f := n.handlers[kind]
	n.mu.RUnlock()
	if f != nil {
		return f(ctx, request, out)
	}
	return errKind(kind)
}

func (h *handler) Receive(ctx context.Context, kind string, request []byte, next func() ([]byte, error)) ([]byte, error) {
	n := (*Node)(h)
	switch kind {
	case kindLoad:
		return nil, n.receive(string(request), next)
	case kindPart:
		return nil, n.receivePart(ctx, string(request), next)
	case kindPut, kindCopy:
		return nil, n.store.take(ctx, kind, request, next)
	}
	return nil, errKind(kind)
}

// Handle makes f answer the requests of a kind that Fetch sends from other nodes; see Handler.Fetch.
func (n *Node) Handle(kind string, f func(ctx context.Context, request []byte, out func(block []byte) error) error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.handlers == nil {
		n.handlers = map[string]fetchHandler{}
	}
	n.handlers[kind] = f
}

type fetchHandler func(ctx context.Context, request []byte, out func(block []byte) error) error

// Fetch sends a request to another node and gives f the blocks of its answer, which are f's to keep.
func (n *Node) Fetch(ctx context.Context, to Member, kind string, request []byte, f func(block []byte) error) error {
	if n.net == nil {
		return atNode(to.ID, ErrUnavailable)
	}
	return n.net.Fetch(ctx, to.ID, kind, request, f)
}

func errKind(kind string) error { return fmt.Errorf("unknown request %q", kind) }

// have tells which chunks of a table are here.
func (n *Node) have(id string) ([]byte, error) {
	return n.bitsHere(id, func(*content, []byte) {})
}

// bitsHere returns haveBits of a table, as change has changed them.
func (n *Node) bitsHere(id string, change func(c *content, bits []byte)) ([]byte, error) {
	s, _, err := n.findID(id)
	if err != nil {
		return nil, err
	}
	defer s.release()
	c, err := s.loadHere()
	if err != nil {
		return nil, err
	}
	bits := haveBits(c)
	change(c, bits)
	return bits, c.release()
}

// values sends values of tables.
func (n *Node) values(ctx context.Context, request []byte, out func([]byte) error) error {
	for len(request) > 0 {
		name, rest, ok := uvarintText(request)
		if !ok {
			return errBlock
		}
		request = rest
		if err := ctx.Err(); err != nil {
			return err
		}
		b, err := n.store.here(name)
		if err != nil {
			return err
		}
		if err := out(slices.Clone(b)); err != nil {
			return err
		}
	}
	return nil
}
