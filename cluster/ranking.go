package cluster

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/zeebo/xxh3"
)

// rank orders members by how much they are a home of something, best first: everyone gives every member the same
// score for the same thing (rendezvous hashing), so that who joins or leaves moves only its own share.
func rank(members []Member, what uint64) []Member {
	type scored struct {
		Member
		score uint64
	}
	all := make([]scored, len(members))
	for i, m := range members {
		all[i] = scored{m, xxh3.HashStringSeed(m.ID, what)}
	}
	slices.SortFunc(all, func(a, b scored) int {
		if c := cmp.Compare(b.score, a.score); c != 0 {
			return c
		}
		return cmp.Compare(a.ID, b.ID)
	})
	ranked := make([]Member, len(all))
	for i, s := range all {
		ranked[i] = s.Member
	}
	return ranked
}

// chunkPlace is what members are ranked for, for a chunk of a table.
func chunkPlace(id string, chunk int) uint64 {
	return xxh3.Hash(binary.LittleEndian.AppendUint64([]byte(id), uint64(chunk)))
}
