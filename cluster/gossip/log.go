package gossip

import (
	"bytes"
	"context"
	"log"
	"log/slog"
)

// logWriter makes records of memberlist's lines, which begin with a level in brackets.
type logWriter struct{ to *slog.Logger }

func newLogger(to *slog.Logger) *log.Logger { return log.New(logWriter{to}, "", 0) }

// Write takes one line. Most of what memberlist calls errors is what happens when a node is gone.
func (w logWriter) Write(line []byte) (int, error) {
	n := len(line)
	level := slog.LevelDebug
	if tag, rest, ok := bytes.Cut(line, []byte("] ")); ok {
		switch line = rest; string(tag) {
		case "[ERR", "[ERROR", "[WARN":
			level = slog.LevelWarn
		}
	}
	if bytes.Contains(line, []byte(refusalMark)) || bytes.Contains(line, []byte("No response")) {
		level = slog.LevelDebug // those who asked report it
	}
	if w.to.Enabled(context.Background(), level) {
		w.to.Log(context.Background(), level, string(bytes.TrimSpace(line)))
	}
	return n, nil
}
