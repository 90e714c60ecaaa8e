package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// typed shows what a terminal's bytes become: keys for readline, with pasted pieces as {text}.
func typed(k *keys) string {
	var b strings.Builder
	for len(k.out) > 0 {
		buffer := make([]byte, 64)
		for _, r := range string(buffer[:k.read(buffer)]) {
			switch {
			case r == runePaste:
				b.WriteString("{" + fromLine(string(k.nextPaste())) + "}")
			case r == runeDelete:
				b.WriteString("DEL")
			case r == 0x1b:
				b.WriteString("^[")
			case r < ' ':
				b.WriteString("^" + string(r+'@'))
			default:
				b.WriteRune(r)
			}
		}
		b.WriteString("|") // the end of a read
	}
	return b.String()
}

func TestKeys(t *testing.T) {
	for _, c := range []struct{ name, sent, want string }{
		{"text", "abc é", "abc é|"},
		{"a line a read", "a\rb\rc", "a^M|b^M|c|"},
		{"Ctrl-C and Ctrl-D end a read", "a\x03b\x04c", "a^C|b^D|c|"},
		{"arrows", "\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F", "^[[A^[[B^[[C^[[D^[[H^[[F|"},
		{"arrows of the other kind", "\x1bOA\x1bOH\x1bOF", "^[[A^[[H^[[F|"},
		{"Enter of the keypad", "\x1bOM", "^M|"},
		{"words", "\x1b[1;5C\x1b[1;3D\x1bb\x1bf\x1bd\x1b\x7f", "^[f^[b^[b^[f^[d^[\x7f|"},
		{"Home and End", "\x1b[1~\x1b[4~\x1b[7~\x1b[8~", "^A^E^A^E|"},
		{"Del", "\x1b[3~a\x1b[3;5~", "DELa^[d|"},
		{"keys of no meaning", "a\x1b[5~\x1b[15~\x1b[24;2~\x1bOPb\x1b[[Ac\x1b[Zd\x1bxe", "abcde|"},
		{"mouse and answers", "a\x1b[<0;10;10M\x1b[?1;2cb\x1b[12;40Rc", "abc|"},
		{"two escapes", "\x1b\x1b[Aa", "^[[Aa|"},
		{"Ctrl-C after an escape", "\x1b\x03", "^C|"},
		{"NUL", "a\x00b", "ab|"},
		{"an endless sequence", "\x1b[" + strings.Repeat("1", 100) + "a", strings.Repeat("1", 64) + "|111a|"},
		{"a pasted word", "a\x1b[200~b c\x1b[201~d", "a{b c}d|"},
		{"pasted lines", "\x1b[200~a\nb\r\nc\rd\x1b[201~", "{a}^M|{b}^M|{c}^M|{d}|"},
		{"pasted empty lines", "\x1b[200~\n\na\n\x1b[201~", "^M|^M|{a}^M|"},
		{"pasted controls", "\x1b[200~a\tb\x01\x1b[Ac\x1b[201~", "{a\tb[Ac}|"},
		{"a pasted end that is none", "\x1b[200~a\x1b[201b~c\x1b[201~d", "{a[201b~c}d|"},
		{"nothing pasted", "\x1b[200~\x1b[201~a", "a|"},
		{"pasted bytes that are not UTF-8", "\x1b[200~a\xffb\x1b[201~", "{a\uFFFDb}|"},
		{"a paste without an end", "\x1b[200~abc\x03d", "^C|d|"},
		{"our own characters", "\x1b[200~a" + string(runePaste) + string(runeNewline) + "b\x1b[201~", "{ab}|"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var whole, bytewise keys
			whole.write([]byte(c.sent))
			for i := range len(c.sent) {
				bytewise.write([]byte{c.sent[i]})
			}
			if got := typed(&whole); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if got := typed(&bytewise); got != c.want {
				t.Errorf("byte by byte: got %q, want %q", got, c.want)
			}
		})
	}
}

func TestKeysDropped(t *testing.T) {
	var k keys
	k.write([]byte("a\x1b[200~b\nc\x1b[201~d\x1b[200~lost\nlo"))
	k.drop()
	k.write([]byte("st\nkept\x1b[201~e"))
	if got := typed(&k); got != "{st}^M|{kept}e|" {
		t.Errorf("got %q", got)
	}
}

func FuzzKeys(f *testing.F) {
	f.Add([]byte("a\x1b[200~b\nc\x1b[201~\x1b[1;5C"))
	f.Add([]byte("\x1b[3~\x1bO\x1b[[A\x00\x03"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		var k keys
		k.write(sent)
		if bytes.IndexByte(k.out, 0) >= 0 {
			t.Error("a NUL gets through")
		}
		pastes := bytes.Count(k.out, []byte(string(runePaste)))
		if own := bytes.Count(sent, []byte(string(runePaste))); own == 0 && pastes != len(k.pastes) {
			t.Errorf("%d keys for %d pastes", pastes, len(k.pastes))
		}
		for _, p := range k.pastes {
			for _, r := range p {
				if r < ' ' || r == runePaste {
					t.Errorf("a paste holds %U", r)
				}
			}
		}
		for len(k.out) > 0 {
			b := make([]byte, 16)
			n := k.read(b)
			if n == 0 {
				t.Fatal("nothing read")
			}
			if i := bytes.IndexAny(b[:n], "\r\n\x03\x04"); i >= 0 && i != n-1 {
				t.Errorf("%q goes over the end of a line", b[:n])
			}
		}
	})
}

func FuzzLineGoesThereAndBack(f *testing.F) {
	f.Add("select 1,\n\t'é'")
	f.Fuzz(func(t *testing.T, text string) {
		line := toLine(text)
		for _, r := range line {
			if r < ' ' || r == utf8.RuneError && utf8.ValidString(text) && !strings.ContainsRune(text, utf8.RuneError) {
				t.Errorf("%U in a line", r)
			}
		}
		back := fromLine(string(line))
		if again := fromLine(string(toLine(back))); again != back {
			t.Errorf("%q comes back as %q", back, again)
		}
	})
}

func TestPlainEditor(t *testing.T) {
	var shown bytes.Buffer
	e := newPlainEditor(strings.NewReader("a\r\nb\nc"), &shown)
	for _, want := range []string{"a", "b", "c"} {
		if got, err := e.readLine("> "); got != want || err != nil {
			t.Errorf("read %q, %v; want %q", got, err, want)
		}
	}
	if _, err := e.readLine("> "); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
	if shown.String() != "> > > > " {
		t.Errorf("shown %q", &shown)
	}

	e = newPlainEditor(strings.NewReader("a\nb\nc\n"), &shown)
	e.dropInput()
	if _, err := e.readLine(""); err != errInterrupted {
		t.Errorf("after an interrupt: %v", err)
	}
	if got, err := e.readLine(""); got != "a" || err != nil {
		t.Errorf("the line after it: %q, %v", got, err)
	}
	e.hangUp()
	if _, err := e.readLine(""); err != io.EOF {
		t.Errorf("after hanging up: %v", err)
	}
	e.setHistory(nil)
	if err := e.close(); err != nil {
		t.Error(err)
	}
}
