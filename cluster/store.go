package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// Store keeps values under keys. A key is written once: until it is deleted its value never changes. The values of
// tables are in it, too: their keys begin with table/, and only Create writes them.
type Store interface {
	// Put stores a value, durably when it returns nil. Putting the same bytes again is fine; ErrValueExists for others.
	Put(ctx context.Context, key Key, value []byte) error
	// Get returns a copy of a value. ErrNoValue when there is none.
	Get(ctx context.Context, key Key) ([]byte, error)
	// GetAndWait is Get that waits until somebody puts the value, or ctx ends, or the node is closed.
	GetAndWait(ctx context.Context, key Key) ([]byte, error)
	// Delete removes a value. ErrNoValue when there is none.
	Delete(ctx context.Context, key Key) error
	// List returns the keys whose names begin with prefix, by name and then home: those of all values that are on live nodes,
	// but not those of tables.
	List(ctx context.Context, prefix string) ([]Key, error)
}

// store is the Store of a node.
type store struct {
	node *Node

	mu      sync.Mutex
	busy    map[Key]chan struct{} // keys being put or deleted; closed when that is done
	waiters map[Key]*waiter
	closed  chan struct{}
}

// waiter wakes all who wait for one key.
type waiter struct {
	put     chan struct{} // closed by who puts it
	waiting int
}

func newStore(n *Node) *store {
	return &store{node: n, busy: map[Key]chan struct{}{}, waiters: map[Key]*waiter{}, closed: make(chan struct{})}
}

func (s *store) close() { close(s.closed) }

// key checks a key and gives it its home.
func (s *store) key(ctx context.Context, k Key) (Key, error) {
	if err := ctx.Err(); err != nil {
		return k, err
	}
	select {
	case <-s.closed:
		return k, ErrClosed
	default:
	}
	if k.Home == "" {
		k.Home = s.node.id
	}
	if k.Home != s.node.id && s.node.net == nil {
		return k, fmt.Errorf("%w: %s", ErrNoNode, k.Home)
	}
	return k, checkName(k.Name)
}

func (s *store) Put(ctx context.Context, key Key, value []byte) error {
	return failKey("put", key, s.change(ctx, key, func(k Key) error {
		if k.Home != s.node.id {
			return s.putAt(ctx, k.Home, kindPut, k, value)
		}
		if err := s.node.place.put(k, value); err != nil {
			return err
		}
		if err := s.copy(ctx, k, value); err != nil {
			return err
		}
		s.wake(func(w Key) bool { return w == k })
		return nil
	}))
}

func (s *store) Delete(ctx context.Context, key Key) error {
	return failKey("delete", key, s.change(ctx, key, func(k Key) error {
		if k.Home != s.node.id {
			_, err := s.node.net.Call(ctx, k.Home, kindDelete, appendKey(nil, k))
			return err
		}
		if err := s.node.place.delete(k); err != nil {
			return err
		}
		return s.uncopy(ctx, k)
	}))
}

// change runs f, which puts or deletes the value of a key, while nobody else changes that key.
func (s *store) change(ctx context.Context, key Key, f func(Key) error) error {
	k, err := s.key(ctx, key)
	if err != nil {
		return err
	}
	if strings.HasPrefix(k.Name, tablePrefix) {
		return fmt.Errorf("keys that begin with %s are those of tables", tablePrefix)
	}
	done, err := s.enter(ctx, k)
	if err != nil {
		return err
	}
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.busy, k)
		close(done)
	}()
	return f(k)
}

// enter waits until nobody changes the key, and says that we do.
func (s *store) enter(ctx context.Context, k Key) (done chan struct{}, err error) {
	for {
		s.mu.Lock()
		other := s.busy[k]
		if other == nil {
			done = make(chan struct{})
			s.busy[k] = done
			s.mu.Unlock()
			return done, nil
		}
		s.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (s *store) Get(ctx context.Context, key Key) ([]byte, error) {
	k, err := s.key(ctx, key)
	if err != nil {
		return nil, failKey("get", key, err)
	}
	v, err := s.find(ctx, k)
	return v, failKey("get", key, err)
}

// find returns a value that is here or elsewhere.
func (s *store) find(ctx context.Context, k Key) ([]byte, error) {
	if k.Home != s.node.id {
		return s.getFar(ctx, k)
	}
	return s.get(k)
}

func (s *store) get(k Key) ([]byte, error) {
	id, p, ok := parsePart(k.Name)
	if !ok {
		return s.node.place.get(k)
	}
	t, name, err := s.node.findID(id)
	if errors.Is(err, ErrNoTable) {
		return nil, ErrNoValue
	}
	if err != nil {
		return nil, err
	}
	defer t.release()
	c, err := t.loadHere()
	if err != nil {
		return nil, failTable("open", name, err)
	}
	b, err := c.values.raw(p)
	return b, errors.Join(err, c.release())
}

// here returns a value that is on this node, whoever its home is.
func (s *store) here(name string) ([]byte, error) {
	return s.get(Key{Name: name, Home: s.node.id})
}

func (s *store) GetAndWait(ctx context.Context, key Key) ([]byte, error) {
	v, err := s.getAndWait(ctx, key)
	return v, failKey("get", key, err)
}

func (s *store) getAndWait(ctx context.Context, key Key) ([]byte, error) {
	k, err := s.key(ctx, key)
	if err != nil {
		return nil, err
	}
	if k.Home != s.node.id {
		return s.waitFar(ctx, k)
	}
	for {
		put := s.await(k) // before looking, so that no Put is missed
		v, err := s.get(k)
		if !errors.Is(err, ErrNoValue) {
			s.leave(k, put)
			return v, err
		}
		err = s.wait(ctx, put)
		s.leave(k, put)
		if err != nil {
			return nil, err
		}
	}
}

func (s *store) wait(ctx context.Context, put <-chan struct{}) error {
	select {
	case <-put:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closed:
		return ErrClosed
	}
}

// await returns a channel that is closed when the key is put.
func (s *store) await(k Key) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.waiters[k]
	if w == nil {
		w = &waiter{put: make(chan struct{})}
		s.waiters[k] = w
	}
	w.waiting++
	return w.put
}

func (s *store) leave(k Key, put <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.waiters[k]
	if w == nil || w.put != put { // woken
		return
	}
	if w.waiting--; w.waiting == 0 {
		delete(s.waiters, k)
	}
}

// wake wakes those who wait for keys that match.
func (s *store) wake(match func(Key) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, w := range s.waiters {
		if match(k) {
			close(w.put)
			delete(s.waiters, k)
		}
	}
}

// wakeTable wakes those who wait for a value of a table.
func (s *store) wakeTable(id string) {
	prefix := tablePrefix + id + "/"
	s.wake(func(k Key) bool { return strings.HasPrefix(k.Name, prefix) })
}

// failKey is fail for an operation on a value.
func failKey(op string, k Key, cause error) error {
	return fail(Error{Op: op, Chunk: -1, Key: k}, cause)
}
