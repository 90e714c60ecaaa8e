package data

// syllables are what names are made of.
var syllables = [64]string{
	"ab", "ak", "al", "an", "ar", "ash", "ba", "bel", "bo", "bri", "ca", "che", "chi", "da", "del", "di",
	"do", "ed", "el", "en", "er", "fa", "fi", "ga", "gi", "go", "gu", "ha", "hi", "ho", "in", "is",
	"ja", "jo", "ju", "ka", "ki", "ko", "la", "len", "li", "lo", "ma", "mi", "mo", "na", "ni", "no",
	"ol", "on", "or", "pa", "pe", "ra", "ri", "ro", "sa", "se", "shi", "ta", "ti", "va", "vi", "yu",
}

// appendUserName appends the name of user i: two words.
func (m *model) appendUserName(b []byte, i int) []byte {
	if i == Linus {
		return append(b, "Linus Torvalds"...)
	}
	bits := seeded(m.Seed, streamUsers, uint64(i)).bits()
	b = appendWord(b, bits, 2+bits>>63)
	b = append(b, ' ')
	return appendWord(b, bits>>24, 2+bits>>62&1)
}

// appendProjectName appends the name of project i: a word, a slash and a word, as on sites that host projects.
func (m *model) appendProjectName(b []byte, i int) []byte {
	if uint64(i) == m.projectIDs.of(m.linux()) {
		return append(b, "torvalds/linux"...)
	}
	bits := seeded(m.Seed, streamProjects, uint64(i)).bits()
	b = appendWord(b, bits, 2+bits>>63)
	b = append(b, '/')
	return appendWord(b, bits>>24, 2+bits>>61&3)
}

// bits are 64 random ones.
func (r random) bits() uint64 { return r.next() }

// appendWord appends a word of n syllables, each by six bits.
func appendWord(b []byte, bits, n uint64) []byte {
	for range n {
		b = append(b, syllables[bits&63]...)
		bits >>= 6
	}
	return b
}
