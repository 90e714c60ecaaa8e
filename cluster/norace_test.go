//go:build !race

package cluster

const (
	flipStride  = 1
	simulations = 3
	movedTables = 8
)
