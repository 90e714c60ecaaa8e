package wire

import (
	"errors"
	"sync"
)

// Pool keeps a connection to each address.
type Pool struct {
	opt    ClientOptions
	mu     sync.Mutex
	conns  map[string]*Conn
	closed bool
}

// NewPool returns an empty pool, whose connections are made with o.
func NewPool(o ClientOptions) *Pool { return &Pool{opt: o, conns: map[string]*Conn{}} }

// Get returns the connection to addr, which is the pool's: it must not be closed. It does not connect yet.
func (p *Pool) Get(addr string) (*Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, &ConnError{Addr: addr, Err: ErrClosed}
	}
	if c := p.conns[addr]; c != nil {
		return c, nil
	}
	c, err := NewConn(addr, p.opt)
	if err != nil {
		return nil, err
	}
	p.conns[addr] = c
	return c, nil
}

// Gone closes the connection to a node that is known to be dead, or to have come back: what runs over it fails at once
// with ErrUnavailable, and the next Get connects anew.
func (p *Pool) Gone(addr string) {
	p.mu.Lock()
	c := p.conns[addr]
	delete(p.conns, addr)
	p.mu.Unlock()
	if c != nil {
		c.gone.Store(true)
		c.Close()
	}
}

// Close closes all connections. What runs over them fails with ErrClosed.
func (p *Pool) Close() error {
	p.mu.Lock()
	p.closed = true
	conns := p.conns
	p.conns = nil
	p.mu.Unlock()
	var errs []error
	for _, c := range conns {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}
