//go:build race

package cluster

// The race detector makes all slow, and finds little in what is done over and over.
const (
	flipStride  = 7 // from one damaged byte to the next
	simulations = 1
	movedTables = 1
)
