package main

import (
	gauges "runtime/metrics"
	"testing"
)

func TestGarbageOfANode(t *testing.T) {
	for live, want := range map[uint64]int{0: 6400, 16 << 20: 1600, 256 << 20: 100, 512 << 20: 50, 1 << 40: 25} {
		if got := gcPercent(live); got != want {
			t.Errorf("with %d bytes that live: %d %%, want %d", live, got, want)
		}
	}
	known := map[string]bool{}
	for _, d := range gauges.All() {
		known[d.Name] = d.Kind == gauges.KindUint64
	}
	for _, name := range []string{metricLive, metricAllocated, metricUnused, metricFree, metricObjects} {
		if !known[name] {
			t.Errorf("%s is not a metric of this version of Go", name)
		}
	}
}
