package sor

import (
	"context"
	"errors"
	"fmt"
	"io"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/column"
)

// Read reads the input in parallel and gives its chunks to emit, which is called from several goroutines, one chunk
// each, not in order. Every chunk has at least one row; an input without rows has no chunks. dicts holds the dictionary
// of each STRING column that has one.
//
// With [FailLoad] or [MismatchFail] the first problem in the order of the input ends the read with a [*RowError];
// chunks may have been emitted before. When ctx ends, so does Read, once the calls of emit under way have returned:
// an emit that can wait must end with ctx too.
func (in *Input) Read(ctx context.Context, o Options, emit func(Chunk) error) (r *Report, dicts []*column.Dict, err error) {
	defer func() {
		if err != nil {
			r, dicts, err = nil, nil, fmt.Errorf("read %s: %w", in.name, err)
		}
	}()
	if o, err = o.filled(); err != nil {
		return nil, nil, err
	}
	rd := &reader{in: in, o: o, emit: emit}
	rd.meter = newMeter(in, &o)
	defer rd.release()
	if err := rd.head(ctx); err != nil {
		return nil, nil, err
	}
	if err := rd.rows(ctx); err != nil {
		return nil, nil, err
	}
	rd.meter.finish()
	for _, d := range rd.dicts {
		if d == nil {
			dicts = append(dicts, nil)
			continue
		}
		dicts = append(dicts, d.Dict())
	}
	return rd.report, dicts, nil
}

// reader is one Read.
type reader struct {
	in     *Input
	o      Options
	emit   func(Chunk) error
	meter  *meter
	report *Report
	dicts  []*column.DictBuilder // nil of columns that are not STRING
	sample *sample

	rowBytes int64  // mean length of a row
	spool    *spool // what inference has read of a stream that can be read but once
}

func (rd *reader) release() {
	if rd.spool != nil {
		rd.spool.close()
	}
}

// head makes the report and the dictionaries for the schema, which it infers unless the caller has given it.
func (rd *reader) head(ctx context.Context) error {
	s := rd.o.Schema
	if s == nil {
		var err error
		if s, err = rd.infer(ctx); err != nil {
			return err
		}
	} else if err := s.check(); err != nil {
		return err
	} else if rd.in.source == nil {
		return errNotSliced
	}
	rd.rowBytes = s.RowBytes
	rd.report = s.report()
	rd.dicts = make([]*column.DictBuilder, len(s.Fields))
	for i, f := range s.Fields {
		if f.Type == column.String {
			rd.dicts[i] = column.NewDictBuilder(0)
		}
	}
	return nil
}

// look reads limit rows, or all when it is negative, from the beginning of the input.
func (rd *reader) look(ctx context.Context, limit int64) (err error) {
	in := rd.in
	rd.sample = &sample{}
	if in.source != nil {
		if limit < 0 {
			return rd.lookAll(ctx)
		}
		return rd.sample.read(ctx, &sourceReader{source: in.source}, &rd.o, limit)
	}
	text, err := in.stream(ctx, &rd.meter.bytes)
	if err != nil {
		return err
	}
	if in.again {
		defer text.Close()
		if limit >= 0 {
			defer rd.meter.bytes.Store(0)
		}
		return rd.sample.read(ctx, &interrupted{ctx, text}, &rd.o, limit)
	}
	rd.spool = &spool{rest: text}
	return rd.sample.read(ctx, &interrupted{ctx, rd.spool}, &rd.o, limit)
}

// rows reads the slice and emits its chunks.
func (rd *reader) rows(ctx context.Context) error {
	chunk := min(rd.rowBytes, maxMaxRow) * int64(min(rd.o.ChunkRows, maxMaxRow))
	chunk = min(max(chunk, 64<<10), 64<<20)
	if rd.o.part > 0 {
		chunk = int64(rd.o.part)
	}
	state := &progressive{report: rd.report}
	var before int64
	g, gctx := errgroup.WithContext(ctx)
	var source parts
	workers := rd.o.Threads
	if rd.in.source != nil {
		r := rd.ranges(state, chunk)
		source, workers = r, int(min(int64(workers), r.count()))
	} else {
		const most = 8 // workers read faster than any stream comes, and each has a part in memory
		workers = min(workers, most)
		st := newStream(state, workers+1)
		source = st
		g.Go(func() (err error) {
			before, err = rd.runStream(gctx, st, int(min(chunk, 32<<20)))
			return err
		})
	}
	for range workers {
		g.Go(func() error { return newWorker(rd).run(gctx, source) })
	}
	err := g.Wait()
	if rd.o.Schema == nil {
		err = rd.countFromTop(ctx, before, err)
	}
	if err != nil {
		return err
	}
	rd.report.Lines = source.last().lines
	if rd.o.Schema != nil {
		return nil
	}
	return rd.checkSoR()
}

