package gossip

import (
	"cmp"
	"slices"
)

// Snapshot is the catalogue at one moment, with the names that tables are called by. It does not change.
type Snapshot struct {
	entries []Entry           // live and dropped, by id
	names   map[string]string // of live ones, by id
	byName  map[string]int    // where in entries
}

// NewSnapshot resolves names among entries, whose ids must differ. It is a function of the set: their order is of no
// account.
func NewSnapshot(entries []Entry) *Snapshot {
	s := &Snapshot{entries: slices.Clone(entries), names: map[string]string{}, byName: map[string]int{}}
	slices.SortFunc(s.entries, func(a, b Entry) int { return cmp.Compare(a.ID, b.ID) })
	var live []int
	for i, e := range s.entries {
		if !e.Dropped {
			live = append(live, i)
		}
	}
	slices.SortFunc(live, func(i, j int) int {
		a, b := s.entries[i], s.entries[j]
		return cmp.Or(a.Made.Compare(b.Made), cmp.Compare(a.ID, b.ID))
	})
	var late []int
	for _, i := range live { // names as given go first, so that a made-up one never takes another's
		if !s.call(i, s.entries[i].Name) {
			late = append(late, i)
		}
	}
	for _, i := range late {
		e := s.entries[i]
		name := e.Name + "@" + cmp.Or(e.Maker, e.Home)
		for base := e.Name; !s.call(i, name); base = name {
			name = base + "@" + e.ID // should even that be taken, with the id once more
		}
	}
	return s
}

// call names an entry, unless another has the name.
func (s *Snapshot) call(i int, name string) bool {
	if _, taken := s.byName[name]; taken {
		return false
	}
	s.byName[name] = i
	s.names[s.entries[i].ID] = name
	return true
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
	name, ok := s.names[id]
	return name, ok
}

// Entry returns the entry of an id, dropped or not.
func (s *Snapshot) Entry(id string) (Entry, bool) {
	i, ok := slices.BinarySearchFunc(s.entries, id, func(e Entry, id string) int { return cmp.Compare(e.ID, id) })
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
