package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
)

// Mesh connects nodes of one process. Requests are calls, and what a handler gets is its own copy.
type Mesh struct {
	mu      sync.Mutex
	nodes   map[string]*meshNode
	changed chan struct{}
}

// NewMesh returns a mesh without nodes.
func NewMesh() *Mesh { return &Mesh{nodes: map[string]*meshNode{}, changed: make(chan struct{})} }

// Join makes a node one of the mesh, for Node.Join.
func (m *Mesh) Join(name string) func(context.Context, Local) (Network, error) {
	return func(_ context.Context, l Local) (Network, error) { return m.join(l.ID, name) }
}

func (m *Mesh) join(id, name string) (Network, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.nodes[id] != nil {
		return nil, fmt.Errorf("join: there is a node %s already", id)
	}
	n := &meshNode{mesh: m, self: Member{ID: id, Name: name}}
	n.ctx, n.cancel = context.WithCancelCause(context.Background())
	return n, nil
}

// Kill breaks a node's connections, as its death would: nobody reaches it any more, nor it anybody.
func (m *Mesh) Kill(id string) {
	m.mu.Lock()
	n := m.nodes[id]
	delete(m.nodes, id)
	m.tell()
	m.mu.Unlock()
	if n != nil {
		n.cancel(ErrUnavailable)
	}
}

// tell wakes those who wait for a change. m.mu is held.
func (m *Mesh) tell() {
	close(m.changed)
	m.changed = make(chan struct{})
}

type meshNode struct {
	mesh    *Mesh
	self    Member
	handler Handler
	ctx     context.Context // ends with the node
	cancel  context.CancelCauseFunc
	serving sync.WaitGroup
}

func (n *meshNode) Self() Member { return n.self }

func (n *meshNode) Members() []Member {
	n.mesh.mu.Lock()
	defer n.mesh.mu.Unlock()
	var all []Member
	for _, o := range n.mesh.nodes {
		all = append(all, o.self)
	}
	if n.ctx.Err() != nil { // cut off: it knows of itself
		all = []Member{n.self}
	}
	slices.SortFunc(all, func(a, b Member) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

func (n *meshNode) Changed() <-chan struct{} {
	n.mesh.mu.Lock()
	defer n.mesh.mu.Unlock()
	return n.mesh.changed
}

// Serve makes the node a member, and exchanges what it and the others know.
func (n *meshNode) Serve(_ context.Context, h Handler) error {
	n.mesh.mu.Lock()
	n.handler = h
	var others []*meshNode
	for _, o := range n.mesh.nodes {
		others = append(others, o)
	}
	n.mesh.nodes[n.self.ID] = n
	n.mesh.tell()
	n.mesh.mu.Unlock()
	for _, o := range others {
		// Their errors are those of their disks, and theirs to report.
		_ = h.Merge(o.handler.Entries())
		_ = o.handler.Merge(h.Entries())
	}
	return nil
}

// reach finds a node and begins a request to it, whose context ends with ctx or with either node.
func (n *meshNode) reach(ctx context.Context, id string) (o *meshNode, rctx context.Context, end func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, nil, err
	}
	n.mesh.mu.Lock()
	defer n.mesh.mu.Unlock()
	o = n.mesh.nodes[id]
	if o == nil || n.ctx.Err() != nil {
		return nil, nil, nil, fmt.Errorf("%w: %s", ErrUnavailable, id)
	}
	rctx, cancel := context.WithCancelCause(ctx)
	lost := fmt.Errorf("%w: %s", ErrUnavailable, id)
	stops := []func() bool{
		context.AfterFunc(n.ctx, func() { cancel(lost) }),
		context.AfterFunc(o.ctx, func() { cancel(lost) }),
	}
	o.serving.Add(1)
	return o, rctx, func() {
		for _, stop := range stops {
			stop()
		}
		cancel(nil)
		o.serving.Done()
	}, nil
}

// lost returns what made a request fail: the end of a node, rather than its echo.
func lost(rctx context.Context, err error) error {
	if cause := context.Cause(rctx); errors.Is(cause, ErrUnavailable) {
		return cause
	}
	return err
}

func (n *meshNode) Call(ctx context.Context, node, kind string, request []byte) ([]byte, error) {
	o, rctx, end, err := n.reach(ctx, node)
	if err != nil {
		return nil, err
	}
	defer end()
	reply, err := o.handler.Call(rctx, kind, slices.Clone(request))
	if n.ctx.Err() != nil || o.ctx.Err() != nil {
		return nil, fmt.Errorf("%w: %s", ErrUnavailable, node)
	}
	return reply, err
}

func (n *meshNode) Fetch(ctx context.Context, node, kind string, request []byte, f func([]byte) error) error {
	o, rctx, end, err := n.reach(ctx, node)
	if err != nil {
		return err
	}
	defer end()
	err = o.handler.Fetch(rctx, kind, slices.Clone(request), func(block []byte) error {
		if err := rctx.Err(); err != nil {
			return err
		}
		if n.ctx.Err() != nil || o.ctx.Err() != nil { // before rctx hears of it
			return fmt.Errorf("%w: %s", ErrUnavailable, node)
		}
		return f(slices.Clone(block))
	})
	if n.ctx.Err() != nil || o.ctx.Err() != nil {
		return fmt.Errorf("%w: %s", ErrUnavailable, node)
	}
	return err
}

func (n *meshNode) Send(ctx context.Context, node, kind string, request []byte) (Outgoing, error) {
	o, rctx, end, err := n.reach(ctx, node)
	if err != nil {
		return nil, err
	}
	rctx, cancel := context.WithCancelCause(rctx)
	s := &meshStream{ctx: rctx, cancel: cancel, blocks: make(chan []byte), done: make(chan struct{})}
	go func() {
		defer end()
		defer close(s.done)
		s.reply, s.err = o.handler.Receive(rctx, kind, slices.Clone(request), s.next)
		s.err = lost(rctx, s.err)
		cancel(errors.Join(errStreamEnded, s.err))
	}()
	return s, nil
}

var errStreamEnded = errors.New("the stream has ended")

// meshStream is an Outgoing and the handler's end of it.
type meshStream struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	blocks chan []byte
	closed bool
	done   chan struct{}
	reply  []byte
	err    error
}

