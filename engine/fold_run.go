package engine

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/cluster"
	"github.com/eau2db/eau2/engine/exec"
	"github.com/eau2db/eau2/engine/fragment"
	"github.com/eau2db/eau2/engine/function"
	"github.com/eau2db/eau2/engine/plan"
)

// kindFold is the request to fold the rows of a fragment: chunks as in kindFragment, then the program, the name of the fold and its
// argument, each behind its length, then the plan. The answer is the length of the result, then the result in blocks.
const kindFold = "fold"

// foldRequest is such a request.
type foldRequest struct {
	chunks  []int
	program string
	name    string
	arg     []byte
	plan    []byte
}

func (q *foldRequest) bytes() []byte {
	b := appendChunks(q.chunks)
	for _, s := range []string{q.program, q.name, string(q.arg)} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return append(b, q.plan...)
}

func cutFold(b []byte) (q foldRequest, err error) {
	if q.chunks, b, err = cutChunks(b); err != nil {
		return q, err
	}
	var parts [3][]byte
	for i := range parts {
		n, w := binary.Uvarint(b)
		if w <= 0 || n > uint64(len(b)-w) {
			return q, errRequest
		}
		parts[i], b = b[w:w+int(n)], b[w+int(n):]
	}
	q.program, q.name, q.arg, q.plan = string(parts[0]), string(parts[1]), parts[2], b
	return q, nil
}

// runAtData folds a plan that streams, at the nodes that have its chunks.
func (f *namedFolding[A, T]) runAtData(ctx context.Context, e *Engine, n plan.Node, fold *folder[T], arg A) (total T, err error) {
	scan := leaf(n)
	at, err := e.replicasOf(ctx, scan.Table.(*cluster.Table))
	if err != nil {
		return total, err
	}
	parts, err := at.assign(chunksOf(scan))
	if err != nil {
		return total, err
	}
	q := foldRequest{name: f.name}
	if q.plan, err = fragment.Encode(n); err != nil {
		return total, err
	}
	if q.program, err = function.Program(); err != nil {
		return total, err
	}
	if q.arg, err = encodeValue(arg); err != nil {
		return total, fmt.Errorf("fold %s: encode the argument: %w", f.name, err)
	}
	try := func(ctx context.Context, p part) (T, error) {
		if p.node.ID != e.node.ID() {
			q := q
			q.chunks = p.chunks
			return fold.fetch(ctx, e, p.node, q)
		}
		o := e.execOptions(ctx)
		o.Chunks = p.chunks
		return fold.rows(ctx, n, o)
	}
	results := make([][]T, len(parts))
	g, gctx := errgroup.WithContext(ctx)
	for i, p := range parts {
		g.Go(func() (err error) {
			results[i], err = runPart(gctx, at, p, try)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return total, err
	}
	return fold.join(slices.Concat(results...))
}

// fetch lets a node fold its chunks.
func (f *folder[T]) fetch(ctx context.Context, e *Engine, node cluster.Member, q foldRequest) (result T, err error) {
	in := foldReader{memory: memoryOf(ctx, e.memory)}
	defer in.release()
	err = e.node.Fetch(ctx, node, kindFold, q.bytes(), in.read)
	if err == nil {
		err = in.end()
	}
	if err != nil {
		return result, err
	}
	if result, err = f.decode(in.b); err != nil {
		return result, fmt.Errorf("fold %s: decode the result of node %s: %w", f.name, nodeName(node), err)
	}
	return result, nil
}

// foldRequested answers another node.
func (e *Engine) foldRequested(ctx context.Context, request []byte, out func([]byte) error) error {
	q, err := cutFold(request)
	if err != nil {
		return err
	}
	if err := function.SameProgram(q.program); err != nil {
		return err
	}
	folds.Lock()
	f := folds.byName[q.name]
	folds.Unlock()
	if f == nil {
		return fmt.Errorf("fold %q: %w", q.name, function.ErrUnknown)
	}
	tables := e.newFragmentTables()
	defer tables.release()
	n, err := tables.open(ctx, q.chunks, q.plan)
	if err != nil {
		return err
	}
	if !fragment.Streams(n, elsewhere) {
		return errRequest
	}
	o := e.execOptions(ctx)
	o.Chunks = q.chunks
	result, err := f.serve(ctx, q.arg, n, o)
	if err != nil {
		return err
	}
	return giveFold(result, out)
}

// serve implements namedFold.
func (f *namedFolding[A, T]) serve(ctx context.Context, arg []byte, n plan.Node, o exec.Options) ([]byte, error) {
	a, err := decodeValue[A](arg)
	if err != nil {
		return nil, fmt.Errorf("fold %s: decode the argument: %w", f.name, err)
	}
	fold, err := f.of(a)
	if err != nil {
		return nil, err
	}
	result, err := fold.rows(ctx, n, o)
	if err != nil {
		return nil, err
	}
	b, err := fold.encode(result)
	if err != nil {
		return nil, fmt.Errorf("fold %s: encode the result: %w", f.name, err)
	}
	return b, nil
}

// foldBlock is how many bytes of a result go in a block.
const foldBlock = 1 << 20

// giveFold gives a result to out.
func giveFold(result []byte, out func([]byte) error) error {
	if err := out(binary.AppendUvarint(nil, uint64(len(result)))); err != nil {
		return err
	}
	for b := range slices.Chunk(result, foldBlock) {
		if err := out(b); err != nil {
			return err
		}
	}
	return nil
}

// foldReader takes a result.
type foldReader struct {
	memory *exec.Memory
	begun  bool
	size   uint64
	b      []byte
	held   int64
}

func (r *foldReader) read(block []byte) error {
	if !r.begun {
		n, w := binary.Uvarint(block)
		if w <= 0 || w < len(block) || n > math.MaxInt64 {
			return errAnswer
		}
		r.begun, r.size = true, n
		return nil
	}
	if len(block) == 0 || uint64(len(block)) > r.size-uint64(len(r.b)) {
		return errAnswer
	}
	if err := r.memory.Grow(int64(len(block)), "the result of a fold"); err != nil {
		return err
	}
	r.held += int64(len(block))
	r.b = append(r.b, block...)
	return nil
}

// end reports whether all has come.
func (r *foldReader) end() error {
	if !r.begun || uint64(len(r.b)) != r.size {
		return errAnswer
	}
	return nil
}

func (r *foldReader) release() { r.memory.Shrink(r.held) }
