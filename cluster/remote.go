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
	net   Network
	cache *cache
}

func newRemote(net Network) *remote { return &remote{net: net, cache: newCache(cacheBytes)} }

// cacheBytes bounds the arrays of other nodes that are kept for the next who needs them.
const cacheBytes = 1 << 30

// value asks the other members for a value of a table, the likeliest first, and gives it to read.
func (r *remote) value(ctx context.Context, id string, p part, read func([]byte) error) error {
	place := chunkPlace(id, p.chunk) // of dictionaries and manifests all members have one
	name := p.name(id)
	request := append(binary.AppendUvarint(nil, uint64(len(name))), name...)
	var errs []error
	for _, m := range rank(r.net.Members(), place) {
		if m.ID == r.net.Self().ID {
			continue
		}
		got := false
		err := r.net.Fetch(ctx, m.ID, kindValues, request, func(b []byte) error {
			got = true
			return read(b)
		})
		if err == nil && got {
			return nil
		}
		if err == nil {
			err = ErrNoValue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !errors.Is(err, ErrNoValue) && !errors.Is(err, ErrNoTable) {
			errs = append(errs, atNode(m.ID, err))
		}
	}
	return errors.Join(append([]error{fmt.Errorf("%w: no live node has it", ErrNoValue)}, errs...)...)
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
func (r *remote) array(ctx context.Context, m *manifest, i, col int, dict func() (*column.Dict, error)) (*column.Array, error) {
	p := part{chunk: m.chunks[i], col: col}
	return r.cache.get(ctx, p.name(m.id), func() (a *column.Array, size int64, err error) {
		d, err := dict()
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
