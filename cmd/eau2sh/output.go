package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// errClosedOutput says that whoever read the results went away, as head does. It is no failure.
var errClosedOutput = errors.New("the output was closed")

// writeGrace is how long a write may take to end after an interrupt before it is left to itself.
const writeGrace = 50 * time.Millisecond

// output is a place where results go.
type output struct {
	w        io.Writer
	terminal bool // limits rows and width
	people   bool // read by people: a table unless a mode was chosen
	file     bool // not standard output: a closed one ends no more than a result
	of       any  // what terminalSize asks
	turn     chan struct{}
	name     string // as .output gave it
	close    func() error
}

// standardOutput is the output of the environment.
func standardOutput(env environment) *output {
	terminal := isTerminal(env.stdout)
	return &output{w: env.stdout, terminal: terminal, people: terminal, of: env.stdout, turn: newTurn(), close: func() error { return nil }}
}

// openOutput opens a file, or starts a command when target begins with a bar.
func openOutput(env environment, target string) (*output, error) {
	if command, ok := strings.CutPrefix(target, "|"); ok {
		return openCommand(env, strings.TrimSpace(command))
	}
	f, err := os.Create(target)
	if err != nil {
		return nil, fmt.Errorf("cannot write results: %w", err)
	}
	return &output{w: f, file: true, turn: newTurn(), close: f.Close}, nil
}

// openCommand starts a command that reads results.
func openCommand(env environment, command string) (*output, error) {
	if command == "" {
		return nil, errors.New("the command to send the result to is missing")
	}
	c := exec.Command("sh", "-c", command)
	c.Stdout, c.Stderr = env.stdout, env.stderr
	in, err := c.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("cannot start %q: %w", command, err)
	}
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %q: %w", command, err)
	}
	end := func() error {
		in.Close()
		c.Wait() // what a command makes of its input is its own affair: grep fails when it finds nothing
		return nil
	}
	return &output{w: in, people: true, file: true, turn: newTurn(), close: end}, nil
}

func newTurn() chan struct{} {
	turn := make(chan struct{}, 1)
	turn <- struct{}{}
	return turn
}

// write writes b unless ctx ends first, even while the reader does not read. Then what is being written goes on
// alone: b must not change any more. A reader that went away gives errClosedOutput.
func (o *output) write(ctx context.Context, b []byte) error {
	select {
	case <-o.turn:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	done := make(chan error, 1)
	go func() {
		_, err := o.w.Write(b)
		o.turn <- struct{}{}
		done <- err
	}()
	select {
	case err := <-done:
		switch {
		case err == nil:
			return nil
		case errors.Is(err, syscall.EPIPE), errors.Is(err, io.ErrClosedPipe):
			return errClosedOutput
		}
		return fmt.Errorf("cannot write the result: %w", err)
	case <-ctx.Done():
		select {
		case <-done: // so that nothing comes after the next prompt
		case <-time.After(writeGrace):
		}
		return context.Cause(ctx)
	}
}

// page gathers the text of a result and writes it in pieces.
type page struct {
	ctx    context.Context
	out    *output
	text   []byte
	size   int    // of the pieces
	before func() // called before anything is written, if not nil
}

// newPage returns an empty page. A terminal gets every row at once, and small pieces, so that an interrupt ends the output too.
func newPage(ctx context.Context, out *output) *page {
	p := &page{ctx: ctx, out: out, size: 1 << 16}
	if out.terminal {
		p.size = 1 << 12
	}
	return p
}

// full writes what has gathered in whole pieces, and all of it if people wait for it.
func (p *page) full() error {
	if p.out.terminal {
		return p.flush()
	}
	return p.write(len(p.text) / p.size * p.size)
}

// flush writes all that has gathered.
func (p *page) flush() error { return p.write(len(p.text)) }

// write writes the first n bytes in pieces.
func (p *page) write(n int) error {
	if n == 0 {
		return nil
	}
	if p.before != nil {
		p.before()
		p.before = nil
	}
	for at := 0; at < n; at += p.size {
		if err := p.out.write(p.ctx, p.text[at:min(n, at+p.size)]); err != nil {
			p.text = nil // it may still be being written
			return err
		}
	}
	p.text = p.text[:copy(p.text, p.text[n:])]
	return nil
}
