package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/eau2db/eau2/cluster"
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/exec"
)

// Options of an Engine. The zero value keeps tables in memory, works on all cores, and takes up to 70 % of the machine's
// memory for queries.
type Options struct {
	Dir     string       // keep tables in this directory, which is made if need be; "" is in memory
	Memory  int64        // budget of all queries together in bytes; 0 is 70 % of the machine's memory
	Threads int          // workers a statement; 0 is one per core
	Logger  *slog.Logger // nil logs nothing

	Cluster *ClusterOptions // makes the Engine a node of a cluster; nil is alone

	mesh     func(context.Context, cluster.Local) (cluster.Network, error) // makes it one of several in this process
	replicas int
	run      *run // of an application, that the Engine is opened for
}

// Engine is a set of tables and what runs statements over them.
type Engine struct {
	opt    Options
	node   *cluster.Node
	memory *exec.Memory

	// chunkRows is how many rows a chunk of a new table aims at; 0 is column.ChunkRows. Tests make it small.
	chunkRows int
	// rangeBytes is how much of a file another node is asked for at least; 0 is leastRange.
	rangeBytes int64
	// lineBytes is how much text a chunk of lines aims at; 0 is the constant.
	lineBytes int64

	shares        shares
	shuffleAlways bool // group over nodes by shuffling rows wherever that can be done, for tests

	ctx     context.Context // ends when the Engine closes
	cancel  context.CancelCauseFunc
	mu      sync.Mutex
	closed  bool
	running map[int]context.CancelCauseFunc // of the statements, by number
	nextID  int
	active  sync.WaitGroup // running statements
	files   fileTables

	folders    folders    // of whose files it reads ranges for other nodes
	rangeLoads rangeLoads // loads by several nodes that were asked for here
	served     func()     // waits for what clients have left running; nil where none are served
}

// Type is the type of a column: Bool, Int, Float or String.
type Type = column.Type

// The four types.
const (
	Bool   = column.Bool
	Int    = column.Int
	Float  = column.Float
	String = column.String
)

// Value is one value or a typed NULL.
type Value = column.Value

// Column names and types a column of a table or result.
type Column = column.Field

// ErrClosed says that the Engine was closed.
var ErrClosed = errors.New("the engine is closed")

// Open starts an engine. A directory is opened with its tables; what an interrupted load left there is removed.
func Open(ctx context.Context, o Options) (*Engine, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Memory <= 0 {
		o.Memory = machineMemory() / 10 * 7
	}
	replicas := o.replicas
	if o.Cluster != nil {
		replicas = cmp.Or(o.Cluster.Replicas, defaultReplicas)
	}
	node, err := cluster.Open(ctx, cluster.Options{Dir: o.Dir, Replicas: replicas})
	if err != nil {
		return nil, err
	}
	e := &Engine{opt: o, node: node, memory: exec.NewMemory(o.Memory), running: map[int]context.CancelCauseFunc{}}
	e.ctx, e.cancel = context.WithCancelCause(context.Background())
	if o.run != nil {
		o.run.attach(e)
	}
	e.serveNodes()
	switch {
	case o.Cluster != nil:
		err = e.join(ctx, o.Cluster)
	case o.mesh != nil:
		err = node.Join(ctx, o.mesh)
	}
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// Close ends the running statements, waits for them, and lets go of the directory. The memory behind an open Rows stays
// until that is closed. A second Close does nothing.
func (e *Engine) Close() error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil
	}
	e.closed = true
	for _, cancel := range e.running {
		cancel(ErrClosed)
	}
	e.mu.Unlock()
	e.cancel(ErrClosed)
	e.active.Wait()
	err := errors.Join(e.files.close(), e.node.Close())
	if e.served != nil {
		e.served()
	}
	return err
}

// begin starts a statement: its context ends with ctx or with the Engine. end must be called when it is over.
func (e *Engine) begin(ctx context.Context) (_ context.Context, end func(), err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, nil, ErrClosed
	}
	if err := context.Cause(ctx); err != nil {
		return nil, nil, refine(ctx, err)
	}
	e.active.Add(1)
	ctx, cancel := context.WithCancelCause(ctx)
	e.nextID++
	id := e.nextID
	e.running[id] = cancel
	return ctx, sync.OnceFunc(func() {
		e.mu.Lock()
		delete(e.running, id)
		e.mu.Unlock()
		cancel(nil)
		e.active.Done()
	}), nil
}

// TableInfo describes a table.
type TableInfo struct {
	Name    string
	Columns []Column
	Rows    int64
	Chunks  int
	Bytes   int64 // of its chunks and dictionaries, as stored
}

// Tables lists the tables by name.
func (e *Engine) Tables() []TableInfo {
	var infos []TableInfo
	for _, name := range e.node.Tables() {
		t, err := e.node.Table(e.ctx, name)
		if err != nil {
			continue // dropped meanwhile
		}
		infos = append(infos, TableInfo{Name: name, Columns: t.Fields(), Rows: t.Rows(), Chunks: t.Chunks(), Bytes: t.Bytes()})
		t.Release()
	}
	return infos
}

// machineMemory returns the bytes of memory this process may use: the machine's, or less where a control group limits it.
func machineMemory() int64 {
	mem := int64(4 << 30) // where the system does not tell
	if b, err := os.ReadFile("/proc/meminfo"); err == nil {
		var kb int64
		if _, err := fmt.Sscanf(string(b), "MemTotal: %d kB", &kb); err == nil {
			mem = kb << 10
		}
	}
	if b, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil {
		if n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64); err == nil {
			mem = min(mem, n)
		}
	}
	return mem
}
