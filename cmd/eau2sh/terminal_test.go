//go:build unix

package main

import (
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

// patience is how long a test waits for what it expects, which comes at once on an idle machine.
const patience = time.Minute

// terminal is the shell in a pseudo-terminal, and a person's eyes on it.
type terminal struct {
	t       *testing.T
	home    string
	process *exec.Cmd
	pty     *os.File
	read    chan struct{} // closed when the shell's output has ended
	ended   chan error

	mu      sync.Mutex
	changed *sync.Cond
	screen  *screen
}

// startTerminal starts the shell at a prompt.
func startTerminal(t *testing.T, width, height int, args ...string) *terminal {
	return startTerminalIn(t, t.TempDir(), nil, width, height, args...)
}

func startTerminalIn(t *testing.T, home string, env []string, width, height int, args ...string) *terminal {
	t.Helper()
	term := startInTerminal(t, home, env, width, height, args...)
	term.await("eau2> ▮")
	return term
}

// startInTerminal starts the shell with arguments that may end it.
func startInTerminal(t *testing.T, home string, env []string, width, height int, args ...string) *terminal {
	t.Helper()
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), asShell+"="+fakeEngine, "HOME="+home, "TERM=xterm", "LC_ALL=C.UTF-8", "EAU2_HISTORY=", "VISUAL=", "GOCOVERDIR="+t.TempDir())
	c.Env = append(c.Env, env...)
	f, err := pty.StartWithSize(c, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)})
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{t: t, home: home, process: c, pty: f, screen: newScreen(width, height), read: make(chan struct{}), ended: make(chan error, 1)}
	term.changed = sync.NewCond(&term.mu)
	go func() {
		defer close(term.read)
		buffer := make([]byte, 4096)
		for {
			n, err := f.Read(buffer)
			term.mu.Lock()
			term.screen.write(buffer[:n])
			term.changed.Broadcast()
			term.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	go func() { term.ended <- c.Wait() }()
	t.Cleanup(term.stop)
	return term
}

// stop ends the shell if it still runs.
func (term *terminal) stop() {
	term.process.Process.Kill()
	select {
	case <-term.ended:
	default:
	}
	term.pty.Close()
	<-term.read
	if len(term.screen.unknown) > 0 {
		term.t.Errorf("the shell sent %q", term.screen.unknown)
	}
	if shown := term.screen.String(); strings.Contains(shown, "DATA RACE") || strings.Contains(shown, "panic") {
		term.t.Errorf("the screen shows:\n%s", shown)
	}
}

// send types.
func (term *terminal) send(keys string) {
	term.t.Helper()
	if _, err := term.pty.WriteString(keys); err != nil {
		term.t.Fatal(err)
	}
}

// await waits until the screen shows text, with the cursor as ▮.
func (term *terminal) await(text string) {
	term.t.Helper()
	term.awaitThat(text, func(shown string) bool { return strings.Contains(shown, text) })
}

// awaitEnd waits until the screen ends with text, which is more than a line of it.
func (term *terminal) awaitEnd(text string) {
	term.t.Helper()
	term.awaitThat(text, func(shown string) bool { return strings.HasSuffix(shown, text+"\n") })
}

func (term *terminal) awaitThat(what string, holds func(shown string) bool) {
	term.t.Helper()
	late := false
	timer := time.AfterFunc(patience, func() {
		term.mu.Lock()
		defer term.mu.Unlock()
		late = true
		term.changed.Broadcast()
	})
	defer timer.Stop()
	term.mu.Lock()
	defer term.mu.Unlock()
	for !holds(term.screen.String()) {
		if late {
			term.t.Fatalf("no %q on the screen:\n%s", what, term.screen)
		}
		term.changed.Wait()
	}
}

// shown returns what is on the screen now.
func (term *terminal) shown() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.screen.String()
}

// marksPasted reports whether the terminal was asked to mark what is pasted.
func (term *terminal) marksPasted() bool {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.screen.pasting
}

// resize changes the size of the terminal.
func (term *terminal) resize(width, height int) {
	term.t.Helper()
	term.mu.Lock()
	term.screen.resize(width, height)
	term.mu.Unlock()
	if err := pty.Setsize(term.pty, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)}); err != nil {
		term.t.Fatal(err)
	}
}

// exit waits for the end of the shell and returns its exit code.
func (term *terminal) exit() int {
	term.t.Helper()
	select {
	case <-term.ended:
	case <-time.After(patience):
		term.t.Fatalf("the shell does not end:\n%s", term.shown())
	}
	return term.process.ProcessState.ExitCode()
}
