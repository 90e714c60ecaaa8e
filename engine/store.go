package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/eau2db/eau2/cluster"
)

// Store keeps values under keys, for all nodes of an Application. A key is written once: until it is deleted its value never
// changes. Values live as long as the cluster does, or as the directories of its nodes, and not only for one run. Each is
// kept by its home and by as many other nodes as chunks of tables are. It may be used by any number of goroutines; see Put,
// Get and GetAndWait.
type Store struct{ run *run }

// Key names a value: a name, and the id of the node that is its home, as Node.Key and Node.KeyAt give it. With an empty Home
// it is a node chosen by hash of the name. Names that begin with table/ are those of tables.
type Key = cluster.Key

// Errors of values.
var (
	ErrNoValue     = cluster.ErrNoValue     // there is none under that key
	ErrValueExists = cluster.ErrValueExists // another one
)

func newStore(r *run) *Store { return &Store{run: r} }

func (s *Store) values() cluster.Store { return s.run.node.Store() }

// Put stores a value; it is durable when Put returns nil, as far as the nodes have directories. Putting an equal value again is
// fine; ErrValueExists for another one.
func Put[T Storable](ctx context.Context, s *Store, k Key, v T) error {
	b, err := encodeStored(v)
	if err != nil {
		return fmt.Errorf("put key %s: %w", k, err)
	}
	return s.put(ctx, k, b)
}

// Get returns a value, which must be of the type that was put. ErrNoValue when there is none.
func Get[T Storable](ctx context.Context, s *Store, k Key) (T, error) {
	return get[T](ctx, s, k, cluster.Store.Get)
}

// GetAndWait is Get that waits until somebody puts the value, or until ctx ends, or the key's home dies.
func GetAndWait[T Storable](ctx context.Context, s *Store, k Key) (T, error) {
	return get[T](ctx, s, k, cluster.Store.GetAndWait)
}

func get[T Storable](ctx context.Context, s *Store, k Key, from getter) (T, error) {
	var zero T
	b, err := s.get(ctx, k, from)
	if err != nil {
		return zero, err
	}
	v, err := decodeStored(b)
	if err != nil {
		return zero, fmt.Errorf("get key %s: %w", k, err)
	}
	t, ok := v.(T)
	if !ok {
		return zero, fmt.Errorf("get key %s: its value is a %T, not a %T", k, v, zero)
	}
	return t, nil
}

// Delete removes a value. ErrNoValue when there is none.
func (s *Store) Delete(ctx context.Context, k Key) error {
	var err error
	for _, k := range s.homes(k) {
		if err = s.values().Delete(ctx, k); err == nil || !s.without(ctx, k, err) {
			break
		}
	}
	return err
}

// List returns the keys whose names begin with prefix, by name and then home, with the homes that they have got.
func (s *Store) List(ctx context.Context, prefix string) ([]Key, error) {
	return s.values().List(ctx, prefix)
}

// The home of a key without one is the first living node in an order that is made of its name. When that dies it is the next;
// values that were put before are found in the copies of the first.

// homes returns the keys that a key may stand for, the likeliest first.
func (s *Store) homes(k Key) []Key {
	if k.Home != "" {
		return []Key{k}
	}
	var keys []Key
	for _, m := range s.run.members {
		keys = append(keys, Key{Name: k.Name, Home: m.ID})
	}
	what := xxh3.HashString(k.Name)
	score := func(k Key) uint64 { return xxh3.HashStringSeed(k.Home, what) }
	slices.SortFunc(keys, func(a, b Key) int {
		switch x, y := score(a), score(b); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return strings.Compare(a.Home, b.Home)
	})
	return keys
}

type getter func(s cluster.Store, ctx context.Context, k Key) ([]byte, error)

func (s *Store) get(ctx context.Context, k Key, from getter) (b []byte, err error) {
	for _, k := range s.homes(k) {
		if b, err = from(s.values(), ctx, k); err == nil || !s.without(ctx, k, err) {
			break
		}
	}
	return b, err
}

func (s *Store) put(ctx context.Context, k Key, b []byte) (err error) {
	for _, k := range s.homes(k) {
		if err = s.values().Put(ctx, k, b); err == nil || !s.without(ctx, k, err) {
			return err
		}
		if old, err := s.values().Get(ctx, k); err == nil { // a copy of the first home's
			if string(old) != string(b) {
				return fmt.Errorf("put key %s: %w", k, ErrValueExists)
			}
			return nil
		}
	}
	return err
}

// lostTime is how long a node that cannot be reached may take to be missed by the run.
const lostTime = 2 * time.Second

// without reports whether err means that the home of k is lost, so that the next one is to be asked.
func (s *Store) without(ctx context.Context, k Key, err error) bool {
	if !errors.Is(err, cluster.ErrUnavailable) && !errors.Is(err, cluster.ErrNoNode) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, lostTime)
	defer cancel()
	r := s.run
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		for i, m := range r.members {
			if m.ID == k.Home && r.peers[i].lost {
				return true
			}
		}
		if r.wait(ctx) != nil {
			return false
		}
	}
}
