package main

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Characters of a private plane that stand for what readline has no keys for or cannot hold in a line.
const (
	runePrompt  = '\U000FFF00' // all of readline's prompt; view.go paints the real one
	runePaste   = '\U000FFF01' // a key: the next pasted piece
	runeNewline = '\U000FFF02' // a line break within a line
	runeTab     = '\U000FFF03' // a tab within a line
	runeDelete  = '\U000FFF04' // the key Del, which readline takes for Ctrl-D
)

// toLine makes text fit for a line of readline's.
func toLine(text string) []rune {
	var line []rune
	for _, r := range strings.ReplaceAll(text, "\r\n", "\n") {
		switch {
		case r == '\n' || r == '\r':
			line = append(line, runeNewline)
		case r == '\t':
			line = append(line, runeTab)
		case r < ' ' || r >= 0x7f && r < 0xa0 || r >= runePrompt && r <= runeDelete:
		default:
			line = append(line, r)
		}
	}
	return line
}

// fromLine is the reverse of toLine.
func fromLine(line string) string {
	return strings.NewReplacer(string(runeNewline), "\n", string(runeTab), "\t", string(runePaste), "").Replace(line)
}

// maxSequence is the longest escape sequence a key may send.
const maxSequence = 32

// keys turns what a terminal sends into what readline understands. A pasted text (between ESC[200~ and ESC[201~)
// becomes one key a line, so that its tabs and controls mean nothing and the line is painted once. Sequences of keys
// that readline does not know are translated or dropped. The zero value is ready.
type keys struct {
	out    []byte   // keys for readline
	pastes [][]rune // the texts of the runePaste among them

	state    keyState
	sequence []byte // of an escape sequence, after ESC[
	paste    []byte // what was pasted so far, while pasting
}

type keyState uint8

const (
	keyPlain    keyState = iota
	keyEscape            // after ESC
	keyCSI               // after ESC[
	keySS3               // after ESC O
	keyFunction          // after ESC[[, of the Linux console
	keyPasting
)

// write takes bytes from the terminal.
func (k *keys) write(b []byte) {
	for _, c := range b {
		k.writeByte(c)
	}
}

func (k *keys) writeByte(c byte) {
	switch k.state {
	case keyPlain:
		switch c {
		case 0: // readline takes it for the end of the input
		case 0x1b:
			k.state = keyEscape
		default:
			k.out = append(k.out, c)
		}
	case keyEscape:
		k.escape(c)
	case keyCSI:
		k.sequence = append(k.sequence, c)
		switch {
		case len(k.sequence) == 1 && c == '[':
			k.state = keyFunction
		case c >= 0x40 && c <= 0x7e:
			k.state = keyPlain
			k.csi(string(k.sequence))
		case c < 0x20 || len(k.sequence) > maxSequence:
			k.state = keyPlain
		}
	case keySS3:
		k.state = keyPlain
		if strings.IndexByte("ABCDHF", c) >= 0 {
			k.out = append(k.out, 0x1b, '[', c)
		} else if c == 'M' {
			k.out = append(k.out, '\r')
		}
	case keyFunction:
		k.state = keyPlain
	case keyPasting:
		k.pasteByte(c)
	}
}

// escape takes the byte after ESC.
func (k *keys) escape(c byte) {
	k.state = keyPlain
	switch c {
	case '[':
		k.state, k.sequence = keyCSI, k.sequence[:0]
	case 'O':
		k.state = keySS3
	case 0x1b:
		k.state = keyEscape
	case 'b', 'f', 'd', 0x7f:
		k.out = append(k.out, 0x1b, c)
	case 0x08:
		k.out = append(k.out, 0x1b, 0x7f)
	case 3, '\r', '\n': // not lost after an Esc
		k.out = append(k.out, c)
	}
}

// csi takes what follows ESC[ when it is complete.
func (k *keys) csi(sequence string) {
	parameters, final := sequence[:len(sequence)-1], sequence[len(sequence)-1]
	_, modifier, modified := strings.Cut(parameters, ";")
	modified = modified && modifier != "" && modifier != "1"
	switch {
	case sequence == "200~":
		k.state, k.paste = keyPasting, nil
	case final == 'C' && modified:
		k.out = append(k.out, 0x1b, 'f')
	case final == 'D' && modified:
		k.out = append(k.out, 0x1b, 'b')
	case strings.IndexByte("ABCDHF", final) >= 0:
		k.out = append(k.out, 0x1b, '[', final)
	case sequence == "1~" || sequence == "7~":
		k.out = append(k.out, 1)
	case sequence == "4~" || sequence == "8~":
		k.out = append(k.out, 5)
	case sequence == "3~":
		k.out = utf8.AppendRune(k.out, runeDelete)
	case strings.HasPrefix(sequence, "3;") && final == '~':
		k.out = append(k.out, 0x1b, 'd')
	}
}

// pasteByte takes a byte of a pasted text. Ctrl-C ends it, in case the terminal never does.
func (k *keys) pasteByte(c byte) {
	k.paste = append(k.paste, c)
	if c == 3 {
		k.state, k.paste = keyPlain, nil
		k.out = append(k.out, c)
		return
	}
	const end = "\x1b[201~"
	if c != '~' || !bytes.HasSuffix(k.paste, []byte(end)) {
		return
	}
	text := strings.ReplaceAll(string(k.paste[:len(k.paste)-len(end)]), "\r\n", "\n")
	text = strings.ReplaceAll(text, "\r", "\n")
	k.state, k.paste = keyPlain, nil
	for {
		line, rest, found := strings.Cut(text, "\n")
		if line != "" {
			k.pastes = append(k.pastes, toLine(line))
			k.out = utf8.AppendRune(k.out, runePaste)
		}
		if !found {
			return
		}
		k.out = append(k.out, '\r')
		text = rest
	}
}

// read moves keys to b, up to the end of a line: what follows is for whoever reads the next one.
func (k *keys) read(b []byte) int {
	n := min(len(b), len(k.out))
	if i := bytes.IndexAny(k.out[:n], "\r\n\x03\x04"); i >= 0 {
		n = i + 1
	}
	copy(b, k.out[:n])
	k.out = k.out[n:]
	return n
}

// nextPaste takes the text of a runePaste that was read.
func (k *keys) nextPaste() []rune {
	if len(k.pastes) == 0 {
		return nil
	}
	text := k.pastes[0]
	k.pastes = k.pastes[1:]
	return text
}

// drop forgets everything that has not been read, of a text that is still being pasted the part that came.
func (k *keys) drop() {
	k.out, k.pastes = nil, nil
	if k.state == keyPasting {
		k.paste = k.paste[:0]
	}
}
