package docs

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// A block is a fenced block of a page.
type block struct {
	lang       string
	text       string // of its lines, each with its line break
	line       int    // of its first line in the page, from 1
	start, end int    // of text in the page's bytes
}

// blocks reads the fenced blocks of a page.
func blocks(t *testing.T, path string) (page string, all []block) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page = string(raw)
	var open *block
	offset, number := 0, 0
	for line := range strings.Lines(page) {
		number++
		fence, isFence := strings.CutPrefix(line, "```")
		switch {
		case isFence && open == nil:
			open = &block{lang: strings.TrimSpace(fence), line: number + 1, start: offset + len(line)}
		case isFence:
			open.end = offset
			open.text = page[open.start:open.end]
			all = append(all, *open)
			open = nil
		}
		offset += len(line)
	}
	if open != nil {
		t.Fatalf("%s:%d: the block is not closed", path, open.line)
	}
	return page, all
}

// difference shows two texts one below the other, or returns nil when they are equal.
func difference(want, got string) error {
	if want == got {
		return nil
	}
	return fmt.Errorf("the page says\n%s\nbut it is\n%s", want, got)
}
