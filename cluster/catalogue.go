package cluster

import (
	"cmp"
	"maps"
	"slices"
)

// catalogue is what is known of tables: an entry for each, those dropped too where other nodes know of them. Merging
// entries gives the same in whatever order and how often they come: of a name the latest version counts, and a table that
// was dropped stays so.
type catalogue struct {
	entries map[string]Entry  // by id
	names   map[string]string // ids of the tables by the names that people use
	clock   uint64            // the greatest counter seen
}

// put merges entries.
func (c *catalogue) put(entries ...Entry) {
	if c.entries == nil {
		c.entries = map[string]Entry{}
	}
	for _, e := range entries {
		c.clock = max(c.clock, e.Version.Counter, e.Made.Counter)
		c.entries[e.ID], _ = c.with(e)
	}
	c.name()
}

// set puts an entry in place of what was known.
func (c *catalogue) set(e Entry) {
	delete(c.entries, e.ID)
	c.put(e)
}

// with returns what is known of a table together with e, and whether e adds anything.
func (c *catalogue) with(e Entry) (merged Entry, changed bool) {
	old, known := c.entries[e.ID]
	if !known {
		return e, true
	}
	merged = merge(old, e)
	return merged, merged != old
}

// merge is the least entry that knows all that a and b do, which are of one table.
func merge(a, b Entry) Entry {
	dropped := a.Dropped || b.Dropped
	if a.Version.Less(b.Version) || a.Version == b.Version && a.Name < b.Name {
		a, b = b, a
	}
	if a.Made.Less(b.Made) {
		a.Made = b.Made
	}
	a.Dropped = dropped
	return a
}

func (c *catalogue) remove(id string) {
	delete(c.entries, id)
	c.name()
}

// name finds the names that people use. Of tables that nodes gave the same name, not knowing of each other, the first keeps
// it, and the others have that of the node that made them added. Every node that knows the same entries finds the same names.
func (c *catalogue) name() {
	live := slices.SortedFunc(func(yield func(Entry) bool) {
		for _, e := range c.entries {
			if !e.Dropped && !yield(e) {
				return
			}
		}
	}, func(a, b Entry) int {
		switch {
		case a.Made.Less(b.Made):
			return -1
		case b.Made.Less(a.Made):
			return 1
		}
		return cmp.Compare(a.ID, b.ID)
	})
	c.names = make(map[string]string, len(live))
	var late []Entry
	for _, e := range live {
		if _, taken := c.names[e.Name]; taken {
			late = append(late, e)
			continue
		}
		c.names[e.Name] = e.ID
	}
	const short = 8 // of a node's id
	for _, e := range late {
		for _, more := range []string{e.Made.Node[:min(short, len(e.Made.Node))], e.Made.Node, e.Made.Node + "-" + e.ID} {
			name := e.Name + "@" + more
			if _, taken := c.names[name]; !taken {
				c.names[name] = e.ID
				break
			}
		}
	}
}

// nameOf returns the name that people use for a table.
func (c *catalogue) nameOf(id string) string {
	for name, of := range c.names {
		if of == id {
			return name
		}
	}
	return c.entries[id].Name
}

// all returns all entries by id.
func (c *catalogue) all() []Entry {
	all := slices.Collect(maps.Values(c.entries))
	slices.SortFunc(all, func(a, b Entry) int { return cmp.Compare(a.ID, b.ID) })
	return all
}
