package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/eau2db/eau2/cluster/wire"
	"github.com/eau2db/eau2/engine/sql"
	"github.com/eau2db/eau2/engine/vector"
)

// ConnectOptions say how to connect. The zero value connects without TLS.
type ConnectOptions struct {
	TLS   *tls.Config // see ClientTLS; nil is without
	Token string
	Dial  func(ctx context.Context, addr string) (net.Conn, error) // nil is TCP
}

// ServerTLS reads the certificate and key of a node; with caFile, nodes whose certificate is signed by it are known.
func ServerTLS(certFile, keyFile, caFile string) (*tls.Config, error) {
	return wire.ServerTLS(certFile, keyFile, caFile)
}

// ClientTLS reads the authority that signs the certificates of nodes; "" is those of the system.
func ClientTLS(caFile string) (*tls.Config, error) { return wire.ClientTLS(caFile, "", "") }

// ReadToken reads a token from a file.
func ReadToken(path string) (string, error) { return wire.ReadToken(path) }

// ErrUnavailable says that a node does not answer: it is not there, or the connection to it broke.
var ErrUnavailable = wire.ErrUnavailable

// Client is an engine elsewhere, for any number of goroutines. Its statements behave as an Engine's, but that the files
// they name are files here: LOAD and COPY work, SELECT … FROM 'file.sor' does not.
type Client struct {
	conn *wire.Conn

	mu        sync.Mutex
	functions []FunctionInfo // as the node told, nil before
}

// Connect connects to a node at addr, HOST:PORT. There may be several with commas between: they are tried in this order until one
// answers, whatever it says, and the error names all that do not. The connection then stays with that node.
func Connect(ctx context.Context, addr string, o ConnectOptions) (*Client, error) {
	addrs := strings.Split(addr, ",")
	var silent error
	for i, a := range addrs {
		conn, err := dialShare(ctx, a, len(addrs)-i, o)
		if err == nil {
			return &Client{conn: conn}, nil
		}
		late := errors.Is(err, context.DeadlineExceeded) && i+1 < len(addrs)
		if ctx.Err() != nil || !errors.Is(err, wire.ErrUnavailable) && !late {
			return nil, alsoSilent(silent, err)
		}
		if late {
			err = fmt.Errorf("node %s does not answer in time: %w", a, err)
		}
		silent = alsoSilent(silent, err)
	}
	return nil, silent
}

func alsoSilent(silent, err error) error {
	if silent == nil {
		return err
	}
	return fmt.Errorf("%w; %w", silent, err)
}

// dialTime is how long a node may take to answer that is not the last of a list, when the context has no deadline.
const dialTime = 5 * time.Second

// dialShare connects to the first of some addresses in its share of the time.
func dialShare(ctx context.Context, addr string, left int, o ConnectOptions) (*wire.Conn, error) {
	if left > 1 {
		share := dialTime
		if deadline, ok := ctx.Deadline(); ok {
			share = time.Until(deadline) / time.Duration(left)
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, share)
		defer cancel()
	}
	return wire.Dial(ctx, addr, wire.ClientOptions{TLS: o.TLS, Token: o.Token, Dial: o.Dial})
}

// Close ends the connection, and what runs over it.
func (c *Client) Close() error { return c.conn.Close() }

// Tables lists the tables by name.
func (c *Client) Tables(ctx context.Context) (tables []TableInfo, err error) {
	return tables, c.call(ctx, nameTables, &tables)
}

// Functions lists all functions, aggregates and operators of the node, by class and name. It asks once.
func (c *Client) Functions(ctx context.Context) ([]FunctionInfo, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.functions != nil {
		return c.functions, nil
	}
	return c.functions, c.call(ctx, nameFunctions, &c.functions)
}

func (c *Client) call(ctx context.Context, name string, reply any) error {
	b, err := c.conn.Call(ctx, name, nil)
	if err != nil {
		return c.refine(ctx, err, "")
	}
	return decode(b, reply)
}

// Query is Engine.Query.
func (c *Client) Query(ctx context.Context, text string, args ...any) (*Rows, error) {
	params, err := parameters(args)
	if err != nil {
		return nil, err
	}
	encoded, err := encodeParams(params)
	if err != nil {
		return nil, err
	}
	q := query{Text: []byte(text), Params: encoded, Progress: wantsProgress(ctx)}
	st, _ := sql.Parse(text) // the node knows better what is wrong with it
	switch st := st.(type) {
	case *sql.Load:
		if st.FromNode {
			break // the file is the node's
		}
		return c.load(ctx, st, q)
	case *sql.Copy:
		return c.copyTo(ctx, st, q)
	}
	return c.stream(ctx, q)
}

// refine puts an error of the connection into the user's words.
func (c *Client) refine(ctx context.Context, err error, text string) error {
	if errors.Is(err, wire.ErrClosed) {
		return ErrClosed
	}
	var e *Error
	if errors.As(err, &e) && e.Statement == "" && text != "" && e.Pos >= 0 {
		*e = *sql.NewError(text, e.Pos, e.Msg, e.Hint, e.Err)
	}
	return refine(ctx, err)
}

// stream runs a statement and returns its rows when the first message is there.
func (c *Client) stream(ctx context.Context, q query) (*Rows, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	in, err := c.conn.Stream(ctx, nameQuery, encode(q))
	if err != nil {
		cancel(nil)
		return nil, c.refine(ctx, err, string(q.Text))
	}
	r := &Rows{row: -1, refine: func(err error) error { return c.refine(ctx, err, string(q.Text)) }}
	s := &remoteBatches{ctx: ctx, cancel: cancel, in: in, rows: r}
	for r.fields == nil && !s.done {
		if err := s.read(); err != nil {
			s.Close()
			return nil, r.refine(unexpectedEnd(err))
		}
	}
	if s.done {
		s.Close()
		return r, nil
	}
	r.stream = s
	return r, nil
}

// unexpectedEnd is for a stream that ends without having said so.
func unexpectedEnd(err error) error {
	if err == io.EOF {
		return wire.ErrGarbled
	}
	return err
}

// remoteBatches are the rows of a statement on a node.
type remoteBatches struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	in     *wire.Receiver
	rows   *Rows // gets columns and outcome
	record arrow.RecordBatch
	at     int // rows of record already given
	done   bool
}

// Next returns the next batch.
func (s *remoteBatches) Next() (*vector.Batch, error) {
	for s.record == nil || s.at >= int(s.record.NumRows()) {
		if s.done {
			return nil, io.EOF
		}
		if err := s.read(); err != nil {
			return nil, unexpectedEnd(err)
		}
	}
	lo := s.at
	s.at = min(lo+vector.Size, int(s.record.NumRows()))
	return batchOf(s.record, lo, s.at), nil
}

// read takes the next message.
func (s *remoteBatches) read() error {
	m, err := s.in.Next()
	if err != nil {
		return err
	}
	if m.Schema != nil {
		if s.rows.fields != nil {
			return wire.ErrGarbled
		}
		if s.rows.fields, err = fieldsOf(m.Schema); err != nil {
			return err
		}
	}
	if m.Record != nil {
		s.record, s.at = m.Record, 0
	}
	if len(m.Metadata) == 0 {
		return nil
	}
	var n note
	if err := decode(m.Metadata, &n); err != nil {
		return err
	}
	if n.Progress != nil {
		progressOf(s.ctx)(*n.Progress)
	}
	if n.Outcome != nil {
		n.Outcome.apply(s.rows)
	}
	s.done = n.Done
	return nil
}

// Close ends the statement.
func (s *remoteBatches) Close() error {
	s.cancel(context.Canceled)
	s.in.Close()
	return nil
}
