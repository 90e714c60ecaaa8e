//go:build unix

package main

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"time"

	"github.com/chzyer/readline"
	"golang.org/x/sys/unix"
)

// readlineEditor is the lineEditor of a terminal: readline, with what it lacks. What it reads comes through a
// terminalInput, what it paints goes through a view, and completion and pasting happen as a Listener changes the
// line, since readline itself can neither replace what was typed nor take a text at once.
//
// One goroutine calls readLine and close; readline's own calls the methods filter and OnChange.
type readlineEditor struct {
	rl       *readline.Instance
	in       *terminalInput
	view     *view
	complete func(line []rune, pos int) completion
	length   atomic.Int64 // of the line
	resized  chan os.Signal
	watching chan struct{} // closed when nobody waits for resized any more
}

// newTerminalEditor returns the editor of a terminal: keys come from in, out shows the line.
func newTerminalEditor(in, out *os.File, more string, complete func(line []rune, pos int) completion) (lineEditor, error) {
	input, err := newTerminalInput(in)
	if err != nil {
		return nil, err
	}
	e := &readlineEditor{
		in:       input,
		view:     &view{w: out, more: more, size: func() (int, int) { return terminalSize(out) }},
		complete: complete,
		resized:  make(chan os.Signal, 1),
		watching: make(chan struct{}),
	}
	raw := rawMode{out: out}
	e.rl, err = readline.NewEx(&readline.Config{
		Prompt:                 string(runePrompt),
		Stdin:                  input,
		Stdout:                 e.view,
		Stderr:                 e.view,
		HistoryLimit:           historyEntries,
		DisableAutoSaveHistory: true,
		HistorySearchFold:      true,
		AutoComplete:           noCompleter{},
		Listener:               e,
		EOFPrompt:              "\n", // none
		FuncFilterInputRune:    e.filter,
		FuncIsTerminal:         func() bool { return true },
		FuncGetWidth:           func() int { return readlineWidth },
		FuncOnWidthChanged:     func(func()) {},
		FuncMakeRaw:            raw.enter,
		FuncExitRaw:            raw.exit,
	})
	if err != nil {
		input.Close()
		return nil, err
	}
	e.setHistory(nil)
	signal.Notify(e.resized, unix.SIGWINCH)
	go func() {
		defer close(e.watching)
		for range e.resized {
			e.view.resize()
		}
	}()
	return e, nil
}

func (e *readlineEditor) readLine(prompt string) (string, error) {
	e.view.begin(prompt)
	e.in.open()
	line, err := e.rl.Readline()
	e.in.shut()
	switch {
	case e.in.ended(): // readline gives an unfinished line as if it had been entered
		return "", io.EOF
	case errors.Is(err, readline.ErrInterrupt):
		return "", errInterrupted
	case err != nil:
		return "", err
	}
	return fromLine(line), nil
}

func (e *readlineEditor) setHistory(entries []string) {
	e.rl.ResetHistory()
	if len(entries) == 0 {
		entries = []string{""} // readline's search does not bear an empty history
	}
	for _, entry := range entries {
		e.rl.SaveHistory(string(toLine(entry)))
	}
}

func (e *readlineEditor) dropInput() { e.in.drop() }
func (e *readlineEditor) hangUp()    { e.in.Close() }

func (e *readlineEditor) close() error {
	signal.Stop(e.resized)
	close(e.resized)
	<-e.watching
	e.in.Close() // before readline's own end, which waits for its reader
	err := e.rl.Close()
	return errors.Join(err, e.in.release())
}

// filter sees every key before readline does, and returns another one, or false to swallow it.
func (e *readlineEditor) filter(r rune) (rune, bool) {
	switch r {
	case runeDelete:
		if e.length.Load() == 0 {
			return 0, false
		}
		return readline.CharDelete, true
	case runePaste:
		if e.rl.Operation.IsSearchMode() {
			e.in.pasteAsKeys()
			return 0, false
		}
	case readline.CharCtrlZ:
		e.suspend()
		return 0, false
	case 15, 17, 22, 24, 28, 29, 30, 31, readline.MetaTranspose: // keys that mean nothing would become characters
		return 0, false
	}
	return r, true
}

// OnChange sees the line after every key, and may change it.
func (e *readlineEditor) OnChange(line []rune, pos int, key rune) (newLine []rune, newPos int, ok bool) {
	newLine, newPos = line, pos
	switch key {
	case runePaste:
		if pos > 0 && line[pos-1] == runePaste {
			pasted := e.in.nextPaste()
			newLine = append(append(append([]rune{}, line[:pos-1]...), pasted...), line[pos:]...)
			newPos = pos - 1 + len(pasted)
			ok = true
		}
	case readline.CharTab:
		c := e.complete(line, pos)
		if c.list != "" {
			e.view.printAbove(c.list)
		}
		newLine, newPos, ok = c.line, c.pos, true
	}
	e.length.Store(int64(len(newLine)))
	e.view.show(newLine, newPos)
	return newLine, newPos, ok
}

// suspendTime is how long being stopped may take.
const suspendTime = 200 * time.Millisecond

// suspend stops the process until it is continued, as Ctrl-Z does.
func (e *readlineEditor) suspend() {
	e.rl.Terminal.ExitRawMode()
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, unix.SIGCONT)
	defer signal.Stop(continued)
	if unix.Kill(0, unix.SIGTSTP) == nil {
		select {
		case <-continued:
		case <-time.After(suspendTime): // nobody is there to continue it, so the system did not stop it
		}
	}
	e.rl.Terminal.EnterRawMode()
	e.view.again()
}

// noCompleter keeps readline from completing: OnChange does.
type noCompleter struct{}

func (noCompleter) Do([]rune, int) ([][]rune, int) { return nil, 0 }

// rawMode is readline's raw mode, with pasted text marked as such.
type rawMode struct {
	mode readline.RawMode
	out  io.Writer
	on   bool
}

func (m *rawMode) enter() error {
	if m.on {
		return nil
	}
	if err := m.mode.Enter(); err != nil {
		return err
	}
	m.on = true
	io.WriteString(m.out, "\x1b[?2004h")
	return nil
}

func (m *rawMode) exit() error {
	if !m.on {
		return nil
	}
	m.on = false
	io.WriteString(m.out, "\x1b[?2004l")
	return m.mode.Exit()
}
