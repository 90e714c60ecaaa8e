package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"
)

// Each node knows of the values that it has, as their home or as a copy: all of them together know all.

func (s *store) List(ctx context.Context, prefix string) ([]Key, error) {
	keys, err := s.list(ctx, prefix)
	return keys, failKey("list", Key{Name: prefix}, err)
}

func (s *store) list(ctx context.Context, prefix string) ([]Key, error) {
	if _, err := s.key(ctx, Key{Name: "x" + prefix}); err != nil { // closed, or no beginning of a name
		return nil, err
	}
	members := s.node.Members()
	found := make([][]Key, len(members))
	var g errgroup.Group
	for i, m := range members {
		g.Go(func() (err error) {
			if m.ID == s.node.id {
				found[i], err = s.node.place.keys(prefix)
				return err
			}
			b, err := s.node.net.Call(ctx, m.ID, kindList, []byte(prefix))
			if errors.Is(err, ErrUnavailable) || errors.Is(err, ErrClosed) { // what it had others have, or nobody
				return nil
			}
			if err == nil {
				found[i], err = parseKeys(b)
			}
			return atNode(m.ID, err)
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	keys := slices.Concat(found...)
	slices.SortFunc(keys, func(a, b Key) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Home, b.Home)) })
	return slices.Compact(keys), ctx.Err()
}

func appendKeys(b []byte, keys []Key) []byte {
	for _, k := range keys {
		b = appendKey(b, k)
	}
	return b
}

// parseKeys reads what appendKeys wrote.
func parseKeys(b []byte) (keys []Key, err error) {
	for len(b) > 0 {
		name, rest, ok := uvarintText(b)
		home, rest, ok2 := uvarintText(rest)
		if !ok || !ok2 || checkName(name) != nil {
			return nil, fmt.Errorf("%w: a list of keys", ErrCorrupt)
		}
		keys, b = append(keys, Key{Name: name, Home: home}), rest
	}
	return keys, nil
}
