package engine

import (
	"context"
	"sync"
	"time"
)

// Progress is how far a statement has come.
type Progress struct {
	Statement string        // "LOAD", "SELECT", …
	Bytes     int64         // read, of a LOAD
	Total     int64         // 0 when not known
	Rows      int64         // read or scanned
	TotalRows int64         // to scan, 0 when not known
	Elapsed   time.Duration // since the statement began
}

type progressKey struct{}

// WithProgress returns a context whose statements report their progress to f, at most 10 times a second and never two at
// a time.
func WithProgress(ctx context.Context, f func(Progress)) context.Context {
	var mu sync.Mutex
	var last time.Time
	return context.WithValue(ctx, progressKey{}, func(p Progress) {
		mu.Lock()
		defer mu.Unlock()
		if now := time.Now(); now.Sub(last) >= 100*time.Millisecond {
			last = now
			f(p)
		}
	})
}

// progressOf returns where ctx wants progress reported; it does nothing where nobody asked.
func progressOf(ctx context.Context) func(Progress) {
	if f, ok := ctx.Value(progressKey{}).(func(Progress)); ok {
		return f
	}
	return func(Progress) {}
}

// wantsProgress says whether anybody asked for progress.
func wantsProgress(ctx context.Context) bool { return ctx.Value(progressKey{}) != nil }