// checkSoR refuses an input of which not one row was read because all are malformed.
func (rd *reader) checkSoR() error {
	if r := rd.report; r.Rows == 0 && r.Malformed > 0 && rd.o.From == 0 && rd.o.Len == 0 {
		return rd.in.explain(notSoR(r.Malformed, r.Problems[0]))
	}
	return nil
}

// countFromTop makes the lines of problems, also of the one in err, count from the top of the input, not of the slice.
// before is the number of line breaks before the slice of a stream. It returns err, or what kept it from counting.
func (rd *reader) countFromTop(ctx context.Context, before int64, err error) error {
	var row *RowError
	failed := errors.As(err, &row)
	if rd.o.From == 0 || !failed && len(rd.report.Problems) == 0 {
		return err
	}
	if rd.in.source != nil {
		n, cerr := countLines(ctx, rd.in.source, rd.o.From)
		if cerr != nil {
			return cerr
		}
		before = n + 1 // the slice begins after a line break of its own
	}
	for i := range rd.report.Problems {
		rd.report.Problems[i].Line += before
	}
	if failed {
		row.Problem.Line += before
	}
	return err
}

// ranges cuts the slice of a Source.
func (rd *reader) ranges(state *progressive, chunk int64) *ranges {
	size := rd.in.source.Size()
	r := &ranges{source: rd.in.source, relay: newRelay(state), pos: min(rd.o.From, size), end: size}
	if rd.o.Len > 0 && rd.o.Len < size-r.pos {
		r.end = r.pos + rd.o.Len
	}
	if rd.o.part > 0 {
		r.step = chunk
	} else {
		r.cut(chunk, rd.o.Threads)
	}
	return r
}

// runStream reads the stream, beginning with what inference has read of it.
func (rd *reader) runStream(ctx context.Context, st *stream, aim int) (before int64, err error) {
	var text io.Reader
	if rd.spool != nil {
		if text, err = rd.spool.replay(); err != nil {
			return 0, err
		}
	} else {
		z, err := rd.in.stream(ctx, &rd.meter.bytes)
		if err != nil {
			return 0, err
		}
		defer z.Close()
		text = z
	}
	return st.run(ctx, &interrupted{ctx, text}, &rd.o, aim)
}

// explain adds what the beginning of a file says about an input that is not SoR.
func (in *Input) explain(err error) error {
	if in.source == nil || !errors.Is(err, ErrNotSoR) {
		return err
	}
	var magic [4]byte
	n, _ := in.source.ReadAt(magic[:], 0)
	switch {
	case n >= 2 && magic[0] == 0x1f && magic[1] == 0x8b:
		return fmt.Errorf("%w (it is gzip: give the file a name that ends in .gz)", err)
	case n == 4 && magic == [4]byte{0x28, 0xb5, 0x2f, 0xfd}:
		return fmt.Errorf("%w (it is zstd: give the file a name that ends in .zst)", err)
	}
	return err
}

// countLines returns the number of line breaks in the first n bytes.
func countLines(ctx context.Context, s Source, n int64) (int64, error) {
	c := lineCounter{r: io.LimitReader(&sourceReader{source: s}, n)}
	buf := make([]byte, blockBytes)
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		_, err := c.Read(buf)
		if errors.Is(err, io.EOF) {
			return c.lines, nil
		}
		if err != nil {
			return 0, fmt.Errorf("count lines: %w", err)
		}
	}
}

// total returns the bytes of a slice, of text of the given size.
func (o *Options) total(size int64) int64 {
	left := max(size-o.From, 0)
	if o.Len > 0 {
		return min(o.Len, left)
	}
	return left
}
