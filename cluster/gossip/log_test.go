package gossip

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

func TestLinesOfMemberlistBecomeRecords(t *testing.T) {
	for line, want := range map[string]string{
		"[DEBUG] memberlist: a":           "",
		"[INFO] memberlist: b":            "",
		"[WARN] memberlist: c":            "level=WARN msg=\"memberlist: c\"\n",
		"[ERR] memberlist: d":             "level=WARN msg=\"memberlist: d\"\n",
		"Err: Could not set the deadline": "",
		"[WARN] memberlist: " + new(refusals).add(refusal{err: errors.New("e")}).Error(): "",
	} {
		var b bytes.Buffer
		newLogger(slog.New(slog.NewTextHandler(&b, nil))).Print(line)
		if _, got, _ := strings.Cut(b.String(), " "); got != want {
			t.Errorf("%q becomes %q, want %q", line, got, want)
		}
	}
}
