package cluster

import (
	"crypto/rand"
	"strings"
)

// newID returns an id that nothing else has.
func newID() string { return strings.ToLower(rand.Text()) }

// idLen is how long an id is.
const idLen = 26

// isID reports whether s looks like what newID returns.
func isID(s string) bool {
	return len(s) == idLen && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// isTableID reports whether s looks like the id of a table: what newID returns, and behind it, where it was made for one node, the id
// of that.
func isTableID(s string) bool {
	return isID(s) || len(s) == 2*idLen && isID(s[:idLen]) && isID(s[idLen:])
}

// homeOf returns the id of the node that a table was made for, "" when that is none.
func homeOf(table string) string { return table[min(idLen, len(table)):] }
