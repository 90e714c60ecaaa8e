package engine

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/column"
)

// lineBytes is how much text a chunk of lines aims at.
const lineBytes = 4 << 20

// LoadLines reads text files, which have to be regular ones, into a new table with one STRING column, line. Its rows are the lines
// of one file after the other, without what ends them: \n or \r\n. The table appears whole or not at all. It returns the table
// as a DataFrame.
func (e *Engine) LoadLines(ctx context.Context, name string, paths ...string) (*DataFrame, error) {
	ctx, end, err := e.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	if err := e.loadLines(ctx, name, paths); err != nil {
		return nil, refine(ctx, fmt.Errorf("load lines into %s: %w", name, err))
	}
	return e.Table(name), nil
}

func (e *Engine) loadLines(ctx context.Context, name string, paths []string) error {
	if name == "" {
		return errors.New("a table needs a name")
	}
	var ranges []lineRange
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		more, err := cutLines(ctx, f, cmp.Or(e.lineBytes, lineBytes))
		if err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		ranges = append(ranges, more...)
	}
	w, err := e.node.Create(ctx, name)
	if err != nil {
		return err
	}
	defer w.Abort()
	var next atomic.Int64
	g, gctx := errgroup.WithContext(ctx)
	for range min(cmp.Or(e.opt.Threads, runtime.GOMAXPROCS(0)), len(ranges)) {
		g.Go(func() error {
			r := lineReader{builder: column.NewBuilder(column.String, nil)}
			for {
				i := int(next.Add(1) - 1)
				if i >= len(ranges) {
					return nil
				}
				a, err := r.read(gctx, ranges[i])
				if err != nil {
					return fmt.Errorf("read %s: %w", ranges[i].file.Name(), err)
				}
				if err := w.Write(gctx, i, []*column.Array{a}); err != nil {
					return err
				}
			}
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	t, err := w.Commit(ctx, []Column{{Name: "line", Type: String}}, []*column.Dict{nil})
	if err != nil {
		return err
	}
	return t.Release()
}

// lineRange is some whole lines of a file.
type lineRange struct {
	file *os.File
	from int64
	size int
}

// cutLines cuts a file, after a line each, into ranges of a size or a little more.
func cutLines(ctx context.Context, f *os.File, size int64) (ranges []lineRange, err error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	buf := make([]byte, 4<<10)
	for from, end := int64(0), info.Size(); from < end; {
		to := min(from+size, end)
		for to < end { // the line goes on, up to the next \n from its last byte on
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			n, err := f.ReadAt(buf[:min(int64(len(buf)), end-to+1)], to-1)
			if err != nil {
				return nil, err
			}
			if at := bytes.IndexByte(buf[:n], '\n'); at >= 0 {
				to += int64(at)
				break
			}
			to += int64(n)
		}
		to = min(to, end)
		if to-from > math.MaxInt32/2 {
			return nil, fmt.Errorf("the line at byte %d is too long: more than 1 GB", from)
		}
		ranges = append(ranges, lineRange{f, from, int(to - from)})
		from = to
	}
	return ranges, nil
}

// lineReader makes arrays of ranges.
type lineReader struct {
	builder    *column.Builder
	text       []byte
	start, end []uint32
}

func (r *lineReader) read(ctx context.Context, of lineRange) (*column.Array, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if cap(r.text) < of.size {
		r.text = make([]byte, of.size)
	}
	text := r.text[:of.size]
	if n, err := of.file.ReadAt(text, of.from); n < len(text) {
		if errors.Is(err, io.EOF) {
			err = errors.New("it has become shorter")
		}
		return nil, err
	}
	r.start, r.end = r.start[:0], r.end[:0]
	for at := 0; at < len(text); {
		n := bytes.IndexByte(text[at:], '\n')
		next := at + n + 1
		if n < 0 {
			n, next = len(text)-at, len(text)
		}
		end := at + n
		if end > at && text[end-1] == '\r' && next > end {
			end--
		}
		r.start, r.end = append(r.start, uint32(at)), append(r.end, uint32(end))
		at = next
	}
	r.builder.ExtendStrings(text, r.start, r.end)
	return r.builder.Finish(), nil
}
