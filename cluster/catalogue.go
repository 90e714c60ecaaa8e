package cluster

import (
	"maps"
	"slices"

	"github.com/eau2db/eau2/cluster/gossip"
)

// Entry is a table in the catalogue; how entries merge and what tables are called is told in package gossip.
type Entry = gossip.Entry

// catalogue is what is known of tables: an entry for each, those dropped too where other nodes know of them.
type catalogue struct {
	entries map[string]Entry // by id
	names   *gossip.Snapshot
	clock   uint64 // the greatest counter seen
}

// put merges entries.
func (c *catalogue) put(entries ...Entry) {
	if c.entries == nil {
		c.entries = map[string]Entry{}
	}
	for _, e := range entries {
		c.clock = max(c.clock, e.Named.Count, e.Made.Count)
		c.entries[e.ID], _ = c.with(e)
	}
	c.names = gossip.NewSnapshot(slices.Collect(maps.Values(c.entries)))
}

// set puts an entry in place of what was known.
func (c *catalogue) set(e Entry) {
	delete(c.entries, e.ID)
	c.put(e)
}

func (c *catalogue) remove(id string) {
	delete(c.entries, id)
	c.put()
}

// with returns what is known of a table together with e, and whether e adds anything.
func (c *catalogue) with(e Entry) (merged Entry, changed bool) {
	old, known := c.entries[e.ID]
	if !known {
		return e, true
	}
	merged = gossip.Merge(old, e)
	return merged, !merged.Equal(old)
}

// id returns the id of the table that people call name, "" when there is none.
func (c *catalogue) id(name string) string {
	e, _ := c.names.Lookup(name)
	return e.ID
}
