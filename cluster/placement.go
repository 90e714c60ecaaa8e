package cluster

import (
	"cmp"
	"math/bits"
	"slices"
	"sync"

	"github.com/zeebo/xxh3"
)

// placement tells which members keep which chunks of a table: a function of the id of the table, the number of the chunk,
// the members and the number of replicas, and of nothing else, so that all nodes find the same at all times.
//
// It is rendezvous hashing with bounded loads (Mirrokni, Thorup and Zadimoghaddam, "Consistent hashing with bounded loads",
// 2018), done to blocks of chunks: within a block they are taken in the order of their numbers, and each goes to the members
// that score best for it. A member's score for a chunk is its hash, and falls the further it is ahead of its share so far.
// Who would get too far ahead comes last, and who would fall too far behind first, however they score: after any number of
// chunks of a block a member has its even share of the copies, less or more by less than two or than a tenth.
//
// A table that was made for one node has all of its chunks there, while that is a member, and further copies on the others as other tables
// have them. Its id says so.
//
// A load that numbers chunks with gaps has evenly what lies between them when it begins behind a gap at a multiple of
// blockChunks.
//
// A member that comes or goes moves what its own share is, and that again, or several times of it, where a table has few chunks for the
// number of members: a tenth of a small number is not much room. TestFewChunksMove has the figures.
type placement struct {
	id       string
	copies   int      // not more than there are members
	home     *Member  // that keeps a copy of every chunk, nil when there is none
	members  []Member // the others, by id
	replicas int      // of copies those that the others keep

	mu     sync.Mutex
	blocks map[int]*block
}

// blockChunks is how many chunks are spread together. It is enough for the shares of a hundred members to be large against
// the one or two chunks by which they may differ.
const blockChunks = 1 << 11

// block is a part of a table's chunks, those that have been placed of it.
type block struct {
	turns []int64 // of the members: who of them gets the odd copy
	loads []int64 // of the members: copies
	homes []int32 // of the chunks, replicas of them each
}

func newPlacement(id string, members []Member, replicas int) *placement {
	copies := copiesOn(members, replicas)
	p := &placement{id: id, copies: copies, members: slices.Clone(members), replicas: copies, blocks: map[int]*block{}}
	if i := slices.IndexFunc(p.members, func(m Member) bool { return m.ID == homeOf(id) }); i >= 0 {
		home := p.members[i]
		p.home, p.members, p.replicas = &home, slices.Delete(p.members, i, i+1), copies-1
	}
	slices.SortFunc(p.members, func(a, b Member) int { return cmp.Compare(a.ID, b.ID) })
	return p
}

// copiesOn returns how many copies of a chunk there are to be.
func copiesOn(members []Member, replicas int) int { return min(max(replicas, 1), len(members)) }

// homes returns the members that keep a chunk.
func (p *placement) homes(chunk int) []Member {
	if p.home == nil {
		return p.spread(chunk)
	}
	return append([]Member{*p.home}, p.spread(chunk)...)
}

// spread returns those of the homes of a chunk that differ from chunk to chunk.
func (p *placement) spread(chunk int) []Member {
	if p.replicas == 0 {
		return nil
	}
	at := chunk % blockChunks * p.replicas
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.blocks[chunk/blockChunks]
	if b == nil {
		b = p.block(chunk / blockChunks)
		p.blocks[chunk/blockChunks] = b
	}
	for len(b.homes) <= at {
		p.next(b, chunk/blockChunks*blockChunks+len(b.homes)/p.replicas)
	}
	homes := make([]Member, p.replicas)
	for i := range homes {
		homes[i] = p.members[b.homes[at+i]]
	}
	return homes
}

// isHome reports whether a node keeps a chunk.
func (p *placement) isHome(node string, chunk int) bool {
	return slices.ContainsFunc(p.homes(chunk), func(m Member) bool { return m.ID == node })
}

func (p *placement) block(number int) *block {
	b := &block{turns: make([]int64, len(p.members)), loads: make([]int64, len(p.members))}
	for turn, m := range rank(p.members, xxh3.HashSeed([]byte(p.id), uint64(number))) {
		i, _ := slices.BinarySearchFunc(p.members, m.ID, func(m Member, id string) int { return cmp.Compare(m.ID, id) })
		b.turns[i] = int64(turn)
	}
	return b
}

// candidate is a member that may become a home of a chunk.
type candidate struct {
	member int32
	class  int8 // 0: it must be, 1: it may be, 2: only if there are not enough of the others
	cost   int64
}

// next places the next chunk of a block. All is counted in whole numbers, because other machines round others otherwise.
func (p *placement) next(b *block, chunk int) {
	members := int64(len(p.members))
	copies := int64(len(b.homes) + p.replicas)
	even := copies << logBits / members
	room := max(1, even>>logBits/10-1)
	pull := even>>logBits + 8
	what := chunkPlace(p.id, chunk)
	best := make([]candidate, 0, p.replicas+1)
	for i, m := range p.members {
		load, share := b.loads[i], (copies+b.turns[i])/members
		c := candidate{member: int32(i), class: 1, cost: exponential(xxh3.HashStringSeed(m.ID, what)) + (load<<logBits-even)*16/pull}
		switch {
		case load < share-room:
			c.class = 0
		case load+1 > share+room:
			c.class = 2
		}
		at, _ := slices.BinarySearchFunc(best, c, candidate.compare)
		if best = slices.Insert(best, at, c); len(best) > p.replicas {
			best = best[:p.replicas]
		}
	}
	for _, c := range best {
		b.loads[c.member]++
		b.homes = append(b.homes, c.member)
	}
}

func (c candidate) compare(o candidate) int {
	return cmp.Or(cmp.Compare(c.class, o.class), cmp.Compare(c.cost, o.cost), cmp.Compare(c.member, o.member))
}

// logBits is how many bits of a logarithm are behind the point.
const logBits = 16

// exponential makes a hash the logarithm of a number that is distributed exponentially, so that what is added to it makes
// a member so many times less likely.
func exponential(hash uint64) int64 { return log2(uint64(64<<logBits - log2(hash))) }

// log2 is the logarithm to base 2, linear between powers of two; that of 0 is that of 1.
func log2(v uint64) int64 {
	zeros := bits.LeadingZeros64(max(v, 1))
	return int64(63-zeros)<<logBits | int64(v<<zeros<<1>>(64-logBits))
}

// placements are those that were asked for last. Tables have few sets of members in their time, but many ask.
type placements struct {
	mu      sync.Mutex
	members []Member
	all     map[string]*placement // by table
}

// maxPlacements is how many tables are kept.
const maxPlacements = 1 << 10

// of returns the placement of a table over members, as they are now.
func (s *placements) of(id string, members []Member, replicas int) *placement {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil || len(s.all) >= maxPlacements || !slices.Equal(s.members, members) {
		s.members, s.all = slices.Clone(members), map[string]*placement{}
	}
	p := s.all[id]
	if p == nil || p.copies != copiesOn(members, replicas) {
		p = newPlacement(id, members, replicas)
		s.all[id] = p
	}
	return p
}
