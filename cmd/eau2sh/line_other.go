//go:build !unix

package main

import "os"

// newTerminalEditor returns the plain editor: the other one needs a Unix terminal.
func newTerminalEditor(in, out *os.File, _ string, _ func(line []rune, pos int) completion) (lineEditor, error) {
	return newPlainEditor(in, out), nil
}
