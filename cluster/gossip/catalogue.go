package gossip

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/zeebo/xxh3"
)

// buckets is how many parts a digest has.
const buckets = 256

// digest stands for a set of entries: equal sets have equal digests, and where two differ the sets do.
type digest [buckets]uint64

func bucketOf(id string) int { return int(xxh3.HashString(id) % buckets) }

// catalogue is the set of entries. Entries are only ever replaced by what Merge makes of them.
type catalogue struct {
	changing sync.Mutex // held from looking what would change until it has; store runs under it

	mu       sync.Mutex
	entries  map[string]Entry
	buckets  [buckets]map[string]uint64 // hashes of the entries
	digest   digest                     // their sums
	clock    uint64                     // the greatest counter seen
	snapshot *Snapshot                  // of the entries without those in news
	news     map[string]bool            // ids
	changed  chan struct{}              // closed at the next change
}

func newCatalogue(entries []Entry) (*catalogue, error) {
	c := &catalogue{entries: map[string]Entry{}, snapshot: NewSnapshot(nil), news: map[string]bool{}, changed: make(chan struct{})}
	if _, err := c.apply(entries, nil); err != nil {
		return nil, err
	}
	return c, nil
}

// apply merges entries and returns those that are now other than before, as they are now. What store refuses does not
// happen. It may be called concurrently.
func (c *catalogue) apply(entries []Entry, store func([]Entry) error) ([]Entry, error) {
	for _, e := range entries {
		if err := e.check(); err != nil {
			return nil, fmt.Errorf("catalogue entry %.64q: %w", e.ID, err)
		}
	}
	c.changing.Lock()
	defer c.changing.Unlock()
	changed := c.changes(entries)
	if len(changed) == 0 {
		return nil, nil
	}
	if store != nil {
		if err := store(changed); err != nil {
			return nil, fmt.Errorf("store %d catalogue entries: %w", len(changed), err)
		}
	}
	c.put(changed)
	return changed, nil
}

// changes returns what merging entries would change, in order of ids.
func (c *catalogue) changes(entries []Entry) []Entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := map[string]Entry{}
	for _, e := range entries {
		e = e.normal()
		old, ok := next[e.ID]
		if !ok {
			old, ok = c.entries[e.ID]
		}
		merged := e
		if ok {
			if merged = Merge(old, e); merged.Equal(old) {
				continue
			}
		}
		next[e.ID] = merged
	}
	return slices.SortedFunc(maps.Values(next), compareIDs)
}

func (c *catalogue) put(changed []Entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var frame []byte
	for _, e := range changed {
		frame = appendEntry(frame[:0], e)
		hash, b := xxh3.Hash(frame), bucketOf(e.ID)
		if c.buckets[b] == nil {
			c.buckets[b] = map[string]uint64{}
		}
		c.digest[b] += hash - c.buckets[b][e.ID]
		c.buckets[b][e.ID] = hash
		c.entries[e.ID] = e
		c.news[e.ID] = true
		c.clock = max(c.clock, e.Made.Count, e.Named.Count)
	}
	close(c.changed)
	c.changed = make(chan struct{})
}

// tick returns a counter greater than all that were seen or returned.
func (c *catalogue) tick() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clock++
	return c.clock
}

func (c *catalogue) sum() digest {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.digest
}

// differing returns the entries that one who has the digest d may not have, in order of ids.
func (c *catalogue) differing(d digest) []Entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	var entries []Entry
	for b := range d {
		if d[b] != c.digest[b] {
			for id := range c.buckets[b] {
				entries = append(entries, c.entries[id])
			}
		}
	}
	slices.SortFunc(entries, compareIDs)
	return entries
}

// view returns the set as it is, and a channel that is closed when it has changed.
func (c *catalogue) view() (*Snapshot, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.news) > 0 {
		var changed []Entry
		for id := range c.news {
			changed = append(changed, c.entries[id])
		}
		slices.SortFunc(changed, compareIDs)
		c.snapshot = c.snapshot.with(changed)
		clear(c.news)
	}
	return c.snapshot, c.changed
}
