package gossip

import (
	"cmp"
	"slices"
)

// Snapshot is the catalogue at one moment, with the names that tables are called by. It does not change.
type Snapshot struct {
	entries []Entry           // live and dropped, by id
	byName  map[string]int    // what live ones are called, and where they are in entries
	made    map[string]string // names that are not as they were given, by id
}

// NewSnapshot resolves names among entries, whose ids must differ. It is a function of the set: their order is of no
// account.
func NewSnapshot(entries []Entry) *Snapshot {
	entries = slices.Clone(entries)
	slices.SortFunc(entries, compareIDs)
	return newSnapshot(entries)
}

func compareIDs(a, b Entry) int { return cmp.Compare(a.ID, b.ID) }

// newSnapshot takes over entries that are in order.
func newSnapshot(entries []Entry) *Snapshot {
	s := &Snapshot{entries: entries, byName: make(map[string]int, len(entries)), made: map[string]string{}}
	var late []int
	for i := range entries { // names as given go first, so that a made-up one never takes another's
		e := &entries[i]
		if e.Dropped {
			continue
		}
		first, clash := s.byName[e.Name]
		switch {
		case !clash:
			s.byName[e.Name] = i
		case s.before(i, first) < 0:
			s.byName[e.Name] = i
			late = append(late, first)
		default:
			late = append(late, i)
		}
	}
	slices.SortFunc(late, s.before)
	for _, i := range late {
		e := &entries[i]
		name := e.Name + "@" + cmp.Or(e.Maker, e.Home)
		for base := e.Name; s.taken(name); base = name {
			name = base + "@" + e.ID // should even that be taken, with the id once more
		}
		s.byName[name], s.made[e.ID] = i, name
	}
	return s
}

// before orders two entries as they were made.
func (s *Snapshot) before(i, j int) int {
	a, b := &s.entries[i], &s.entries[j]
	return cmp.Or(a.Made.Compare(b.Made), cmp.Compare(a.ID, b.ID))
}

func (s *Snapshot) taken(name string) bool {
	_, taken := s.byName[name]
	return taken
}

// with returns the snapshot that has some entries changed or added; they are in order.
func (s *Snapshot) with(changed []Entry) *Snapshot {
	entries := make([]Entry, 0, len(s.entries)+len(changed))
	rest := s.entries
	for _, e := range changed {
		i, found := find(rest, e.ID)
		entries = append(append(entries, rest[:i]...), e)
		if found {
			i++
		}
		rest = rest[i:]
	}
	return newSnapshot(append(entries, rest...))
}

func find(entries []Entry, id string) (int, bool) {
	return slices.BinarySearchFunc(entries, id, func(e Entry, id string) int { return cmp.Compare(e.ID, id) })
}

// Lookup returns the live entry that is called name.
func (s *Snapshot) Lookup(name string) (Entry, bool) {
	i, ok := s.byName[name]
	if !ok {
		return Entry{}, false
	}
	return s.entries[i], true
}

// Name returns what the table of an id is called; there is none when it is dropped or unknown.
func (s *Snapshot) Name(id string) (string, bool) {
	e, ok := s.Entry(id)
	if !ok || e.Dropped {
		return "", false
	}
	return cmp.Or(s.made[id], e.Name), true
}

// Entry returns the entry of an id, dropped or not.
func (s *Snapshot) Entry(id string) (Entry, bool) {
	i, ok := find(s.entries, id)
	if !ok {
		return Entry{}, false
	}
	return s.entries[i], true
}

// Entries returns all entries, dropped ones included, in order of ids. The slice is not to be changed.
func (s *Snapshot) Entries() []Entry { return s.entries }

// Names returns what live tables are called, in order.
func (s *Snapshot) Names() []string {
	names := make([]string, 0, len(s.byName))
	for name := range s.byName {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
