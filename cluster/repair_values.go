package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Values under keys of their own are copied anew by one node each: by their home while that is a member, otherwise by the first of the
// members, in the order in which they are to have copies, that has one. Only the home knows that a value was deleted, and a copy
// that was away then is as good as another once the home is gone: so it was for who read it, too. Surplus copies stay.

// holdAtATime is how many keys a request asks for.
const holdAtATime = 1 << 10

// values brings the copies of the values that are here to what the members ask for.
func (r *repairer) values() error {
	if r.node.replicas < 2 || r.valuesRight {
		return nil
	}
	keys, errs := r.node.place.keys("")
	for part := range slices.Chunk(keys, holdAtATime) {
		errs = errors.Join(errs, r.someValues(part))
	}
	r.valuesRight = errs == nil
	return errs
}

func (r *repairer) someValues(keys []Key) error {
	held, err := r.held(keys)
	if err != nil {
		return err
	}
	var errs []error
	for i, k := range keys {
		to := r.lacking(k, func(m Member) bool { return held[m.ID][i] })
		if len(to) == 0 {
			continue
		}
		if err := r.copyValue(k, to); err != nil {
			errs = append(errs, failKey("repair", k, err))
		}
	}
	return errors.Join(errs...)
}

// held asks the other members which of the values they have.
func (r *repairer) held(keys []Key) (map[string][]bool, error) {
	request := appendKeys(nil, keys)
	held := map[string][]bool{}
	for _, m := range r.members {
		if m.ID == r.node.id {
			continue
		}
		b, err := r.node.net.Call(r.ctx, m.ID, kindHold, request)
		if err == nil && len(b) != len(keys) {
			err = errBlock
		}
		if err != nil {
			return nil, atNode(m.ID, err)
		}
		held[m.ID] = make([]bool, len(keys))
		for i := range keys {
			held[m.ID][i] = b[i] != 0
		}
	}
	return held, nil
}

// lacking returns the members to which this node is to copy a value.
func (r *repairer) lacking(k Key, has func(Member) bool) []Member {
	n := r.node
	home := slices.ContainsFunc(r.members, func(m Member) bool { return m.ID == k.Home })
	if home && k.Home != n.id {
		return nil
	}
	want := n.replicas // nodes beside the home, if there is one
	if home {
		want--
	}
	first := home // nobody before this node has the value
	var to []Member
	for i, m := range n.store.ranked(k, r.members) {
		switch {
		case m.ID == n.id:
			first = true
		case has(m) && !first:
			return nil
		case !has(m) && i < want:
			to = append(to, m)
		}
	}
	return to
}

// copyValue copies a value that is here, while nobody here changes it.
func (r *repairer) copyValue(k Key, to []Member) error {
	s := r.node.store
	return s.change(r.ctx, k, func(Key) error {
		v, err := r.node.place.get(k)
		if errors.Is(err, ErrNoValue) { // deleted meanwhile
			return nil
		}
		if err != nil {
			return err
		}
		for _, m := range to {
			if err := s.putAt(r.ctx, m.ID, kindCopy, k, v); err != nil {
				return err
			}
		}
		return nil
	})
}

// holds tells which values are here, a byte for each of the keys of a request.
func (n *Node) holds(ctx context.Context, request []byte) ([]byte, error) {
	keys, err := parseKeys(request)
	if err != nil {
		return nil, err
	}
	answer := make([]byte, len(keys))
	for i, k := range keys {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		_, err := n.place.get(k)
		if err != nil && !errors.Is(err, ErrNoValue) && !errors.Is(err, ErrCorrupt) {
			return nil, fmt.Errorf("look for %s: %w", k.Name, err)
		}
		if err == nil {
			answer[i] = 1
		}
	}
	return answer, nil
}
