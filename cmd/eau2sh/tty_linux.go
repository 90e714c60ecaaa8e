package main

import (
	"os"

	"golang.org/x/sys/unix"
)

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

// wakeWriters wakes those who wait for room in a terminal. At Ctrl-C the terminal drops what it has not shown yet, and
// Linux may leave them asleep: there is room, but nobody reads what is not there, and so nobody tells them.
func wakeWriters(stream any) {
	f, ok := stream.(*os.File)
	if !ok {
		return
	}
	fd := int(f.Fd())
	if _, err := unix.IoctlGetTermios(fd, unix.TCGETS); err != nil { // it waits until all is dropped
		return
	}
	if group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP); err != nil || group != unix.Getpgrp() {
		return // in the background the next calls would stop the process
	}
	if unix.IoctlSetInt(fd, unix.TCXONC, unix.TCOOFF) == nil {
		unix.IoctlSetInt(fd, unix.TCXONC, unix.TCOON)
	}
}
