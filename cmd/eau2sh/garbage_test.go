package main

import "testing"

func TestGarbageOfANode(t *testing.T) {
	for live, want := range map[uint64]int{0: 6400, 16 << 20: 1600, 256 << 20: 100, 1 << 40: 100} {
		if got := gcPercent(live); got != want {
			t.Errorf("with %d bytes that live: %d %%, want %d", live, got, want)
		}
	}
	for _, name := range []string{metricLive, metricAllocated, metricUnused, metricFree, metricObjects} {
		if name != metricFree && name != metricUnused && name != metricLive && metric(name) == 0 {
			t.Errorf("%s is not a metric of this version of Go", name)
		}
	}
}
