package docs

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// TestCommandsInPagesDoWhatTheySay types the commands of each page into a shell in a fresh copy of the tree.
func TestCommandsInPagesDoWhatTheySay(t *testing.T) {
	for _, page := range []string{"../README.md", "shell.md", "embedding.md", "examples/wordcount/README.md"} {
		t.Run(filepath.Base(page), func(t *testing.T) {
			_, all := blocks(t, page)
			var steps []step
			for _, b := range all {
				switch {
				case b.lang == "sh":
					steps = append(steps, commands(b)...)
				case b.lang == "go" && strings.HasPrefix(b.text, "package main\n"):
					steps = append(steps, step{line: b.line, command: "cat >main.go <<'END'\n" + b.text + "END"})
				}
			}
			if len(steps) == 0 {
				t.Fatal("there are no commands in this page")
			}
			tree := filepath.Join(t.TempDir(), "eau2")
			copyTree(t, "..", tree)
			typeIn(t, tree, steps)
		})
	}
}

// A step is a command with the output the page shows, which may be none.
type step struct {
	line            int
	command, output string
}

// commands reads the lines of a block that start with "$ ", each with what follows up to the next.
func commands(b block) (steps []step) {
	number := b.line
	for line := range strings.Lines(b.text) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			steps = append(steps, step{line: number, command: strings.TrimSuffix(command, "\n")})
		} else if more, ok := strings.CutPrefix(line, "> "); ok && len(steps) > 0 && steps[len(steps)-1].output == "" {
			steps[len(steps)-1].command += "\n" + strings.TrimSuffix(more, "\n")
		} else if len(steps) > 0 {
			steps[len(steps)-1].output += line
		}
		number++
	}
	return steps
}

// slow are the commands that would run this test again, or for minutes: only their recipe is looked up.
var slow = regexp.MustCompile(`^make (test|bench|fuzz|cover)\b`)

// typeIn runs the steps in one shell and compares their outputs.
func typeIn(t *testing.T, dir string, steps []step) {
	t.Helper()
	const end = "\x1e"
	var script strings.Builder
	for _, s := range steps {
		command := s.command
		if slow.MatchString(command) {
			command = "make -n" + strings.TrimPrefix(command, "make")
		}
		fmt.Fprintf(&script, "%s\nprintf '%s%%d%s' $?\n", command, end, end)
	}
	path := filepath.Join(t.TempDir(), "steps.sh")
	if err := os.WriteFile(path, []byte(script.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	shell := exec.Command("sh", path)
	shell.Dir = dir
	shell.Env = environment(t)
	var out bytes.Buffer
	shell.Stdout, shell.Stderr = &out, &out
	if err := shell.Run(); err != nil {
		t.Errorf("sh: %v", err)
	}
	parts := strings.Split(out.String(), end) // output, status, output, status, …
	for i, s := range steps {
		if 2*i+1 >= len(parts) {
			t.Fatalf("line %d: %s: the shell ended before it:\n%s", s.line, s.command, &out)
		}
		output, status := parts[2*i], parts[2*i+1]
		if s.output == "" {
			if status != "0" {
				t.Errorf("line %d: %s: exit code %s:\n%s", s.line, s.command, status, output)
			}
		} else if !pattern(s.output).MatchString(output) {
			t.Errorf("line %d: %s: exit code %s: %v", s.line, s.command, status, difference(s.output, output))
		}
	}
}

// pattern matches a page's output: "…" is any text in its line, and any lines where it stands alone.
func pattern(output string) *regexp.Regexp {
	var p strings.Builder
	for line := range strings.Lines(output) {
		if strings.TrimSpace(line) == "…" {
			p.WriteString(`(?:.*\n)*`)
			continue
		}
		for i, part := range strings.Split(strings.TrimRight(line, " \n"), "…") {
			if i > 0 {
				p.WriteString(`.*`)
			}
			p.WriteString(regexp.QuoteMeta(part))
		}
		p.WriteString(` *\n`)
	}
	return regexp.MustCompile(`^` + p.String() + `$`)
}

// environment is that of a user without settings of eau2, in whose home nothing stands, but with Go's caches. Everything is built
// as the Makefile builds eau2sh, so that each package is compiled once, in whatever copy of the tree.
func environment(t *testing.T) []string {
	t.Helper()
	env := []string{"HOME=" + t.TempDir(), "LC_ALL=C.UTF-8", "GOFLAGS=" + strings.TrimSpace(os.Getenv("GOFLAGS")+" -trimpath")}
	if runtime.GOARCH == "amd64" && exec.Command("sh", "-c", "GOEXPERIMENT=simd go list simd/archsimd").Run() == nil {
		env = append(env, "GOEXPERIMENT=simd")
	}
	for _, name := range []string{"GOPATH", "GOMODCACHE", "GOCACHE", "GOENV"} {
		value, err := exec.Command("go", "env", name).Output()
		if err != nil {
			t.Fatalf("go env %s: %v", name, err)
		}
		env = append(env, name+"="+strings.TrimSpace(string(value)))
	}
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case "HOME", "LC_ALL", "GOPATH", "GOMODCACHE", "GOCACHE", "GOENV", "GOFLAGS", "GOEXPERIMENT", "MAKEFLAGS", "MAKELEVEL", "MFLAGS":
		default:
			env = append(env, v)
		}
	}
	return env
}

// copyTree copies the files of the tree, without what is made from them.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch name {
		case ".git", "bin", "sample", filepath.Join("docs", "bench", "data"):
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		target := filepath.Join(to, name)
		if entry.IsDir() {
			return os.MkdirAll(target, 0o777)
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, text, 0o777)
	})
	if err != nil {
		t.Fatal(err)
	}
}
