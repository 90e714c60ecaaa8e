package cluster

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// drawID draws an id as nodes and tables have one.
func drawID(t *rapid.T, what string) string {
	return rapid.StringMatching(`[a-z2-7]{26}`).Draw(t, what)
}

func drawMembers(t *rapid.T, least, most int) []Member {
	ids := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z2-7]{26}`), least, most, rapid.ID).Draw(t, "members")
	members := make([]Member, len(ids))
	for i, id := range ids {
		members[i].ID = id
	}
	return members
}

func randomMembers(n int) []Member {
	members := make([]Member, n)
	for i := range members {
		members[i].ID = newID()
	}
	return members
}

// uneven says how a member's copies are not as many as they should be.
func uneven(copies, members, load int) error {
	even := float64(copies) / float64(members)
	if off := math.Abs(float64(load) - even); off >= 2 && off > even/10 {
		return fmt.Errorf("%d copies on one of %d members, which is to have %.1f", load, members, even)
	}
	return nil
}

func TestPlacementIsEvenAndDistinct(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := drawMembers(t, 1, 100)
		replicas := rapid.IntRange(1, 5).Draw(t, "replicas")
		p := newPlacement(drawID(t, "table"), members, replicas)
		first := rapid.SampledFrom([]int{0, blockChunks, 77 * blockChunks}).Draw(t, "first")
		loads := map[string]int{}
		for i := range rapid.IntRange(1, 300).Draw(t, "chunks") {
			homes := p.homes(first + i)
			if len(homes) != min(replicas, len(members)) {
				t.Fatalf("%d homes of %d", len(homes), replicas)
			}
			for k, h := range homes {
				if slices.Contains(homes[:k], h) {
					t.Fatalf("chunk %d has the homes %v", first+i, homes)
				}
				loads[h.ID]++
			}
			for _, m := range members { // at any time
				if err := uneven((i+1)*len(homes), len(members), loads[m.ID]); err != nil {
					t.Fatalf("after %d chunks: %v", i+1, err)
				}
			}
		}
	})
}

// Large tables have full blocks, whose differences must not add up.
func TestLargePlacementIsEven(t *testing.T) {
	for _, n := range []int{2, 3, 5, 10, 33, 100} {
		for replicas := 1; replicas <= 3; replicas++ {
			const chunks = 2*blockChunks + blockChunks/2
			members := randomMembers(n)
			p := newPlacement(newID(), members, replicas)
			loads := map[string]int{}
			for i := range chunks {
				for _, h := range p.homes(i) {
					loads[h.ID]++
				}
			}
			for _, m := range members {
				if err := uneven(chunks*p.replicas, n, loads[m.ID]); err != nil {
					t.Errorf("%d replicas: %v", replicas, err)
				}
			}
		}
	}
}

func TestPlacementIsTheSameForAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := drawMembers(t, 1, 20)
		replicas := rapid.IntRange(1, 4).Draw(t, "replicas")
		id := drawID(t, "table")
		one := newPlacement(id, members, replicas)
		others := slices.Clone(members)
		for i := range others { // what else is known of a member does not matter
			others[i].Addr = fmt.Sprint(i)
		}
		two := newPlacement(id, rapid.Permutation(others).Draw(t, "order"), replicas)
		for _, chunk := range rapid.SliceOfN(rapid.IntRange(0, maxChunks), 1, 4).Draw(t, "chunks") {
			a, b := one.homes(chunk), two.homes(chunk)
			if !slices.EqualFunc(a, b, func(a, b Member) bool { return a.ID == b.ID }) {
				t.Fatalf("chunk %d has the homes %v and %v", chunk, a, b)
			}
		}
	})
}

// The homes of tables that are loaded must stay what they are in later versions: who changes this moves everything.
func TestPlacementIsFixed(t *testing.T) {
	p := newPlacement("table", []Member{{ID: "a"}, {ID: "b"}, {ID: "c"}, {ID: "d"}, {ID: "e"}}, 2)
	got := ""
	for _, from := range []int{0, 1000, 5 * blockChunks} {
		for i := range 8 {
			for _, h := range p.homes(from + i) {
				got += h.ID
			}
			got += " "
		}
	}
	const want = "ca eb bd ec ad cd ad ec ce ae de ed ba dc cb dc ae bd bc ad ce db ca ec "
	if got != want {
		t.Errorf("the homes are %q, want %q", got, want)
	}
}

// moves returns how many copies go to another member when last comes, or from it when it goes, in shares: how many it has.
func moves(id string, members []Member, replicas, chunks int) float64 {
	before, after := newPlacement(id, members[:len(members)-1], replicas), newPlacement(id, members, replicas)
	moved := 0
	for i := range chunks {
		for _, h := range after.homes(i) {
			if !slices.Contains(before.homes(i), h) {
				moved++
			}
		}
	}
	return float64(moved) * float64(len(members)) / float64(chunks*replicas)
}

func TestFewChunksMove(t *testing.T) {
	for _, c := range []struct {
		members, chunks int
		most            float64 // times the share of the one that comes, on average over some tables
	}{
		{4, 32, 1.6}, {4, 256, 1.3}, {4, blockChunks, 1.1},
		{6, 32, 2.4}, {6, 256, 1.7}, {6, blockChunks, 1.3},
		{11, 32, 4}, {11, 256, 3.3}, {11, blockChunks, 1.8},
		{31, blockChunks, 5}, {100, blockChunks, 32},
	} {
		sum := 0.0
		for i := range movedTables {
			members := make([]Member, c.members)
			for k := range members {
				members[k].ID = fmt.Sprint("member ", k)
			}
			sum += moves(fmt.Sprint("table ", i), members, 2, c.chunks)
		}
		t.Logf("%d chunks, the %dth member: %.2f times its share", c.chunks, c.members, sum/movedTables)
		if sum/movedTables > c.most {
			t.Errorf("%d chunks: the %dth member moves %.2f times its share", c.chunks, c.members, sum/movedTables)
		}
	}
}

func TestPlacementsAreSharedAndFollowTheMembers(t *testing.T) {
	var s placements
	members := randomMembers(5)
	p := s.of("t", members, 2)
	if s.of("t", slices.Clone(members), 2) != p {
		t.Error("the placement is made again")
	}
	if s.of("t", members[:4], 2) == p || s.of("t", members, 3).replicas != 3 {
		t.Error("the placement is an old one")
	}
	for i := range 3 * maxPlacements {
		s.of(fmt.Sprint(i), members, 2)
	}
	if len(s.all) > maxPlacements {
		t.Errorf("%d placements are kept", len(s.all))
	}
	var asking sync.WaitGroup
	for range 4 {
		asking.Go(func() {
			for range 100 {
				s.of("t", members, 2).homes(rand.IntN(3 * blockChunks))
			}
		})
	}
	asking.Wait()
}

func BenchmarkPlacement(b *testing.B) {
	for _, n := range []int{3, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			members := randomMembers(n)
			for b.Loop() {
				newPlacement(newID(), members, 2).homes(blockChunks - 1)
			}
		})
	}
}

func TestTableOfANodeIsPlacedThereFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := drawMembers(t, 1, 20)
		replicas := rapid.IntRange(1, 4).Draw(t, "replicas")
		home := rapid.SampledFrom(members).Draw(t, "home")
		id := newID() + home.ID
		p, without := newPlacement(id, members, replicas), slices.DeleteFunc(slices.Clone(members), func(m Member) bool { return m.ID == home.ID })
		others := newPlacement(id, without, replicas-1)
		loads := map[string]int{}
		const chunks = 50
		for chunk := range chunks {
			homes := p.homes(chunk)
			if len(homes) != min(replicas, len(members)) || homes[0].ID != home.ID {
				t.Fatalf("chunk %d of a table of node %s has the homes %v", chunk, home.ID, homes)
			}
			for _, h := range homes[1:] {
				loads[h.ID]++
			}
			if replicas > 1 && !slices.EqualFunc(homes[1:], others.homes(chunk), func(a, b Member) bool { return a.ID == b.ID }) {
				t.Fatalf("chunk %d has the homes %v, and without the first %v", chunk, homes, others.homes(chunk))
			}
		}
		for _, m := range without {
			if err := uneven(chunks*min(replicas-1, len(without)), len(without), loads[m.ID]); err != nil {
				t.Fatal(err)
			}
		}
	})
}
