//go:build !linux

package group

func adviseHuge([]uint64) {}
