//go:build unix

package main

import (
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// terminalInput is readline's standard input. It reads the terminal only while a line is being edited, so that what
// is typed while an editor or a pager runs is theirs, and can be ended from outside, which readline cannot.
type terminalInput struct {
	fd   int
	wake [2]int // a pipe: a byte ends a wait for the terminal

	mu      sync.Mutex
	changed sync.Cond // opened or closed
	keys    keys
	opened  bool
	closed  bool // by close, or by the terminal itself
	reading bool // a Read is going on
}

func newTerminalInput(terminal *os.File) (*terminalInput, error) {
	in := &terminalInput{fd: int(terminal.Fd())}
	in.changed.L = &in.mu
	if err := unix.Pipe(in.wake[:]); err != nil {
		return nil, fmt.Errorf("cannot make a pipe to wait for the terminal: %w", err)
	}
	for _, fd := range in.wake {
		unix.CloseOnExec(fd)
		if err := unix.SetNonblock(fd, true); err != nil {
			return nil, fmt.Errorf("cannot prepare the pipe to wait for the terminal: %w", err)
		}
	}
	return in, nil
}

// Read gives readline keys, a line at a time at most.
func (in *terminalInput) Read(b []byte) (int, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.reading = true
	defer func() { in.reading = false; in.changed.Broadcast() }()
	for {
		switch {
		case in.closed:
			return 0, io.EOF
		case !in.opened:
			in.changed.Wait()
		case len(in.keys.out) > 0:
			return in.keys.read(b), nil
		default:
			in.mu.Unlock()
			var buffer [4096]byte
			n, err := in.wait(buffer[:])
			in.mu.Lock()
			in.keys.write(buffer[:n])
			if err != nil {
				in.closed = true
			}
		}
	}
}

// wait reads what the terminal sends, or returns nothing when woken.
func (in *terminalInput) wait(b []byte) (int, error) {
	files := []unix.PollFd{{Fd: int32(in.fd), Events: unix.POLLIN}, {Fd: int32(in.wake[0]), Events: unix.POLLIN}}
	if _, err := unix.Poll(files, -1); err != nil {
		if err == unix.EINTR {
			return 0, nil
		}
		return 0, err
	}
	if files[1].Revents != 0 {
		var drain [64]byte
		unix.Read(in.wake[0], drain[:])
		return 0, nil
	}
	n, err := unix.Read(in.fd, b)
	switch {
	case err == unix.EINTR || err == unix.EAGAIN:
		return 0, nil
	case err != nil:
		return 0, err
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// open lets Read read, shut stops it.
func (in *terminalInput) open() { in.set(&in.opened, true) }
func (in *terminalInput) shut() { in.set(&in.opened, false) }

// Close makes Read return io.EOF from now on.
func (in *terminalInput) Close() error {
	in.set(&in.closed, true)
	return nil
}

func (in *terminalInput) set(state *bool, value bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	*state = value
	in.notify()
}

// notify makes a Read that waits, for leave or for the terminal, look again. in.mu is held.
func (in *terminalInput) notify() {
	in.changed.Broadcast()
	unix.Write(in.wake[1], []byte{0})
}

// release waits for the last Read to end and closes the pipe.
func (in *terminalInput) release() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	for in.reading {
		in.changed.Wait()
	}
	unix.Close(in.wake[0])
	return unix.Close(in.wake[1])
}

// ended says whether Read has nothing to give any more.
func (in *terminalInput) ended() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.closed
}

// drop forgets keys that have not been read.
func (in *terminalInput) drop() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.keys.drop()
}

// nextPaste returns the text of a runePaste that was read.
func (in *terminalInput) nextPaste() []rune {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.keys.nextPaste()
}

// pasteAsKeys makes keys of the text of a runePaste that was read.
func (in *terminalInput) pasteAsKeys() {
	in.mu.Lock()
	defer in.mu.Unlock()
	text := string(in.keys.nextPaste())
	in.keys.out = append([]byte(text), in.keys.out...)
	in.notify()
}
