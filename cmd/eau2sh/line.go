package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"sync"
)

// lineEditor reads lines from a person. readLine and setHistory are for one goroutine; the others may be called from any.
type lineEditor interface {
	// readLine shows a prompt and returns a line without its line break. A line from the history may hold line breaks.
	// Ctrl-C gives errInterrupted, Ctrl-D on an empty line io.EOF.
	readLine(prompt string) (string, error)
	// setHistory gives what the keys for the history go through, oldest first.
	setHistory(entries []string)
	// dropInput forgets what was pasted and has not been read.
	dropInput()
	// hangUp makes readLine return io.EOF, now and from now on.
	hangUp()
	close() error
}

// plainEditor is the lineEditor of a terminal that can do nothing. The system edits the line.
type plainEditor struct {
	in     *bufio.Reader
	prompt io.Writer
	held   *string // a line that was read before an interrupt was seen

	mu          sync.Mutex
	interrupted bool
	ended       bool
}

func newPlainEditor(in io.Reader, prompt io.Writer) *plainEditor {
	return &plainEditor{in: bufio.NewReader(in), prompt: prompt}
}

func (e *plainEditor) readLine(prompt string) (string, error) {
	if e.held != nil {
		line := *e.held
		e.held = nil
		return line, nil
	}
	fmt.Fprint(e.prompt, prompt)
	line, err := e.in.ReadString('\n')
	if err != nil && line == "" {
		return "", err
	}
	line = strings.TrimRight(line, "\r\n")
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ended {
		return "", io.EOF
	}
	if e.interrupted { // while this line was typed: it begins a new statement
		e.interrupted = false
		e.held = &line
		return "", errInterrupted
	}
	return line, nil
}

func (e *plainEditor) setHistory([]string) {}

func (e *plainEditor) dropInput() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.interrupted = true
}

func (e *plainEditor) hangUp() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended = true
}

func (e *plainEditor) close() error { return nil }
