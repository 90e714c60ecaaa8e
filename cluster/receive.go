package cluster

import (
	"errors"
	"fmt"

	"github.com/eau2db/eau2/column"
)

// receive takes what this node keeps of a table. When the stream breaks before its end nothing of it stays.
func (n *Node) receive(id string, next func() ([]byte, error)) (err error) {
	if !isTableID(id) {
		return fmt.Errorf("%w: the id %q of a table", ErrCorrupt, id)
	}
	s, err := n.expect(id)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = also(err, s.abort())
		}
	}()
	sizes, body, err := receiveChunks(s, next)
	if err != nil {
		return err
	}
	return n.keep(id, s, sizes, body)
}

// receiveChunks gives the chunks that come to s, and returns what the end of the load says.
func receiveChunks(s sink, next func() ([]byte, error)) (sizes []int64, body []byte, err error) {
	for {
		head, err := next()
		if err != nil {
			return nil, nil, fmt.Errorf("the load has ended early: %w", err)
		}
		if len(head) == 0 || head[0] > blockEnd {
			return nil, nil, errBlock
		}
		kind, chunk := head[0], 0
		r := manifestReader{b: append([]byte{}, head[1:]...)}
		if kind == blockChunk {
			chunk = r.count(maxChunks)
		}
		sizes := r.sizes()
		if r.err != nil || len(r.b) > 0 {
			return nil, nil, errBlock
		}
		body, err := next()
		if err != nil {
			return nil, nil, fmt.Errorf("the load has ended early: %w", err)
		}
		if kind == blockEnd {
			return sizes, body, nil
		}
		if err = checkFrames(sizes, body); err == nil {
			err = s.writeFrames(chunk, sizes, body)
		}
		if err != nil {
			return nil, nil, fail(Error{Op: "keep", Chunk: chunk}, err)
		}
	}
}

var errBlock = fmt.Errorf("%w: a block of a load is not as it should be", ErrCorrupt)

func (r *manifestReader) sizes() []int64 {
	sizes := make([]int64, r.count(len(r.b)))
	for i := range sizes {
		sizes[i] = r.number(1 << 40)
	}
	return sizes
}

// checkFrames makes sure that the arrays of a chunk have come as they were sent.
func checkFrames(sizes []int64, b []byte) error {
	for _, size := range sizes {
		if size > int64(len(b)) || aligned(size) > int64(len(b)) {
			return errBlock
		}
		if _, err := column.ReadFrame(b[:size], column.KindArray); err != nil {
			return err
		}
		for _, c := range b[size:aligned(size)] {
			if c != 0 {
				return errBlock
			}
		}
		b = b[aligned(size):]
	}
	if len(b) > 0 {
		return errBlock
	}
	return nil
}

// keep ends a load: manifest and dictionaries are in body, one behind the other.
func (n *Node) keep(id string, s sink, sizes []int64, body []byte) error {
	cut := func() ([]byte, error) {
		if len(sizes) == 0 || sizes[0] > int64(len(body)) {
			return nil, errBlock
		}
		b := body[:sizes[0]:sizes[0]]
		sizes, body = sizes[1:], body[sizes[0]:]
		return b, nil
	}
	b, err := cut()
	if err != nil {
		return err
	}
	m, err := readManifest(b)
	if err != nil {
		return err
	}
	if m.id != id || !m.spread || len(sizes) != len(m.fields) {
		return errBlock
	}
	dicts := make([]*column.Dict, len(m.fields))
	for col, has := range m.dicts {
		if b, err = cut(); err != nil {
			return err
		}
		if has != (len(b) > 0) {
			return errBlock
		}
		if !has {
			continue
		}
		if dicts[col], err = column.ReadDict(append([]byte{}, b...)); err != nil {
			return err
		}
	}
	v, err := s.commit(m, dicts)
	if err != nil {
		return err
	}
	st := newStored(id, n, &content{manifest: m, values: v})
	if err := n.prepare(st); err != nil {
		return errors.Join(err, st.release())
	}
	return nil
}
