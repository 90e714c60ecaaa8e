package function

import "unicode/utf8"

// width returns the length of the first character of s, which is not empty; an invalid byte is a character.
func width(s string) int {
	if s[0] < utf8.RuneSelf {
		return 1
	}
	_, w := utf8.DecodeRuneInString(s)
	return w
}

// lastWidth returns the length of the last character of s, which is not empty.
func lastWidth(s string) int {
	if s[len(s)-1] < utf8.RuneSelf {
		return 1
	}
	_, w := utf8.DecodeLastRuneInString(s)
	return w
}

// skip returns s without its first n characters.
func skip(s string, n int64) string {
	if n >= int64(len(s)) {
		return ""
	}
	for ; n > 0 && s != ""; n-- {
		s = s[width(s):]
	}
	return s
}

// take returns the first n characters of s.
func take(s string, n int64) string { return s[:len(s)-len(skip(s, n))] }

// takeLast returns the last n characters of s.
func takeLast(s string, n int64) string {
	if n >= int64(len(s)) {
		return s
	}
	rest := s
	for ; n > 0 && rest != ""; n-- {
		rest = rest[:len(rest)-lastWidth(rest)]
	}
	return s[len(rest):]
}

// length returns the number of characters of s.
func length(s string) int64 { return int64(utf8.RuneCountInString(s)) }

// appendMapped appends s with f applied to every character; invalid bytes stay as they are.
func appendMapped(dst []byte, s string, f func(rune) rune) []byte {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			dst = append(dst, byte(f(rune(c))))
			i++
			continue
		}
		r, w := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && w == 1 {
			dst = append(dst, s[i])
		} else {
			dst = utf8.AppendRune(dst, f(r))
		}
		i += w
	}
	return dst
}
