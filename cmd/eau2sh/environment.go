package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// environment is what the shell finds around it. Tests make their own.
type environment struct {
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	getenv func(string) string
}

// systemEnvironment is the environment of this process.
func systemEnvironment() environment {
	return environment{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv}
}

// isTerminal says whether a stream of the environment is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// terminalSize returns the columns and rows of a terminal, or 80 by 24 where it does not tell.
func terminalSize(stream any) (width, height int) {
	if f, ok := stream.(*os.File); ok {
		width, height, _ = term.GetSize(int(f.Fd()))
	}
	if width <= 0 {
		width = 80
	}
	if height <= 0 {
		height = 24
	}
	return width, height
}
