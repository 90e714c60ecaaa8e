package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/eau2db/eau2/column"
)

// incoming is the sink of what comes to this node of a table that one or several nodes load. It is there from when the
// node that loads it has begun with it until that commits or aborts. It takes chunks of others, too, each a part.
type incoming struct {
	node *Node
	id   string
	sink sink

	end   sync.RWMutex // who writes holds it to read, who ends it to write
	ended bool

	mu     sync.Mutex
	parts  int   // that are being written
	failed error // of the first part that came to nothing
}

// expect begins to take a new table.
func (n *Node) expect(id string) (*incoming, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.tables == nil {
		return nil, ErrClosed
	}
	if n.loads[id] != nil {
		return nil, fmt.Errorf("table %s is being loaded already", id)
	}
	in := &incoming{node: n, id: id, sink: n.place.begin(id)}
	n.loads[id] = in
	close(n.loading)
	n.loading = make(chan struct{})
	return in, nil
}

// part returns a table that is being loaded, to write chunks of it. It waits for the node that loads it, which has asked
// for the part: what it sends on its own may come later. The caller must say leave.
func (n *Node) part(ctx context.Context, id string) (*incoming, error) {
	late := time.NewTimer(clearTime)
	defer late.Stop()
	for {
		n.mu.RLock()
		in, changed := n.loads[id], n.loading
		n.mu.RUnlock()
		if in != nil {
			in.mu.Lock()
			defer in.mu.Unlock()
			in.parts++
			return in, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-late.C:
			return nil, fmt.Errorf("%w: nobody loads table %s", ErrNoTable, id)
		}
	}
}

// leave ends a part. With an error the table cannot be committed.
func (in *incoming) leave(err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.parts--
	if in.failed == nil {
		in.failed = err
	}
}

var errLoadEnded = errors.New("the load has ended")

// hold keeps the sink from ending until release.
func (in *incoming) hold() (release func(), err error) {
	in.end.RLock()
	if in.ended {
		in.end.RUnlock()
		return nil, errLoadEnded
	}
	return in.end.RUnlock, nil
}

func (in *incoming) write(chunk int, arrays []*column.Array) error {
	release, err := in.hold()
	if err != nil {
		return err
	}
	defer release()
	return in.sink.write(chunk, arrays)
}

func (in *incoming) writeFrames(chunk int, sizes []int64, frames []byte) error {
	release, err := in.hold()
	if err != nil {
		return err
	}
	defer release()
	return in.sink.writeFrames(chunk, sizes, frames)
}

// close ends the writing.
func (in *incoming) close() {
	in.end.Lock()
	defer in.end.Unlock()
	if in.ended {
		return
	}
	in.ended = true
	in.node.mu.Lock()
	defer in.node.mu.Unlock()
	delete(in.node.loads, in.id)
}

func (in *incoming) commit(m *manifest, dicts []*column.Dict) (values, error) {
	in.close()
	in.mu.Lock()
	err := in.failed
	if err == nil && in.parts > 0 {
		err = fmt.Errorf("%d nodes have not sent all that they have of the table", in.parts)
	}
	in.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return in.sink.commit(m, dicts)
}

func (in *incoming) abort() error {
	in.close()
	return in.sink.abort()
}
