package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/eau2db/eau2/cluster/vfs/vfstest"
)

// step is a change of a node, for scripts that run with crashes and failures.
type step struct {
	op   string // load, drop, rename, put, delete
	name string
	to   string // of rename; the value of put
	seed int64  // of load
}

func (s step) String() string { return strings.TrimSpace(fmt.Sprint(s.op, " ", s.name, " ", s.to)) }

// script has every kind of change, of tables of one chunk and of several, of names that are used again.
var script = []step{
	{op: "load", name: "a", seed: 1},
	{op: "load", name: "b", seed: 2},
	{op: "rename", name: "a", to: "c"},
	{op: "load", name: "c", seed: 2}, // an error, unless the renaming failed
	{op: "put", name: "k", to: "value"},
	{op: "load", name: "a", seed: 3},
	{op: "drop", name: "b"},
	{op: "rename", name: "a", to: "b"},
	{op: "load", name: "a", seed: 0},
	{op: "delete", name: "k"},
	{op: "drop", name: "c"},
	{op: "put", name: "k", to: "other"},
}

// stepSample is the table that a load of that seed makes: of as many rows as chunks.
func stepSample(seed int64) sample {
	return sample{seed: seed, rows: int(seed), chunkRows: 1, columns: 2}
}

// run does the step on a node.
func (s step) run(n *Node) error {
	ctx := context.Background()
	switch s.op {
	case "load":
		return stepSample(s.seed).load(n, s.name)
	case "drop":
		return n.Drop(ctx, s.name)
	case "rename":
		return n.Rename(ctx, s.name, s.to)
	case "put":
		return n.Store().Put(ctx, Key{Name: s.name}, []byte(s.to))
	case "delete":
		return n.Store().Delete(ctx, Key{Name: s.name})
	}
	return errors.New("no such step")
}

// state is what a node has: for each table, written t/NAME, the seed of its sample, and for each value, v/NAME, it.
type state map[string]string

// apply does the step on a state. false: it is an error there.
func (s step) apply(before state) (state, bool) {
	after, name, to := maps.Clone(before), "t/"+s.name, "t/"+s.to
	if s.op == "put" || s.op == "delete" {
		name = "v/" + s.name
	}
	_, have := before[name]
	switch s.op {
	case "load":
		after[name] = fmt.Sprint(s.seed)
		return after, !have
	case "drop", "delete":
		delete(after, name)
		return after, have
	case "rename":
		_, taken := before[to]
		after[to] = after[name]
		delete(after, name)
		return after, have && !taken
	}
	after[name] = s.to
	return after, !have || before[name] == s.to
}

// read finds out the state of a node by reading all of it.
func read(n *Node) (state, error) {
	got := state{}
	for _, name := range n.Tables() {
		t, err := n.Table(context.Background(), name)
		if err != nil {
			return nil, err
		}
		err = stepSample(t.Rows()).compare(t)
		got["t/"+name] = fmt.Sprint(t.Rows())
		if err := errors.Join(err, t.Release()); err != nil {
			return nil, fmt.Errorf("table %s: %w", name, err)
		}
	}
	v, err := n.Store().Get(context.Background(), Key{Name: "k"})
	if err == nil {
		got["v/k"] = string(v)
	} else if !errors.Is(err, ErrNoValue) {
		return nil, err
	}
	return got, nil
}

// litter returns the files of a directory that nothing refers to.
func litter(disk *vfstest.Disk, dir string, s state) (extra []string) {
	entries, values, packs := 0, 0, map[string]bool{}
	files := disk.Files(dir)
	for _, f := range slices.Sorted(maps.Keys(files)) {
		kind, id := classify(filepath.Base(f))
		switch kind {
		case entrySuffix:
			entries++
		case valueSuffix:
			values++
		case packSuffix:
			packs[id] = true
			if files[filepath.Join(dir, id+entrySuffix)] == nil {
				extra = append(extra, f)
			}
		case nodeFile:
		default:
			if filepath.Base(f) != lockFile {
				extra = append(extra, f)
			}
		}
	}
	wantValues := 0
	if s["v/k"] != "" {
		wantValues = 1
	}
	if wantEntries := len(s) - wantValues; entries != wantEntries || len(packs) != wantEntries || values != wantValues {
		extra = append(extra, fmt.Sprintf("%d entries, packs of %d tables, %d values", entries, len(packs), values))
	}
	return extra
}
