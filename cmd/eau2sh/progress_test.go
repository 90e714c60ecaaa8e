package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/eau2db/eau2/engine"
)

func TestProgressLine(t *testing.T) {
	load := engine.Progress{Statement: "LOAD", Bytes: 250e6, Total: 1e9, Rows: 12.3e6, Elapsed: 2 * time.Second}
	scan := engine.Progress{Statement: "SELECT", Rows: 5e6, TotalRows: 1e7, Elapsed: time.Second}
	stream := engine.Progress{Statement: "LOAD", Bytes: 999, Rows: 10, Elapsed: 700 * time.Millisecond}
	for _, c := range []struct {
		at    engine.Progress
		width int
		want  string
	}{
		{load, 100, "LOAD   25%  [#####...............]  6s to go  12.3 M rows  250 MB  125 MB/s  2s"},
		{load, 40, "LOAD   25%  [#####...............]  2s"},
		{load, 20, "LOAD   25%  6s to go"},
		{load, 3, "2s"},
		{scan, 100, "SELECT   50%  [##########..........]  1s to go  5.00 M rows  5.00 M rows/s  1s"},
		{stream, 100, "LOAD  10 rows  999 B  1.43 kB/s  700ms"},
		{engine.Progress{Statement: "SELECT", Elapsed: 90 * time.Second}, 100, "SELECT  1m30s"},
		{engine.Progress{Statement: "LOAD", Bytes: 20, Total: 10, Elapsed: time.Second}, 30, "LOAD  100%  20 B  20 B/s  1s"},
	} {
		if got := progressLine(c.at, c.width); got != c.want {
			t.Errorf("in %d columns: %q, want %q", c.width, got, c.want)
		}
	}
}

func TestProgressBarDrawsSeldom(t *testing.T) {
	var b bytes.Buffer
	p := &progressBar{w: &b, width: func() int { return 80 }}
	for d := time.Duration(0); d < 1500*time.Millisecond; d += 10 * time.Millisecond {
		p.update(engine.Progress{Statement: "SELECT", Rows: 1, Elapsed: d})
		if d < progressDelay && b.Len() > 0 {
			t.Fatalf("drawn after %v", d)
		}
	}
	if n := strings.Count(b.String(), "\r"); n != 10 {
		t.Errorf("drawn %d times in a second", n)
	}
	p.close()
	if !strings.HasSuffix(b.String(), "\r\x1b[K") {
		t.Errorf("not removed: %q", &b)
	}
	n := b.Len()
	p.update(engine.Progress{Elapsed: time.Minute})
	p.close()
	if b.Len() != n {
		t.Error("drawn after its end")
	}
}

func TestProgressBarThatNeverShowedLeavesNothing(t *testing.T) {
	var b bytes.Buffer
	p := &progressBar{w: &b, width: func() int { return 80 }}
	p.update(engine.Progress{Elapsed: progressDelay - 1})
	p.close()
	(&progressBar{}).update(engine.Progress{Elapsed: time.Minute}) // no terminal
	if b.Len() > 0 {
		t.Errorf("written %q", &b)
	}
}

func TestShortCount(t *testing.T) {
	for n, want := range map[float64]string{0: "0", 999: "999", 1000: "1.00 k", 999.4e3: "999 k", 999.6e3: "1.00 M", 12.34e9: "12.3 G", 5e15: "5000 T"} {
		if got := shortCount(n); got != want {
			t.Errorf("shortCount(%v) = %s, want %s", n, got, want)
		}
	}
}
