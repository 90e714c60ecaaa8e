// Package cluster keeps values under keys, and tables made of them: the key-value store, the catalogue, and (for now on
// one node) their place in memory or in a directory.
package cluster
