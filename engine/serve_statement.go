package engine

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"

	"github.com/eau2db/eau2/cluster/wire"
	"github.com/eau2db/eau2/engine/sql"
	"github.com/eau2db/eau2/sor"
)

// clientFiles stands for the files that a statement names which came over a connection: they are the client's. COPY
// gives its rows, which the client writes.
type clientFiles struct {
	load func() (*sor.Input, error) // what LOAD reads; nil when the client has sent none
	name string
	size int64

	node folders // of whose files LOAD may read, where it asks for the node's
}

var errClientFile = errors.New("a statement over a connection cannot read a file where it stands: LOAD 'file.sor' INTO t makes a table of it")

// input returns what LOAD reads.
func (c *clientFiles) input() (input, error) {
	if c.load == nil {
		return input{}, errors.New("this client cannot send a file: LOAD needs one that can, such as eau2sh --connect, or WITH (from_node=true) and a file of the node")
	}
	return input{name: c.name, size: c.size, open: c.load}, nil
}

// nodeInput returns what LOAD reads of the node's own files.
func (c *clientFiles) nodeInput(path string) (input, error) {
	if path == "-" {
		return input{}, errors.New("- is standard input, which a node has none of: name a file")
	}
	return input{name: path, path: path, open: func() (*sor.Input, error) { return c.node.open(path) }}, nil
}

// parse reads a request and its statement.
func parse(request []byte) (q query, st sql.Statement, params []sql.Arg, err error) {
	if err = decode(request, &q); err != nil {
		return q, nil, nil, err
	}
	if params, err = decodeParams(q.Params); err != nil {
		return q, nil, nil, err
	}
	st, err = sql.Parse(string(q.Text))
	return q, st, params, err
}

// query runs a statement and streams its rows.
func (s *service) query(ctx context.Context, request []byte, out *wire.Sender) (err error) {
	ctx, end, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer func() { end(err) }()
	q, st, params, err := parse(request)
	if err != nil {
		return err
	}
	if q.Progress {
		var stop func()
		ctx, stop = sendProgress(ctx, out.Metadata)
		defer stop()
	}
	rows, err := s.engine.query(ctx, st, string(q.Text), params, &clientFiles{node: s.folders})
	if err != nil {
		return err
	}
	defer rows.Close()
	if len(rows.fields) > 0 {
		if err := s.sendRows(rows, out); err != nil {
			return err
		}
	}
	return out.Metadata(encode(note{Done: true, Outcome: outcomeOf(rows)}))
}

// sendRows sends all rows and returns what ended them.
func (s *service) sendRows(rows *Rows, out *wire.Sender) error {
	if err := out.Start(rowSchema(rows.fields), encode(note{Outcome: outcomeOf(rows)})); err != nil {
		return err
	}
	stats := s.opt.Stats
	sender := newRowSender(out, rows.fields, func(rows, bytes int64) {
		stats.Rows.Add(rows)
		stats.RowBytes.Add(bytes)
	})
	for rows.nextBatch() {
		if err := sender.add(rows.batch); err != nil {
			sender.flush()
			return err
		}
	}
	return errors.Join(rows.Err(), sender.flush())
}

// sendProgress returns a context whose statement's progress is sent, the latest there is, until stop is called.
func sendProgress(ctx context.Context, send func([]byte) error) (_ context.Context, stop func()) {
	var mu sync.Mutex
	var latest Progress
	wake, done := make(chan struct{}, 1), make(chan struct{})
	var sending sync.WaitGroup
	sending.Go(func() {
		for {
			select {
			case <-wake:
				mu.Lock()
				p := latest
				mu.Unlock()
				if send(encode(note{Progress: &p})) != nil {
					return // the statement will notice
				}
			case <-done:
				return
			}
		}
	})
	ctx = WithProgress(ctx, func(p Progress) {
		mu.Lock()
		latest = p
		mu.Unlock()
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	return ctx, func() {
		close(done)
		sending.Wait()
	}
}

// load runs a LOAD of the file that the client sends.
func (s *service) load(ctx context.Context, request []byte, in *wire.Receiver, back func([]byte) error) (_ []byte, err error) {
	ctx, end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { end(err) }()
	q, st, params, err := parse(request)
	if err != nil {
		return nil, err
	}
	if _, ok := st.(*sql.Load); !ok {
		return nil, errors.New("only LOAD takes a file: " + st.Kind())
	}
	if q.Progress {
		var stop func()
		ctx, stop = sendProgress(ctx, back)
		defer stop()
	}
	file := &counted{r: in.Reader(), stats: s.opt.Stats}
	rows, err := s.engine.query(ctx, st, string(q.Text), params, &clientFiles{
		name: string(q.File), size: q.Size, node: s.folders,
		load: func() (*sor.Input, error) { return sor.FromReader(string(q.File), file), nil },
	})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return encode(outcomeOf(rows)), nil
}

// counted counts the bytes of a file that comes in.
type counted struct {
	r     io.Reader
	stats *ServeStats
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.stats.LoadBytes.Add(int64(n))
	return n, err
}

// tables lists the tables.
func (s *service) tables(context.Context, []byte) ([]byte, error) {
	return json.Marshal(s.engine.Tables())
}

// functions lists the functions.
func (s *service) functions(context.Context, []byte) ([]byte, error) {
	return json.Marshal(Functions())
}
