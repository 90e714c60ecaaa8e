package engine

import (
	"fmt"
	"slices"
	"strings"
)

// share is what of a fragment falls to a node.
type share struct {
	node        string
	parts       int
	chunks      int
	rows, bytes int64
	again       int // parts that failed there
}

// sharesOf adds up the parts of a fragment by node.
func sharesOf(units []doneUnit) []share {
	var all []share
	for _, u := range units {
		name := nodeName(u.node)
		i := slices.IndexFunc(all, func(s share) bool { return s.node == name })
		if i < 0 {
			i = len(all)
			all = append(all, share{node: name})
		}
		s := &all[i]
		if u.failed {
			s.again++
			continue
		}
		s.parts++
		s.chunks += len(u.chunks)
		s.rows += u.rows
		s.bytes += u.bytes
	}
	slices.SortFunc(all, func(a, b share) int { return strings.Compare(a.node, b.node) })
	return all
}

// plan tells where a fragment is to run.
func (r *fragmentRun) plan() string {
	units := make([]doneUnit, len(r.planned))
	for i, p := range r.planned {
		units[i].part = p
	}
	var b strings.Builder
	for _, s := range sharesOf(units) {
		fmt.Fprintf(&b, "; %s: %s", s.node, plural(s.chunks, "chunk"))
	}
	return b.String()
}

// result tells where a fragment has run.
func (r *fragmentRun) result() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	for _, s := range sharesOf(r.done) {
		fmt.Fprintf(&b, "; %s: %s, %s, %d bytes sent", s.node, plural(s.chunks, "chunk"), count(s.rows), s.bytes)
		if s.again > 0 {
			fmt.Fprintf(&b, ", %s failed and ran elsewhere", plural(s.again, "part"))
		}
	}
	return b.String()
}

func plural(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
