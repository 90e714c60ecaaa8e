package gossip

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// entries draws entries of a few tables by a few nodes, so that all kinds of collisions happen. Names may only differ where
// their versions do; facts may not, but all must agree even when they do.
func drawEntry(t *rapid.T) Entry {
	stamp := func(label string) Stamp {
		return Stamp{rapid.Uint64Range(0, 3).Draw(t, label), rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, label+" node")}
	}
	e := Entry{ID: rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "id")}
	if rapid.IntRange(0, 5).Draw(t, "dropped") == 0 {
		e.Dropped = true
		return e
	}
	e.Name = rapid.SampledFrom([]string{"x", "y", "x@a", "x@1"}).Draw(t, "name")
	e.Named, e.Made = stamp("named"), stamp("made")
	e.Home = rapid.SampledFrom([]string{"a", "b"}).Draw(t, "home")
	e.Maker = rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "maker")
	e.Replicas = rapid.IntRange(0, 2).Draw(t, "replicas")
	if rapid.Bool().Draw(t, "has payload") {
		e.Payload = []byte(rapid.SampledFrom([]string{"", "p", "q"}).Draw(t, "payload"))
	}
	return e
}

func drawEntries(t *rapid.T, label string) []Entry {
	return rapid.SliceOfN(rapid.Custom(drawEntry), 0, 8).Draw(t, label)
}

func TestMergeIsIdempotentCommutativeAndAssociative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawEntry(t), drawEntry(t), drawEntry(t)
		b.ID, c.ID = a.ID, a.ID
		ab, ba := Merge(a, b), Merge(b, a)
		switch {
		case !Merge(a, a).Equal(a):
			t.Fatal("not idempotent")
		case !ab.Equal(ba):
			t.Fatalf("not commutative: %+v and %+v", ab, ba)
		case !Merge(ab, c).Equal(Merge(a, Merge(b, c))):
			t.Fatal("not associative")
		case !Merge(ab, a).Equal(ab) || !Merge(ab, b).Equal(ab):
			t.Fatal("something is forgotten")
		case (a.Dropped || b.Dropped) != ab.Dropped:
			t.Fatal("a drop is not final, or not ordered")
		}
	})
}

// set applies parts one after the other, checking what apply returns.
func set(t *rapid.T, parts ...[]Entry) *catalogue {
	c, err := newCatalogue(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range parts {
		before, _ := c.view()
		changed, err := c.apply(part, nil)
		if err != nil {
			t.Fatal(err)
		}
		after, _ := c.view()
		for _, e := range after.Entries() {
			old, had := before.Entry(e.ID)
			said := slices.ContainsFunc(changed, func(f Entry) bool { return f.Equal(e) })
			if said != (!had || !old.Equal(e)) {
				t.Fatalf("of %+v, which was %+v, apply says %v", e, old, said)
			}
		}
	}
	return c
}

func TestSetsAreTheSameInWhateverOrderEntriesCome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawEntries(t, "a"), drawEntries(t, "b")
		all := rapid.Permutation(slices.Concat(a, b, a)).Draw(t, "all")
		one, other := set(t, a, b, a), set(t, all)
		x, _ := one.view()
		y, _ := other.view()
		if one.sum() != other.sum() {
			t.Fatal("digests of one set differ")
		}
		if z := NewSnapshot(y.Entries()); fmt.Sprint(z.byName, z.made) != fmt.Sprint(y.byName, y.made) {
			t.Fatalf("made step by step %+v, at once %+v", y, z)
		}
		if !slices.EqualFunc(x.Entries(), y.Entries(), Entry.Equal) {
			t.Fatalf("%+v and %+v", x.Entries(), y.Entries())
		}
		if got, want := fmt.Sprint(x.byName), fmt.Sprint(y.byName); got != want {
			t.Fatalf("names are %s and %s", got, want)
		}
	})
}

func TestDigestsFindWhatDiffers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := set(t, drawEntries(t, "a")), set(t, drawEntries(t, "b"))
		for _, e := range a.differing(b.sum()) {
			if _, err := b.apply([]Entry{e}, nil); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := a.apply(b.differing(a.sum()), nil); err != nil {
			t.Fatal(err)
		}
		if a.sum() != b.sum() {
			t.Fatal("they differ still")
		}
		if left := a.differing(b.sum()); len(left) > 0 {
			t.Fatalf("sets that are the same differ in %+v", left)
		}
	})
}

func TestEveryLiveTableHasANameOfItsOwn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, _ := set(t, drawEntries(t, "entries")).view()
		seen := map[string]bool{}
		plain := map[string]Entry{}
		for _, e := range s.Entries() {
			name, ok := s.Name(e.ID)
			if ok == e.Dropped {
				t.Fatalf("%+v is called %q", e, name)
			}
			if e.Dropped {
				continue
			}
			if seen[name] {
				t.Fatalf("two are called %q", name)
			}
			seen[name] = true
			if found, ok := s.Lookup(name); !ok || !found.Equal(e) {
				t.Fatalf("%q finds %+v", name, found)
			}
			if name == e.Name {
				plain[name] = e
			}
		}
		for _, e := range s.Entries() {
			if first, ok := plain[e.Name]; !e.Dropped && (!ok || e.Made.Compare(first.Made) < 0) {
				t.Fatalf("%+v was made first, and %+v has the name", e, first)
			}
		}
	})
}

func TestNamesThatClash(t *testing.T) {
	at := func(id, name string, count uint64, node string) Entry {
		return Entry{ID: id, Name: name, Made: Stamp{count, node}, Maker: "on-" + node, Home: node}
	}
	s := NewSnapshot([]Entry{
		at("i1", "t", 2, "a"), at("i2", "t", 1, "b"), at("i3", "t", 2, "b"), at("i4", "t", 3, "a"),
		at("i5", "u", 9, "a"), {ID: "i6", Dropped: true}, at("i7", "t@i4", 9, "b"), {ID: "i8", Name: "u", Home: "h", Made: Stamp{10, "c"}},
	})
	want := map[string]string{
		"i2": "t", "i1": "t@on-a", "i3": "t@on-b", "i7": "t@i4", "i4": "t@i4@i4", "i5": "u", "i8": "u@h",
	}
	for id, want := range want {
		if got, ok := s.Name(id); !ok || got != want {
			t.Errorf("%s is called %q, want %q", id, got, want)
		}
	}
	if got := s.Names(); !slices.Equal(got, []string{"t", "t@i4", "t@i4@i4", "t@on-a", "t@on-b", "u", "u@h"}) {
		t.Error(got)
	}
}

func TestStampsGrow(t *testing.T) {
	c, err := newCatalogue([]Entry{{ID: "1", Name: "x", Named: Stamp{7, "a"}, Made: Stamp{3, "a"}}})
	if err != nil {
		t.Fatal(err)
	}
	if n := c.tick(); n != 8 {
		t.Errorf("after 7 comes %d", n)
	}
	if n := c.tick(); n != 9 {
		t.Errorf("after 8 comes %d", n)
	}
}
