package docs

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eau2db/eau2/engine"
)

var update = flag.Bool("update", false, "write the output of the examples into the pages")

// TestExamplesGiveWhatThePageSays runs the SQL of each page by eau2sh, a block at a time, over the files of examples.
func TestExamplesGiveWhatThePageSays(t *testing.T) {
	program := filepath.Join(t.TempDir(), "eau2sh")
	if out, err := exec.Command("go", "build", "-o", program, "../cmd/eau2sh").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for _, name := range []string{"sql.md", "sor.md"} {
		t.Run(name, func(t *testing.T) {
			page, all := blocks(t, name)
			dir := filepath.Join(t.TempDir(), "examples")
			copyTree(t, "examples", dir)
			env, updated, written := environment(t), "", 0
			for i, b := range all {
				if b.lang != "sql" {
					continue
				}
				command := exec.Command(program, "--no-init", "--dir", filepath.Join(dir, "tables"), "--mode", "table", "-f", "-")
				command.Dir, command.Env, command.Stdin = dir, env, strings.NewReader(b.text)
				raw, err := command.CombinedOutput()
				got := trimLines(string(raw))
				if i+1 == len(all) || all[i+1].lang != "text" {
					if err != nil {
						t.Errorf("%s:%d: %v\n%s%s", name, b.line, err, b.text, got)
					}
					continue
				}
				want := all[i+1]
				if err := difference(want.text, got); err != nil && !*update {
					t.Errorf("%s:%d:\n%s%v", name, b.line, b.text, err)
				}
				updated += page[written:want.start] + got
				written = want.end
			}
			if *update {
				if err := os.WriteFile(name, []byte(updated+page[written:]), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// trimLines removes blanks at the ends of lines, which pages do not keep.
func trimLines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return b.String()
}

// TestEveryFunctionIsDocumented looks each function and operator up in the examples of sql.md.
func TestEveryFunctionIsDocumented(t *testing.T) {
	_, all := blocks(t, "sql.md")
	var examples strings.Builder
	for _, b := range all {
		if b.lang == "sql" {
			examples.WriteString(strings.ToUpper(b.text))
		}
	}
	functions := engine.Functions()
	if len(functions) == 0 {
		t.Fatal("there are no functions")
	}
	for _, f := range functions {
		if !strings.Contains(examples.String(), strings.ToUpper(f.Name)) {
			t.Errorf("sql.md has no example of %s: %s", f.Usage, f.Doc)
		}
	}
}
