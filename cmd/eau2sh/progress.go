package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/eau2db/eau2/engine"
)

// A statement shows its progress after progressDelay, and then at most once in progressInterval.
const (
	progressDelay    = 500 * time.Millisecond
	progressInterval = 100 * time.Millisecond
)

// progressBar shows how far a statement is on the last line of a terminal. It is drawn when the engine reports,
// from any goroutine, and never after close.
type progressBar struct {
	w     io.Writer // nil: no terminal, draws nothing
	width func() int

	mu     sync.Mutex
	drawn  time.Duration // elapsed when it was last drawn, 0 is never
	closed bool
}

// update draws the bar if it is time to.
func (p *progressBar) update(at engine.Progress) {
	if p.w == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || at.Elapsed < progressDelay || p.drawn > 0 && at.Elapsed < p.drawn+progressInterval {
		return
	}
	p.drawn = at.Elapsed
	io.WriteString(p.w, "\r"+progressLine(at, p.width()-1)+"\x1b[K")
}

// close removes the bar for good. It may be called twice.
func (p *progressBar) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed && p.drawn > 0 {
		io.WriteString(p.w, "\r\x1b[K")
	}
	p.closed = true
}

// progressLine says it in at most width columns: percent and bar, rows, bytes, rate, time to go. What does not fit
// is left out from the right.
func progressLine(at engine.Progress, width int) string {
	const barWidth = 20
	seconds := at.Elapsed.Seconds()
	var parts []string
	if done, ok := progressShare(at); ok {
		filled := int(done * barWidth)
		parts = append(parts, fmt.Sprintf("%3d%%", int(done*100)),
			"["+strings.Repeat("#", filled)+strings.Repeat(".", barWidth-filled)+"]")
		if done > 0 && done < 1 {
			left := time.Duration(seconds / done * (1 - done) * float64(time.Second))
			parts = append(parts, roundDuration(left)+" to go")
		}
	}
	if at.Rows > 0 {
		parts = append(parts, shortCount(float64(at.Rows))+" rows")
	}
	if at.Bytes > 0 {
		parts = append(parts, byteSize(at.Bytes))
		if seconds > 0 {
			parts = append(parts, byteSize(int64(float64(at.Bytes)/seconds))+"/s")
		}
	} else if at.Rows > 0 && seconds > 0 {
		parts = append(parts, shortCount(float64(at.Rows)/seconds)+" rows/s")
	}
	parts = append(parts, roundDuration(at.Elapsed))
	line := at.Statement
	if len(line) > width {
		line = ""
	}
	for _, part := range parts {
		next := strings.TrimPrefix(line+"  "+part, "  ")
		if len(next) > width {
			continue
		}
		line = next
	}
	return line
}

// progressShare returns the part that is done, from 0 to 1, if that is known.
func progressShare(at engine.Progress) (float64, bool) {
	switch {
	case at.Total > 0:
		return min(1, float64(at.Bytes)/float64(at.Total)), true
	case at.TotalRows > 0:
		return min(1, float64(at.Rows)/float64(at.TotalRows)), true
	}
	return 0, false
}

// shortCount writes 12.3 M for 12300000.
func shortCount(n float64) string {
	for _, unit := range []string{"", " k", " M", " G"} {
		if n < 999.5 {
			return threeDigits(n, unit == "") + unit
		}
		n /= 1000
	}
	return threeDigits(n, false) + " T"
}

// threeDigits writes 1.23, 12.3, 123.
func threeDigits(n float64, whole bool) string {
	switch {
	case whole || n >= 99.95:
		return fmt.Sprintf("%.0f", n)
	case n >= 9.995:
		return fmt.Sprintf("%.1f", n)
	}
	return fmt.Sprintf("%.2f", n)
}

// byteSize writes 1.50 MB for 1500000.
func byteSize(n int64) string {
	if n < 1000 {
		return itoa(n) + " B"
	}
	return shortCount(float64(n)) + "B"
}

// roundDuration writes a time with as many digits as matter.
func roundDuration(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(100 * time.Microsecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
