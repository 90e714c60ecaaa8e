package sor

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func naiveMasks(text []byte) (m masks) {
	for i, c := range text {
		bit := uint64(1) << i
		switch {
		case c == '<':
			m.open |= bit
		case c == '>':
			m.close |= bit
		case c == '"':
			m.quote |= bit
		case c <= ' ':
			m.blank |= bit
			if c == '\n' {
				m.line |= bit
			}
		}
	}
	return m
}

func TestMasks(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, 64*100)
	for i := range text {
		if text[i] = byte(r.UintN(256)); r.IntN(2) == 0 {
			text[i] = "<>\"\n \t\r!?=;\x80\x8a\xbc\xff"[r.IntN(15)]
		}
	}
	var want []masks
	for block := range slices.Chunk(text, 64) {
		want = append(want, naiveMasks(block))
	}
	for name, find := range maskVersions() {
		t.Run(name, func(t *testing.T) {
			for n := range len(want) + 1 {
				got := make([]masks, n)
				find(got, text)
				if !slices.Equal(got, want[:n]) {
					t.Fatalf("masks of %d blocks differ", n)
				}
			}
		})
	}
}

func TestPrefixXor(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		x := r.Uint64() & r.Uint64()
		want, odd := uint64(0), uint64(0)
		for i := range 64 {
			odd ^= x >> i & 1
			want |= odd << i
		}
		if got := prefixXor(x); got != want {
			t.Fatalf("prefixXor(%x) = %x, want %x", x, got, want)
		}
	}
}

func BenchmarkMasks(b *testing.B) {
	text := h2o(1000)
	m := make([]masks, len(text)/64)
	for name, find := range maskVersions() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				find(m, text)
			}
		})
	}
}
