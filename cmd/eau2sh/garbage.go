package main

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	gauges "runtime/metrics"
	"time"
)

// A node whose tables lie in mapped files has little living data on its heap, and would collect garbage several times in
// a query. It collects when there are spareBytes of garbage, or a quarter of what lives, whichever is more, and gives the memory
// back to the system when nothing has happened for idleTime.
const (
	spareBytes = 256 << 20
	idleTime   = time.Minute
	idleBytes  = 8 << 20  // that are allocated meanwhile by who has nothing to do
	keptBytes  = 16 << 20 // that are not worth giving back
)

// Names of metrics of the runtime.
const (
	metricLive      = "/gc/heap/live:bytes"
	metricAllocated = "/gc/heap/allocs:bytes"
	metricUnused    = "/memory/classes/heap/unused:bytes"
	metricFree      = "/memory/classes/heap/free:bytes"
	metricObjects   = "/memory/classes/heap/objects:bytes"
)

// spareGarbage sets how much garbage there may be, after each collection anew. The environment's GOGC goes before.
func spareGarbage() {
	if os.Getenv("GOGC") != "" {
		return
	}
	type sentinel struct{ _ [16]byte }
	var collected func(*sentinel)
	collected = func(s *sentinel) {
		debug.SetGCPercent(gcPercent(metric(metricLive)))
		runtime.SetFinalizer(s, collected)
	}
	collected(&sentinel{})
}

// gcPercent is how much garbage there may be, in percent of what lives.
func gcPercent(live uint64) int {
	return int(max(25, spareBytes*100/max(live, 4<<20)))
}

// metric reads a metric that is a number of bytes.
func metric(name string) uint64 {
	s := []gauges.Sample{{Name: name}}
	gauges.Read(s)
	if s[0].Value.Kind() != gauges.KindUint64 {
		return 0 // not in this version of Go
	}
	return s[0].Value.Uint64()
}

// giveBackMemory gives memory back to the system whenever the process has nothing to do, until ctx ends.
func giveBackMemory(ctx context.Context) {
	t := time.NewTicker(idleTime)
	defer t.Stop()
	last, given := metric(metricAllocated), uint64(0)
	for {
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
		now := metric(metricAllocated)
		idle := now-last < idleBytes
		last = now
		if !idle || now-given < keptBytes || metric(metricObjects)+metric(metricUnused)+metric(metricFree) < metric(metricLive)+keptBytes {
			continue
		}
		debug.FreeOSMemory()
		given = metric(metricAllocated)
	}
}
