//go:build !race

package cluster

const flipStride = 1
