package column

import (
	"slices"
	"strings"
)

// prefixed is a string on its way through the sort: eight bytes of it, big-endian so that they compare as it does.
type prefixed struct {
	prefix uint64
	code   uint32
}

// sortStrings returns the numbers of strs in the order of their bytes. It sorts the eight bytes after what all
// strings begin with by radix, and then, by comparing, the runs that these do not tell apart.
func sortStrings(strs []string) []uint32 {
	common := commonPrefix(strs)
	rows := make([]prefixed, len(strs))
	for i, s := range strs {
		rows[i] = prefixed{head(s[common:]), uint32(i)}
	}
	rows = radixSort(rows)
	order := make([]uint32, len(strs))
	for i, r := range rows {
		order[i] = r.code
	}
	for i := 0; i < len(rows); {
		k := i + 1
		for k < len(rows) && rows[k].prefix == rows[i].prefix {
			k++
		}
		if k-i > 1 {
			slices.SortFunc(order[i:k], func(a, b uint32) int { return strings.Compare(strs[a], strs[b]) })
		}
		i = k
	}
	return order
}

// commonPrefix returns how many bytes all strings begin with.
func commonPrefix(strs []string) int {
	if len(strs) == 0 {
		return 0
	}
	first := strs[0]
	for _, s := range strs[1:] {
		n := min(len(first), len(s))
		i := 0
		for i < n && first[i] == s[i] {
			i++
		}
		first = first[:i]
	}
	return len(first)
}

// radixSort sorts by prefix, stably, least significant byte first, and leaves out the bytes that are all the same.
func radixSort(rows []prefixed) []prefixed {
	var count [8][256]int
	for _, r := range rows {
		for b := range count {
			count[b][byte(r.prefix>>(8*b))]++
		}
	}
	buf := make([]prefixed, len(rows))
	for b := range count {
		if len(rows) == 0 || count[b][byte(rows[0].prefix>>(8*b))] == len(rows) {
			continue
		}
		at := 0
		for i, n := range count[b] {
			count[b][i] = at
			at += n
		}
		for _, r := range rows {
			p := &count[b][byte(r.prefix>>(8*b))]
			buf[*p] = r
			*p++
		}
		rows, buf = buf, rows
	}
	return rows
}
