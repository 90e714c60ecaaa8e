package cluster

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/zeebo/xxh3"
	"golang.org/x/sync/errgroup"
)

func parseKey(b []byte) (Key, error) {
	r := manifestReader{b: b}
	k := Key{Name: r.text(), Home: r.text()}
	if r.err != nil || len(r.b) > 0 {
		return Key{}, fmt.Errorf("%w: a key", ErrCorrupt)
	}
	return k, checkName(k.Name)
}

// copies are the members other than its home that keep a copy of a value.
func (s *store) copies(k Key) []Member { return s.ranked(k, s.node.net.Members()) }

// ranked are those of members other than its home that are to keep a copy of a value, the first ones before the others.
func (s *store) ranked(k Key, members []Member) []Member {
	var others []Member
	for _, m := range members {
		if m.ID != k.Home {
			others = append(others, m)
		}
	}
	return rank(others, xxh3.HashString(k.Name))
}

// copy makes the copies of a value that is here.
func (s *store) copy(ctx context.Context, k Key, value []byte) error {
	if s.node.net == nil || s.node.replicas < 2 {
		return nil
	}
	to := s.copies(k)
	var g errgroup.Group
	for _, m := range to[:min(s.node.replicas-1, len(to))] {
		g.Go(func() error { return s.putAt(ctx, m.ID, kindCopy, k, value) })
	}
	return g.Wait()
}

// uncopy removes all copies of a value.
func (s *store) uncopy(ctx context.Context, k Key) error {
	if s.node.net == nil {
		return nil
	}
	var g errgroup.Group
	for _, m := range s.copies(k) {
		g.Go(func() error {
			_, err := s.node.net.Call(ctx, m.ID, kindUncopy, appendKey(nil, k))
			return atNode(m.ID, err)
		})
	}
	return g.Wait()
}

// putAt puts a value at another node.
func (s *store) putAt(ctx context.Context, node, kind string, k Key, value []byte) error {
	out, err := s.node.net.Send(ctx, node, kind, appendKey(nil, k))
	if err != nil {
		return atNode(node, err)
	}
	defer out.Abort()
	if err := out.Send(value); err != nil {
		return atNode(node, err)
	}
	_, err = out.Finish()
	return atNode(node, err)
}

// take takes a value from another node.
func (s *store) take(ctx context.Context, kind string, request []byte, next func() ([]byte, error)) error {
	k, err := parseKey(request)
	if err != nil {
		return err
	}
	b, err := next()
	if err != nil {
		return err
	}
	value := append([]byte{}, b...)
	if _, err := next(); !errors.Is(err, io.EOF) {
		return errors.Join(errBlock, err)
	}
	if kind == kindPut {
		if k.Home != s.node.id {
			return fmt.Errorf("%w: %s", ErrNoNode, k.Home)
		}
		return s.Put(ctx, k, value)
	}
	return s.node.place.put(k, value)
}

// fetch asks a node for a value.
func (s *store) fetch(ctx context.Context, node, kind string, k Key) ([]byte, error) {
	var value []byte
	found := false
	err := s.node.net.Fetch(ctx, node, kind, appendKey(nil, k), func(b []byte) error {
		value, found = b, true
		return nil
	})
	if err == nil && !found {
		err = ErrNoValue
	}
	return value, atNode(node, err)
}

// give answers fetch.
func (s *store) give(ctx context.Context, kind string, request []byte, out func([]byte) error) error {
	k, err := parseKey(request)
	if err != nil {
		return err
	}
	var v []byte
	switch kind {
	case kindWait:
		v, err = s.GetAndWait(ctx, Key{Name: k.Name, Home: s.node.id})
	default:
		v, err = s.get(k)
	}
	if err != nil {
		return err
	}
	return out(v)
}

// getFar gets a value whose home is another node: from there, or from a copy when the home is not to be reached.
func (s *store) getFar(ctx context.Context, k Key) ([]byte, error) {
	v, err := s.fetch(ctx, k.Home, kindGet, k)
	if !errors.Is(err, ErrUnavailable) {
		return v, err
	}
	for _, m := range s.copies(k) {
		var v []byte
		var copyErr error
		if m.ID == s.node.id {
			v, copyErr = s.get(k)
		} else {
			v, copyErr = s.fetch(ctx, m.ID, kindGet, k)
		}
		if copyErr == nil {
			return v, nil
		}
	}
	return nil, err
}

// homeTime is how long GetAndWait waits for a home that is not to be reached and that nobody has missed yet.
const homeTime = time.Second

// waitFar waits at the home of a value. When the home is gone and no copy is to be found, so is the wait.
func (s *store) waitFar(ctx context.Context, k Key) ([]byte, error) {
	for {
		changed := s.node.net.Changed()
		v, err := s.fetch(ctx, k.Home, kindWait, k)
		if !errors.Is(err, ErrUnavailable) {
			return v, err
		}
		if v, err := s.getFar(ctx, k); err == nil {
			return v, nil
		}
		here := false
		for _, m := range s.node.net.Members() {
			here = here || m.ID == k.Home
		}
		if !here {
			return nil, fmt.Errorf("%w: %s: %w", ErrNoNode, k.Home, err)
		}
		timer := time.NewTimer(homeTime)
		select {
		case <-changed:
		case <-timer.C:
		case <-s.closed:
			err = ErrClosed
		case <-ctx.Done():
			err = ctx.Err()
		}
		timer.Stop()
		if errors.Is(err, ErrClosed) || ctx.Err() != nil {
			return nil, err
		}
	}
}

// uvarintText cuts a string off that has its length before it.
func uvarintText(b []byte) (s string, rest []byte, ok bool) {
	size, w := binary.Uvarint(b)
	if w <= 0 || size > uint64(len(b)-w) {
		return "", nil, false
	}
	return string(b[w : w+int(size)]), b[w+int(size):], true
}
