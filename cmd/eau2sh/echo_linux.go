package main

import "golang.org/x/sys/unix"

// muteTerminal keeps a terminal from showing what is typed while a statement runs, amid its output, until the
// function it returns is called. The prompt shows it then.
func muteTerminal(fd int) (unmute func()) {
	state, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return func() {}
	}
	muted := *state
	muted.Lflag &^= unix.ECHO
	if unix.IoctlSetTermios(fd, unix.TCSETS, &muted) != nil {
		return func() {}
	}
	return func() { unix.IoctlSetTermios(fd, unix.TCSETS, state) }
}