func (s *meshStream) next() ([]byte, error) {
	select {
	case b, ok := <-s.blocks:
		if !ok {
			return nil, io.EOF
		}
		return b, nil
	case <-s.ctx.Done():
		return nil, context.Cause(s.ctx)
	}
}

func (s *meshStream) Send(block []byte) error {
	select {
	case s.blocks <- slices.Clone(block):
		return nil
	case <-s.done:
		if s.err == nil {
			return errStreamEnded
		}
		return s.err
	case <-s.ctx.Done():
		<-s.done
		if s.err != nil {
			return s.err
		}
		return context.Cause(s.ctx)
	}
}

func (s *meshStream) Finish() ([]byte, error) {
	if !s.closed {
		s.closed = true
		close(s.blocks)
	}
	<-s.done
	return s.reply, s.err
}

func (s *meshStream) Abort() {
	s.cancel(context.Canceled)
	<-s.done
}

func (n *meshNode) Announce(ctx context.Context, entries []Entry) error {
	n.mesh.mu.Lock()
	var all []*meshNode
	for _, o := range n.mesh.nodes {
		all = append(all, o)
	}
	if n.ctx.Err() != nil {
		all = []*meshNode{n}
	}
	n.mesh.mu.Unlock()
	var errs []error
	for _, o := range all {
		errs = append(errs, o.handler.Merge(entries))
	}
	return errors.Join(errs...)
}

func (n *meshNode) Close() error {
	n.mesh.mu.Lock()
	if n.mesh.nodes[n.self.ID] == n {
		delete(n.mesh.nodes, n.self.ID)
		n.mesh.tell()
	}
	n.mesh.mu.Unlock()
	n.cancel(ErrUnavailable)
	n.serving.Wait()
	return nil
}
