package cluster

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/eau2db/eau2/column"
)

// remote gets what other nodes have.
type remote struct {
	node  *Node
	cache *cache
}

func newRemote(n *Node) *remote { return &remote{node: n, cache: newCache(cacheBytes)} }

// cacheBytes bounds the arrays of other nodes that are kept for the next who needs them.
const cacheBytes = 1 << 30

// value asks the members for a value of a table, the likeliest first, and gives it to read.
func (r *remote) value(ctx context.Context, id string, p part, read func([]byte) error) error {
	name := p.name(id)
	request := append(binary.AppendUvarint(nil, uint64(len(name))), name...)
	var errs []error
	members := r.node.Members()
	if p.kind == partChunk {
		members = r.node.likely(id, p.chunk, members)
	} else { // all have it
		members = rank(members, chunkPlace(id, 0))
	}
	// A chunk may be on its way from one node to another, or to this one: who is asked first does not have it yet, and who
	// is asked last has it no more. So those who answer are asked twice.
	for range 2 {
		var again []Member
		for _, m := range members {
			err := r.valueAt(ctx, m, name, request, read)
			switch {
			case err == nil:
				return nil
			case ctx.Err() != nil:
				return ctx.Err()
			case errors.Is(err, ErrNoValue) || errors.Is(err, ErrNoTable):
				again = append(again, m)
			default:
				errs = append(errs, atNode(m.ID, err))
			}
		}
		members = again
	}
	return errors.Join(append([]error{fmt.Errorf("%w: no live node has it", ErrNoValue)}, errs...)...)
}

// valueAt gets a value from a member, which may be this node.
func (r *remote) valueAt(ctx context.Context, m Member, name string, request []byte, read func([]byte) error) error {
	if m.ID == r.node.id {
		b, err := r.node.store.here(name)
		if err != nil {
			return err
		}
		return read(b)
	}
	got := false
	err := r.node.net.Fetch(ctx, m.ID, kindValues, request, func(b []byte) error {
		got = true
		return read(b)
	})
	if err == nil && !got {
		err = ErrNoValue
	}
	return err
}

// content gets the manifest of a table of which nothing is here.
func (r *remote) content(ctx context.Context, id string) (*content, error) {
	v := &remoteValues{remote: r}
	err := r.value(ctx, id, part{kind: partManifest}, func(b []byte) (err error) {
		v.manifest, err = readManifest(b)
		if err == nil && v.manifest.id != id {
			err = fmt.Errorf("%w: the manifest is that of table %s", ErrCorrupt, v.manifest.id)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	v.dicts = make([]remoteDict, len(v.manifest.fields))
	for i := range v.dicts {
		v.dicts[i].turn = make(chan struct{}, 1)
	}
	return &content{manifest: v.manifest, values: v}, nil
}

// array gets an array from another node, or from the cache.
func (r *remote) array(ctx context.Context, c *content, i, col int) (*column.Array, error) {
	m := c.manifest
	p := part{chunk: m.chunks[i], col: col}
	return r.cache.get(ctx, c.cacheKey(p), func() (a *column.Array, size int64, err error) {
		d, err := c.values.dict(ctx, col)
		if err != nil {
			return nil, 0, err
		}
		err = r.value(ctx, m.id, p, func(b []byte) (err error) {
			size = int64(len(b))
			if a, err = column.ReadArray(b, d); err == nil {
				err = m.checkArray(a, i, col)
			}
			return err
		})
		return a, size, err
	})
}

// remoteValues are those of a table of which nothing is here but, once asked for, manifest and dictionaries.
type remoteValues struct {
	remote   *remote
	manifest *manifest
	dicts    []remoteDict
}

// remoteDict is a dictionary that is fetched when it is first needed, by the one who has the turn.
type remoteDict struct {
	turn chan struct{}
	dict *column.Dict
}

func (v *remoteValues) dict(ctx context.Context, col int) (*column.Dict, error) {
	if !v.manifest.dicts[col] {
		return nil, nil
	}
	d := &v.dicts[col]
	select {
	case d.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-d.turn }()
	if d.dict != nil {
		return d.dict, nil
	}
	err := v.remote.value(ctx, v.manifest.id, part{kind: partDict, col: col}, func(b []byte) (err error) {
		d.dict, err = column.ReadDict(b)
		return err
	})
	return d.dict, err
}

func (v *remoteValues) array(int, int) (*column.Array, error) { return nil, ErrNoValue }
func (v *remoteValues) has(int) bool                          { return false }
func (v *remoteValues) bytes() int64                          { return 0 }
func (v *remoteValues) close() error                          { return nil }
func (v *remoteValues) raw(part) ([]byte, error)              { return nil, ErrNoValue }
