package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// readDepth is how deep scripts may read each other.
const readDepth = 16

func (sh *shell) dotRead(ctx context.Context, args string) error {
	path, err := oneWord(".read", args, "the name of a script")
	if err != nil {
		return err
	}
	if sh.depth >= readDepth {
		return fmt.Errorf("cannot read %s: scripts read each other %d deep", path, readDepth)
	}
	sh.depth++
	defer func() { sh.depth-- }()
	if err := sh.readFile(ctx, expandHome(path, sh.env.getenv)); err != nil {
		return reportedError{err}
	}
	return nil
}

func (sh *shell) dotImport(ctx context.Context, args string) error {
	all, err := words(args)
	if err != nil {
		return err
	}
	if len(all) != 2 {
		return errors.New(".import takes a file and the name of the table it becomes")
	}
	return sh.execute(ctx, statement{text: loadStatement(expandHome(all[0], sh.env.getenv), all[1], nil)})
}

func (sh *shell) dotOnce(_ context.Context, args string) error {
	if strings.HasPrefix(args, "|") {
		sh.once = args
		return nil
	}
	path, err := oneWord(".once", args, "a file, or a command after |")
	if err != nil {
		return err
	}
	sh.once = expandHome(path, sh.env.getenv)
	return nil
}

func (sh *shell) dotPipe(_ context.Context, args string) error {
	args = strings.TrimSpace(strings.TrimPrefix(args, "|"))
	if args == "" {
		return errors.New(".pipe takes a command")
	}
	sh.once = "|" + args
	return nil
}

func (sh *shell) dotOutput(_ context.Context, args string) error {
	out := standardOutput(sh.env)
	if args != "" && args != "off" && args != "stdout" {
		target := args
		if !strings.HasPrefix(args, "|") {
			path, err := oneWord(".output", args, "a file, or off")
			if err != nil {
				return err
			}
			target = expandHome(path, sh.env.getenv)
		}
		var err error
		if out, err = openOutput(sh.env, target); err != nil {
			return err
		}
		out.name = target
	}
	before := sh.output
	sh.output = out
	return before.close()
}

func (sh *shell) dotLast(ctx context.Context, _ string) error {
	if sh.last.text == "" {
		return errNoStatement
	}
	sh.whole = true
	defer func() { sh.whole = false }()
	return sh.execute(ctx, sh.last)
}

func (sh *shell) dotWatch(ctx context.Context, args string) error {
	seconds := 2.0
	if args != "" {
		var err error
		if seconds, err = strconv.ParseFloat(args, 64); err != nil || !(seconds > 0) || seconds > 1e6 {
			return fmt.Errorf(".watch takes a number of seconds, not %q", args)
		}
	}
	if sh.last.text == "" {
		return errNoStatement
	}
	ticks := time.NewTicker(time.Duration(seconds * float64(time.Second)))
	defer ticks.Stop()
	for {
		if sh.output.terminal {
			sh.print(ctx, "\x1b[H\x1b[2J")
			sh.note(fmt.Sprintf("every %gs: %s", seconds, fit(strings.Join(strings.Fields(sh.last.text), " "), 60)))
		}
		if err := sh.execute(ctx, sh.last); err != nil {
			return err
		}
		select {
		case <-ticks.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// dotEdit lets $EDITOR change the last statement and runs what comes of it.
func (sh *shell) dotEdit(ctx context.Context, _ string) error {
	if !sh.interactive {
		return errors.New(".edit needs a terminal")
	}
	text, err := sh.editText(sh.last.text)
	if err != nil {
		return fmt.Errorf("cannot edit the statement: %w", err)
	}
	var s script
	stmts := []statement(nil)
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		stmts = append(stmts, s.feed(line)...)
	}
	stmts = append(stmts, s.finish()...)
	if len(stmts) == 0 {
		return nil
	}
	if sh.history != nil {
		sh.history.add(strings.TrimSpace(text))
	}
	sh.note(strings.TrimSpace(text))
	if err := sh.runAll(ctx, stmts, ""); err != nil {
		return reportedError{err}
	}
	return nil
}

// editText lets the user's editor change text.
func (sh *shell) editText(text string) (string, error) {
	f, err := os.CreateTemp("", "eau2sh-*.sql")
	if err != nil {
		return "", err
	}
	defer os.Remove(f.Name())
	if text != "" {
		text = strings.TrimRight(text, ";\n") + ";\n"
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Close()); err != nil {
		return "", err
	}
	editor := sh.env.getenv("VISUAL")
	if editor == "" {
		editor = sh.env.getenv("EDITOR")
	}
	if editor == "" {
		editor = "vi"
	}
	c := exec.Command("sh", "-c", editor+` "$1"`, editor, f.Name())
	c.Stdin, c.Stdout, c.Stderr = sh.env.stdin, sh.env.stdout, sh.env.stderr
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("%s: %w", editor, err)
	}
	edited, err := os.ReadFile(f.Name())
	return string(edited), err
}

// expandHome replaces a leading ~/ by the home directory.
func expandHome(path string, getenv func(string) string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok && getenv("HOME") != "" {
		return getenv("HOME") + "/" + rest
	}
	return path
}
