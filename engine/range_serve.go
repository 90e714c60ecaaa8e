package engine

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/cluster"
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/sor"
)

// serveRange reads a range of a file for another node and writes its chunks to the table; see rangeLoad. Until it knows the
// codes of its strings it keeps them.
func (e *Engine) serveRange(ctx context.Context, request []byte, out func([]byte) error) (err error) {
	var q rangeRequest
	if err := decode(request, &q); err != nil {
		return err
	}
	if q.Schema == nil {
		return errRequest
	}
	in, err := q.open(ctx, e.folders)
	if err != nil {
		return err
	}
	defer in.Close()
	kept := e.node.Scratch()
	defer func() { err = errors.Join(err, kept.Close()) }()

	o := sor.Options{
		OnError: q.OnError, OnMismatch: q.OnMismatch, From: q.Slice.From, Len: q.Slice.Len, Schema: q.Schema,
		Threads: e.opt.Threads, ChunkRows: q.ChunkRows,
	}
	if q.Progress {
		o.Progress = func(p sor.Progress) { _ = out(encode(rangeNote{Progress: &p})) } // the read ends with the request
	}
	var chunks atomic.Int64
	report, dicts, err := in.Read(ctx, o, func(c sor.Chunk) error {
		chunks.Add(1)
		return kept.Add(c.Seq, c.Arrays)
	})
	if row := (*sor.RowError)(nil); errors.As(err, &row) {
		return out(encode(rangeNote{Read: &rangeRead{Failed: &row.Problem}}))
	}
	if err != nil {
		return err
	}
	read := &rangeRead{Report: report, Chunks: int(chunks.Load())}
	for col, d := range dicts {
		if d != nil {
			read.Dicts = append(read.Dicts, col)
		}
	}
	if err := sendRead(read, dicts, out); err != nil || read.Chunks == 0 {
		return err
	}
	first, codes, err := e.fetchCodes(ctx, &q, read, dicts)
	if err != nil {
		return err
	}
	part, err := e.writeRange(ctx, &q, kept, read, dicts, first, codes)
	if err != nil {
		return err
	}
	return out(part)
}

// open opens the file, and makes sure that it is the one that the asking node sees.
func (q *rangeRequest) open(ctx context.Context, f folders) (*sor.Input, error) {
	path := string(q.Path)
	in, err := f.open(path)
	if err != nil {
		return nil, err
	}
	print, sliced, err := in.Fingerprint(ctx)
	switch {
	case err != nil:
	case !sliced:
		err = fmt.Errorf("%s is not a plain file here", path)
	case print.Size != q.Print.Size:
		err = fmt.Errorf("%s has %d bytes here, and %d at node %s: all nodes must see the same file", path, print.Size, q.Print.Size, q.Name)
	case print != q.Print:
		err = fmt.Errorf("%s has other contents here than at node %s: all nodes must see the same file", path, q.Name)
	}
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return in, nil
}

// sendRead sends what a range came to, and its dictionaries.
func sendRead(read *rangeRead, dicts []*column.Dict, out func([]byte) error) error {
	if err := out(encode(rangeNote{Read: read})); err != nil {
		return err
	}
	for _, col := range read.Dicts {
		b, err := dicts[col].AppendBytes(nil)
		if err != nil {
			return err
		}
		if err := out(b); err != nil {
			return err
		}
	}
	return nil
}

// fetchCodes asks for the number of the range's first chunk and the codes of its strings, by column. It waits for the ranges
// before.
func (e *Engine) fetchCodes(ctx context.Context, q *rangeRequest, read *rangeRead, dicts []*column.Dict) (first int, codes [][]uint32, err error) {
	codes = make([][]uint32, len(dicts))
	got := -1 // columns, after the number
	ask := encode(codesRequest{Load: q.Load, Index: q.Index})
	err = e.node.Fetch(ctx, cluster.Member{ID: q.From}, kindCodes, ask, func(block []byte) (err error) {
		switch {
		case got < 0:
			n, w := binary.Uvarint(block)
			if w != len(block) || w == 0 || n > 1<<31 {
				return errAnswer
			}
			first = int(n)
		case got < len(read.Dicts):
			col := read.Dicts[got]
			codes[col], err = readCodes(block, dicts[col].Len())
		default:
			err = errAnswer
		}
		got++
		return err
	})
	if err == nil && got < len(read.Dicts) {
		err = errAnswer
	}
	return first, codes, err
}

// writeRange writes the chunks that were kept, with their new codes, and returns what the table must know of them.
func (e *Engine) writeRange(ctx context.Context, q *rangeRequest, kept cluster.Scratch, read *rangeRead, dicts []*column.Dict, first int, codes [][]uint32) ([]byte, error) {
	part, err := e.node.Part(ctx, q.Share)
	if err != nil {
		return nil, err
	}
	defer part.Abort()
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(cmp.Or(e.opt.Threads, runtime.GOMAXPROCS(0)))
	for seq := range read.Chunks {
		g.Go(func() error {
			if err := gctx.Err(); err != nil {
				return err
			}
			arrays, err := kept.Chunk(seq, dicts)
			if err != nil {
				return err
			}
			for col, a := range arrays {
				arrays[col] = a.Recode(codes[col])
			}
			return part.Write(gctx, first+seq, arrays)
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return part.Finish(ctx, q.Schema.Fields)
}
