package function

import "strings"

// substring returns the characters of s from place from on, which counts from 1, or from the end where negative.
func substring(s string, from int64) string {
	switch {
	case from > 0:
		return skip(s, from-1)
	case from == 0 || -from > length(s) || -from < 0:
		return ""
	}
	return takeLast(s, -from)
}

func substringIndex(s, sep string, n int64) string {
	if n == 0 || sep == "" {
		return ""
	}
	if n > 0 {
		end := 0
		for ; n > 0; n-- {
			i := strings.Index(s[end:], sep)
			if i < 0 {
				return s
			}
			end += i + len(sep)
		}
		return s[:end-len(sep)]
	}
	start := len(s) + len(sep)
	for ; n < 0; n++ {
		i := strings.LastIndex(s[:start-len(sep)], sep)
		if i < 0 {
			return s
		}
		start = i + len(sep)
	}
	return s[start:]
}

func splitPart(s, sep string, n int64) string {
	if n == 0 {
		return ""
	}
	if sep == "" {
		if n == 1 || n == -1 {
			return s
		}
		return ""
	}
	for ; n > 1; n-- {
		i := strings.Index(s, sep)
		if i < 0 {
			return ""
		}
		s = s[i+len(sep):]
	}
	if n > 0 {
		s, _, _ = strings.Cut(s, sep)
		return s
	}
	for ; n < -1; n++ {
		i := strings.LastIndex(s, sep)
		if i < 0 {
			return ""
		}
		s = s[:i]
	}
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[i+len(sep):]
	}
	return s
}

// locate returns the place of part in s at or after place from, all counted in characters from 1, or 0.
func locate(part, s string, from int64) int64 {
	if from < 1 || from > 1 && from-1 > length(s) {
		return 0
	}
	rest := skip(s, from-1)
	i := strings.Index(rest, part)
	if i < 0 {
		return 0
	}
	return from + length(rest[:i])
}

func findInSet(s, list string) int64 {
	if list == "" || strings.Contains(s, ",") {
		return 0
	}
	n := int64(0)
	for item := range strings.SplitSeq(list, ",") {
		n++
		if item == s {
			return n
		}
	}
	return 0
}

// ord returns the bytes of s as one number.
func ord(s string) (n int64) {
	for i := range len(s) {
		n = n<<8 | int64(s[i])
	}
	return n
}

func firstOrd(s string) int64 {
	if s == "" {
		return 0
	}
	return ord(s[:width(s)])
}
