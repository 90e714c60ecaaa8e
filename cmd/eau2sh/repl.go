package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// The prompts: of a statement, and of its further lines.
const (
	prompt     = "eau2> "
	morePrompt = "   -> "
)

// repl reads statements from a terminal and runs them until it is left. Nothing but the editor's own failure, or a
// signal to end, makes it return an error.
func (sh *shell) repl() error {
	var err error
	if sh.history, err = openHistory(historyPath(sh.env.getenv)); err != nil {
		sh.report(err, "", 0)
	}
	var s script
	editor, err := sh.newEditor(&s)
	if err != nil {
		sh.report(err, "", 0)
		return err
	}
	sh.setEditor(editor)
	defer func() {
		sh.setEditor(nil)
		editor.close()
	}()
	sh.note(strings.SplitN(versionText(), " (", 2)[0] + ": .help for help, Ctrl-D to leave")

	var entry strings.Builder // all lines since no statement was unfinished
	for !sh.quit {
		if sh.history.changed {
			editor.setHistory(sh.history.entries)
			sh.history.changed = false
		}
		line, err := editor.readLine(promptFor(&s))
		switch {
		case errors.Is(err, errInterrupted):
			s.reset()
			entry.Reset()
			continue
		case err == io.EOF:
			return sh.left()
		case err != nil:
			err = fmt.Errorf("cannot read from the terminal: %w", err)
			sh.report(err, "", 0)
			return err
		}
		entry.WriteString(line + "\n")
		stmts := s.feed(line)
		if s.blank() {
			if err := sh.history.add(entry.String()); err != nil {
				sh.report(err, "", 0)
			}
			entry.Reset()
		}
		if len(stmts) > 0 {
			sh.runEntered(stmts)
		}
	}
	return sh.left()
}

// runEntered runs what was entered at the prompt. What is typed meanwhile is not shown, unless it is for an editor.
func (sh *shell) runEntered(stmts []statement) {
	ctx, done := sh.interruptible(context.Background())
	defer done()
	if in, ok := sh.env.stdin.(*os.File); ok && !stmts[0].dot {
		defer muteTerminal(int(in.Fd()))()
	}
	sh.runAll(ctx, stmts, "")
}

func promptFor(s *script) string {
	if s.blank() {
		return prompt
	}
	return morePrompt
}

// newEditor returns the editor for the terminal there is.
func (sh *shell) newEditor(s *script) (lineEditor, error) {
	out := sh.env.stdout
	if !isTerminal(out) {
		out = sh.env.stderr
	}
	in, isFile := sh.env.stdin.(*os.File)
	screen, _ := out.(*os.File)
	if term := sh.env.getenv("TERM"); !isFile || screen == nil || term == "dumb" || term == "" {
		return newPlainEditor(sh.env.stdin, out), nil
	}
	return newTerminalEditor(in, screen, morePrompt, func(line []rune, pos int) completion {
		return sh.completeLine(string(s.pending), line, pos)
	})
}

func (sh *shell) setEditor(e lineEditor) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.editor = e
}

// dropInput forgets the rest of a pasted script when a statement of it is interrupted.
func (sh *shell) dropInput() {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.editor != nil {
		sh.editor.dropInput()
	}
}

// hangUp ends the prompt from outside.
func (sh *shell) hangUp() {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.terminated = true
	if sh.editor != nil {
		sh.editor.hangUp()
	}
}

// left returns why the prompt was left: errTerminated, or nil.
func (sh *shell) left() error {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.terminated {
		return errTerminated
	}
	return nil
}
