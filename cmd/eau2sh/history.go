package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// A history keeps historyEntries statements, none longer than historyLength. The file may grow to twice the
// entries before it is cut.
const (
	historyEntries = 1000
	historyLength  = 1 << 16
)

// historyFile is its name in the home directory.
const historyFile = ".eau2_history"

// history is what was entered at the prompt: whole statements, a line of the file each, with line breaks and
// backslashes as \n and \\. Each is appended as soon as it is entered, so that a crash loses nothing and several
// shells can share the file.
type history struct {
	path    string // "" keeps nothing
	entries []string
	changed bool // since the editor was given the entries
}

// historyPath is the file of the history, or "".
func historyPath(getenv func(string) string) string {
	if path := getenv("EAU2_HISTORY"); path != "" {
		return path
	}
	if home := getenv("HOME"); home != "" {
		return home + "/" + historyFile
	}
	return ""
}

// openHistory reads the file, if there is one.
func openHistory(path string) (*history, error) {
	h := &history{path: path, changed: true}
	if path == "" {
		return h, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return h, nil
	}
	if err != nil {
		return h, fmt.Errorf("cannot read the history: %w", err)
	}
	defer f.Close()
	count, err := h.read(f)
	if err != nil {
		return h, fmt.Errorf("cannot read the history %s: %w", path, err)
	}
	if count > 2*historyEntries {
		err = h.rewrite()
	}
	return h, err
}

// read takes the entries of a file and returns how many it has.
func (h *history) read(r io.Reader) (count int, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 4*historyLength)
	for lines.Scan() {
		if lines.Text() == "" {
			continue
		}
		count++
		h.keep(decodeEntry(lines.Text()))
	}
	return count, lines.Err()
}

// keep makes an entry the last one, and forgets the first when there are too many.
func (h *history) keep(entry string) {
	h.entries = append(h.entries, entry)
	if len(h.entries) > historyEntries {
		h.entries = append(h.entries[:0], h.entries[1:]...)
	}
	h.changed = true
}

// add keeps an entry, in the file too, unless it repeats the last one or is too long.
func (h *history) add(entry string) error {
	entry = strings.TrimSpace(entry)
	if entry == "" || len(entry) > historyLength || len(h.entries) > 0 && h.entries[len(h.entries)-1] == entry {
		return nil
	}
	h.keep(entry)
	if h.path == "" {
		return nil
	}
	f, err := os.OpenFile(h.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("cannot keep the history: %w", err)
	}
	_, err = f.WriteString(encodeEntry(entry) + "\n")
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("cannot keep the history: %w", err)
	}
	return nil
}

// rewrite replaces the file by one with the entries that are kept.
func (h *history) rewrite() error {
	f, err := os.CreateTemp(dirOf(h.path), historyFile+"-*")
	if err != nil {
		return fmt.Errorf("cannot shorten the history: %w", err)
	}
	w := bufio.NewWriter(f)
	for _, entry := range h.entries {
		w.WriteString(encodeEntry(entry) + "\n")
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("cannot shorten the history: %w", err)
	}
	return os.Rename(f.Name(), h.path)
}

func encodeEntry(entry string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", "").Replace(entry)
}

func decodeEntry(line string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n").Replace(line)
}
