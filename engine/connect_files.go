package engine

import (
	"context"
	"errors"
	"io"

	"github.com/eau2db/eau2/cluster/wire"
	"github.com/eau2db/eau2/engine/sql"
	"github.com/eau2db/eau2/sor"
)

// load sends a file to the node that makes a table of it.
func (c *Client) load(ctx context.Context, st *sql.Load, q query) (*Rows, error) {
	at := func(err error) error { return sql.NewError(string(q.Text), st.Path.Pos, err.Error(), "", err) }
	f, err := sor.OpenRaw(st.Path.Name)
	if err != nil {
		return nil, at(err)
	}
	defer f.Close()
	q.File, q.Size = []byte(f.Name), f.Size
	progress := progressOf(ctx)
	put, err := c.conn.Put(ctx, nameLoad, encode(q), func(b []byte) {
		var n note
		if decode(b, &n) == nil && n.Progress != nil {
			progress(*n.Progress)
		}
	})
	if err != nil {
		return nil, c.refine(ctx, err, string(q.Text))
	}
	defer put.Abort()
	if err := copyFile(ctx, put, f); err != nil {
		if ctx.Err() != nil {
			return nil, refine(ctx, ctx.Err())
		}
		return nil, at(err)
	}
	b, err := put.Finish()
	if err != nil {
		return nil, c.refine(ctx, err, string(q.Text))
	}
	var o outcome
	if err := decode(b, &o); err != nil {
		return nil, err
	}
	r := &Rows{}
	o.apply(r)
	return r, nil
}

// sendBytes is how much of a file goes at a time.
const sendBytes = 1 << 20

// copyFile sends a file, as long as the node takes it, and returns what went wrong with the file. What goes wrong with
// the node is for Finish to tell.
func copyFile(ctx context.Context, put *wire.Put, f *sor.Raw) error {
	r := f.Reader(ctx)
	for {
		block := make([]byte, sendBytes)
		n, err := io.ReadAtLeast(r, block, 1)
		if n > 0 {
			if put.Block(block[:n], nil) != nil {
				return nil
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return ctx.Err()
		case err != nil:
			return err
		}
	}
}

// copyTo writes the rows of a COPY here.
func (c *Client) copyTo(ctx context.Context, st *sql.Copy, q query) (*Rows, error) {
	rows, err := c.stream(ctx, q)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	n, err := export(st.Path.Name, st.Format, rows)
	if rows.Err() != nil {
		return nil, rows.Err()
	}
	if err != nil {
		return nil, sql.NewError(string(q.Text), st.Path.Pos, err.Error(), "", err)
	}
	r := done("%s written to %s", count(n), st.Path.Name)
	r.warnings = rows.warnings
	return r, nil
}
