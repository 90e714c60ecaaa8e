package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestGoBlocksAreFromPrograms finds each piece of Go of a page in a program that is compiled and run.
func TestGoBlocksAreFromPrograms(t *testing.T) {
	programs := ""
	files, err := filepath.Glob("examples/*/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no programs:", err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		programs += unindent(string(text))
	}
	_, all := blocks(t, "embedding.md")
	found := 0
	for _, b := range all {
		if b.lang != "go" || strings.HasPrefix(b.text, "package main\n") {
			continue
		}
		found++
		if !strings.Contains(programs, unindent(b.text)) {
			t.Errorf("embedding.md:%d: no program of docs/examples has these lines:\n%s", b.line, b.text)
		}
	}
	if found == 0 {
		t.Error("embedding.md has no Go")
	}
}

// unindent removes the blanks before each line.
func unindent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimLeft(line, "\t "))
	}
	return b.String()
}
